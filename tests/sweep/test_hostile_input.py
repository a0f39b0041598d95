# SPDX-License-Identifier: Apache-2.0
"""Nothing anybody sends makes the product fail, or writes what no form offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.test import Client

from aftersession.desk.billing_form.typed import HEAD
from aftersession.practices.tenancy import TenantModel
from config.policy import Kind
from tests.cast import signed_in
from tests.sweep.forms import Form, forms_of
from tests.sweep.look import ask, patient_client, rows, undone
from tests.sweep.routes import Route, all_routes
from tests.sweep.world import World

# Each name strange in another way each time; together on one address, since no page stops at the first.
QUERIES: tuple[dict[str, Any], ...] = (
    {
        "page": "-1", "after": "'", "before": "%00", "tab": "<script>", "q": "%_\\", "limit": "1e9",
        "sort": "(select 1)", "order": "user__password", "state": "x'--", "from": "0000-00-00",
        "to": "9999-99-99", "day": "2026-02-30", "month": "13", "practitioner": "-1",
    },
    {
        "q": "\x00\x1f", "after": "9" * 400, "code": 'NEAR("*', "next": "//evil.example/", "page": str(2**63),
        "back": "javascript:x", "tab": ["open", "x"], "day": "\u202e\u0000é", "practitioner": "a" * 5000,
    },
    {"q": ["\u202e\u0000é" * 50, "a" * 10_000], "after": ["", "1"], "page": ["1", "x"]},
)  # fmt: skip
CODES = ("x", "-1", "0" * 300, str(2**63), "__proto__", "null", "A" * 16)
HEADERS = (
    {"HX-Request": "true"},
    {
        "HX-Request": "true",
        "HX-Target": "#\"'><script>",
        "HX-Trigger": "x",
        "HX-Current-URL": "//evil",
        "X-Forwarded-For": "1.1.1.1' or 1=1",
        "X-Forwarded-Host": "evil.example",
    },
    {
        "HX-Request": "true",
        "HX-History-Restore-Request": "true",
        "HX-Boosted": "true",
        "HX-Prompt": "\u202e",
        "Accept-Language": "\x7f,*;q=z",
    },
)
JUNK = (
    "\x00", "\u202eabc\u202c", "a" * 5000, "-1", "1e309", "NaN", "9" * 40, "<script>alert(1)</script>",
    "{{ 7|add:7 }}", "../../etc/passwd", "\ud7ff\ufffe", "２０２６-０１-０１", "' OR 1=1 --", " ", "0.005",
)  # fmt: skip
MARK = "Wz7hostile"
NUMBER = 7_913_577_913


def owner_of(world: World) -> Client:
    return patient_client(signed_in(world.cast.owner))


def pages_with_forms(client: Client, world: World) -> Iterator[tuple[Route, str, Form]]:
    """Each form that the owner is offered on any page, with the address it is sent to."""
    for route in all_routes(Kind.MEMBER):
        address = route.address(world)
        response = ask(client, "get", address)
        if response.status_code != 200 or "text/html" not in response.headers["Content-Type"]:
            continue
        for form in forms_of(response.content.decode()):
            target = form.action.partition("?")[0] or address
            if target.startswith("/") and not target.startswith("/account/"):
                yield route, target, form


def test_no_address_however_strange_fails(ours: World) -> None:
    client, failed = owner_of(ours), []
    for route in all_routes():
        if route.name == "account_logout":
            continue
        for query in QUERIES:
            response = ask(client, "get", route.address(ours), query)
            if response.status_code >= 500:
                failed.append(f"{route.name} {query}: {response.status_code}")
        for code in CODES if route.opens else ():
            response = ask(client, "get", route.unknown_address(code))
            if response.status_code not in (403, 404, 405):
                failed.append(f"{route.name} {code[:20]}: {response.status_code}")
    assert failed == []


def test_forged_headers_open_and_break_nothing(ours: World) -> None:
    client, stranger, failed = owner_of(ours), patient_client(Client()), []
    for route in all_routes(Kind.MEMBER):
        for headers in HEADERS:
            response = ask(client, "get", route.address(ours), **headers)
            refused = ask(stranger, "get", route.address(ours), **headers)
            if response.status_code >= 500 or refused.status_code not in (204, 302):
                failed.append(f"{route.name}: {response.status_code}, {refused.status_code}")
            if "evil" in refused.headers.get("Location", ""):
                failed.append(f"{route.name} leads away")
    assert failed == []


def test_no_envelope_however_wrong_fails(ours: World) -> None:
    client, failed = owner_of(ours), []
    envelopes = (
        ("application/json", b"{"),
        ("application/json", b"\xff\xfe\x00"),
        ("text/plain", b"key=1&key=2&" * 20),
        ("multipart/form-data; boundary=x", b"key=1&key=2&"),
        ("multipart/form-data; boundary=x", b"\xff\xfe\x00"),
        ("application/x-www-form-urlencoded", b""),
    )
    for route in all_routes(Kind.MEMBER, Kind.PAYER_LINK, Kind.WEBHOOK):
        for content_type, body in envelopes:
            with undone():
                response = client.post(route.address(ours), body, content_type=content_type)
            if response.status_code >= 500:
                failed.append(f"{route.name} {content_type} {body[:12]!r}: {response.status_code}")
    assert failed == []


def test_no_field_however_filled_fails(ours: World, rounds: Callable[[int, int], int]) -> None:
    """All fields wrong at once, each in another way, and in turn each in every way."""
    client, failed, sent = owner_of(ours), [], 0
    for route, target, form in pages_with_forms(client, ours):
        names = [name for name in form.fields if name != "csrfmiddlewaretoken"]
        for turn in range(rounds(2, len(JUNK))):
            body = {name: JUNK[(turn + place) % len(JUNK)] for place, name in enumerate(names)}
            for given in (body, {**body, **dict(form.buttons[:1]), "key": "onepress"}):
                sent += 1
                response = ask(client, "post", target, given)
                if response.status_code >= 500:
                    failed.append(f"{route.name} -> {target} {given!r}: {response.status_code}")
    assert failed == []
    assert sent > 80


def test_one_bad_field_at_a_time_never_fails(ours: World, rounds: Callable[[int, int], int]) -> None:
    client, failed = owner_of(ours), []
    for route, target, form in pages_with_forms(client, ours):
        names = [name for name in form.fields if name not in ("csrfmiddlewaretoken", "key")]
        for place, name in enumerate(names):
            for turn in range(rounds(1, len(JUNK))):
                junk = JUNK[(turn + place) % len(JUNK)]
                response = ask(client, "post", target, {**form.fields, **dict(form.buttons[:1]), name: junk})
                if response.status_code >= 500:
                    failed.append(f"{route.name} -> {target} {name}={junk[:8]!r}: {response.status_code}")
    assert failed == []


def test_no_form_writes_a_column_that_it_does_not_offer(ours: World, theirs: World) -> None:
    """Mass assignment: every column of every table in the body of every form, with a value one can find again."""
    client, written, answered = owner_of(ours), [], 0
    hostile = {
        **columns(),
        "practice": theirs.cast.practice.code,
        "practice_id": str(theirs.cast.practice.pk),
    }
    before = found_marks()
    for route, target, form in pages_with_forms(client, ours):
        for button in form.buttons or [("", "")]:
            own = {**form.fields, **dict([button] if button[0] else [])}
            # The billing details offer some fields with one payment type only, and know all of them.
            extra = {name: value for name, value in hostile.items() if name not in {*own, *HEAD}}
            with undone():
                response = client.post(target, {**extra, **own})
                answered += response.status_code in (302, 303)
                marks = found_marks() - before
                if marks or response.status_code >= 500:
                    written.append(f"{route.name} -> {target}: {response.status_code} {sorted(marks)}")
    assert not written, "\n".join(written)
    assert answered > 5, "hardly any form was accepted: this proves nothing"


def columns() -> dict[str, str]:
    """A hostile value for every column that we have: a number where numbers stand, else words."""
    found = {}
    for model in apps.get_models():
        if model.__module__.startswith("aftersession."):
            for column in model._meta.concrete_fields:
                is_number = column.get_internal_type().endswith("IntegerField") or column.is_relation
                found[column.name] = found[column.attname] = str(NUMBER) if is_number else MARK
    return found


def found_marks() -> set[str]:
    """Tables in which a hostile value stands now, of whatever practice."""
    return {
        model._meta.label
        for model in apps.get_models()
        if issubclass(model, TenantModel) or model.__module__.startswith("aftersession.")
        if any(MARK in (text := repr(row)) or str(NUMBER) in text for row in rows(model))
    }
