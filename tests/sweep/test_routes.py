# SPDX-License-Identifier: Apache-2.0
"""Every route, generated from the resolver: who may, who may not, and what a stranger learns (nothing)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import NoReverseMatch

from aftersession.practices.models import Member
from config.policy import Kind
from tests.cast import signed_in
from tests.sweep.look import ask, changed, patient_client, shape_of, tables, text_of
from tests.sweep.routes import EXAMPLES, UNKNOWN, Route, all_routes
from tests.sweep.world import World

METHODS = ("get", "post", "put", "patch", "delete", "options", "head")


def browser(member: Member) -> Client:
    return patient_client(signed_in(member))


def test_every_route_has_an_example(ours: World) -> None:
    for route in all_routes():
        try:
            assert route.address(ours).startswith("/"), route.name
        except NoReverseMatch:
            pytest.fail(f"{route.name} needs an example in tests/sweep/routes.py")
    assert set(EXAMPLES) <= {route.name for route in all_routes()}


def test_a_stranger_is_sent_to_sign_in_whatever_the_method(ours: World) -> None:
    stranger, wrong = patient_client(Client()), []
    for route in all_routes(Kind.MEMBER, Kind.SIGNED_IN):
        for method in METHODS:
            for address in (route.address(ours), route.unknown_address()):
                response = ask(stranger, method, address)
                if response.status_code != 302 or "/account/sign-in/" not in response.headers["Location"]:
                    wrong.append(f"{method} {address}: {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize("role", ["owner", "practitioner", "front_desk", "biller"])
def test_a_role_opens_what_the_policy_gives_it_and_nothing_else(role: str, ours: World) -> None:
    client, wrong = browser(getattr(ours.cast, role)), []
    for route in all_routes(Kind.MEMBER):
        response = ask(client, "get", route.address(ours))
        may = role in route.policy.roles
        if (response.status_code == 403) is may or response.status_code >= 500:
            wrong.append(f"get {route.name}: {response.status_code}")
        if may and response.status_code not in (200, 302, 303, 405):
            wrong.append(f"get {route.name}: {response.status_code}")
        refused = ask(client, "post", route.address(ours))
        if not may and refused.status_code != 403:
            wrong.append(f"post {route.name}: {refused.status_code}")
        if refused.status_code >= 500:
            wrong.append(f"post {route.name}: {refused.status_code}")
    assert wrong == []


def test_who_left_the_practice_opens_nothing_of_it(ours: World) -> None:
    client = browser(ours.left)
    for route in all_routes(Kind.MEMBER):
        for method in ("get", "post"):
            response = ask(client, method, route.address(ours))
            assert response.status_code == 403, f"{method} {route.name}"
            assert not any(word in text_of(response) for word in ours.canaries), route.name


@pytest.mark.parametrize("role", ["owner", "practitioner"])
def test_a_code_of_another_practice_is_one_that_never_was(role: str, ours: World, theirs: World) -> None:
    client, wrong = browser(getattr(theirs.cast, role)), []
    before = tables(of=ours.cast.practice)
    for route in all_routes(Kind.MEMBER):
        if not route.opens:
            continue
        for method in METHODS:
            foreign = ask(client, method, route.address(ours), {"key": "onepress"})
            unknown = ask(client, method, route.unknown_address(), {"key": "onepress"})
            codes = (*(ours.codes[kind] for kind in route.opens.values()), UNKNOWN)
            if shape_of(foreign, *codes) != shape_of(unknown, *codes):
                wrong.append(f"{method} {route.name}: {foreign.status_code}, not {unknown.status_code}")
            if any(word in text_of(foreign) for word in ours.canaries):
                wrong.append(f"{method} {route.name} tells of another practice")
            if foreign.status_code not in (403, 404, 405):
                wrong.append(f"{method} {route.name}: {foreign.status_code}")
    assert wrong == []
    assert changed(before, tables(of=ours.cast.practice)) == []


def test_no_page_of_a_practice_tells_of_another(ours: World, theirs: World) -> None:
    client = browser(theirs.cast.owner)
    asked = {name: code for name, code in ours.codes.items() if name not in ("token", "pass")}
    words = {
        "q": "Zq",
        "client": asked["patient"],
        "patient": asked["patient"],
        "coverage": asked["coverage"],
    }
    for route in all_routes(Kind.MEMBER, Kind.SIGNED_IN):
        for query in ({}, words, {"after": asked["patient"], "practitioner": asked["practitioner"]}):
            response = ask(client, "get", route.address(theirs), query)
            assert response.status_code < 500, route.name
            assert not any(word in text_of(response) for word in ours.canaries), route.name


def test_a_practitioner_opens_nothing_of_a_colleague(ours: World) -> None:
    """All examples are the provider's; whoever treats beside them sees none of it."""
    colleague = ours.cast.biller
    Member.unscoped.filter(pk=colleague.pk).update(role="practitioner", practitioner=ours.cast.owner_provider)
    client, wrong = browser(Member.unscoped.select_related("practice", "user").get(pk=colleague.pk)), []
    shared = {"practitioner", "service", "payer", "reminder_step"}
    for route in all_routes(Kind.MEMBER):
        if route.opens and not shared & set(route.opens.values()) and "practitioner" in route.policy.roles:
            for method in ("get", "post"):
                response = ask(client, method, route.address(ours), {"key": "onepress"})
                if response.status_code not in (404, 405):
                    wrong.append(f"{method} {route.name}: {response.status_code}")
    assert wrong == []


def test_reading_changes_nothing_and_tells_of_the_own_practice(ours: World) -> None:
    """Also the control of the tests above: the words they look for are on the pages of those who may see them."""
    client, said, wrong = browser(ours.cast.owner), "", []
    before = tables()
    for route in all_routes():
        for method in ("get", "head"):
            response = getattr(client, method)(route.address(ours))
            if route.policy.kind == Kind.MEMBER and method == "get":
                said += text_of(response)
            if response.status_code >= 500:
                wrong.append(f"{method} {route.name}: {response.status_code}")
    assert wrong == []
    assert changed(before, tables()) == [], "look at each route by itself to find which"
    assert [word for word in ours.canaries if word not in said and word.lower() not in said] == []


def test_every_change_needs_the_token_of_our_form(ours: World) -> None:
    strict = patient_client(Client(enforce_csrf_checks=True))
    strict.cookies = signed_in(ours.cast.owner).cookies
    before = tables()
    for route in all_routes():
        if route.policy.kind == Kind.WEBHOOK:
            continue
        for method in ("post", "put", "patch", "delete"):
            response = getattr(strict, method)(route.address(ours), {"key": "onepress"})
            assert response.status_code == 403, f"{method} {route.name}: {response.status_code}"
    assert changed(before, tables()) == []


def test_a_pay_page_opens_its_own_share_and_a_wrong_token_nothing(ours: World, theirs: World) -> None:
    client = patient_client(Client())
    for route in all_routes(Kind.PAYER_LINK):
        method = "post" if route.name == "portal:pay_checkout" else "get"
        foreign = text_of(ask(client, method, route.address(theirs)))
        assert not any(word in foreign for word in ours.canaries), route.name
        token = next(iter(ours.codes[kind] for kind in route.opens.values()))
        wrong = [token[:-1], token + "a", token.swapcase(), UNKNOWN, ours.codes["document"], "0" * 500]
        seen = {shape_of(ask(client, method, route.unknown_address(each)), each) for each in wrong}
        assert {status for status, _body in seen} <= {404, 429}, route.name
        assert len(seen) == 1, f"{route.name} answers wrong tokens in several ways"


def test_a_form_filled_with_another_practices_codes_changes_and_tells_nothing(
    ours: World, theirs: World
) -> None:
    """Ids in bodies, not only in addresses: each code of ours in place of what their form would send."""
    client, wrong = browser(theirs.cast.owner), []
    before = tables(of=ours.cast.practice)
    fields = ("client", "patient", "practitioner", "service", "coverage", "payer", "invoice", "guarantor")
    for route in all_routes(Kind.MEMBER):
        for kind in ("patient", "practitioner", "service", "coverage", "payer", "issued_invoice"):
            body = {**dict.fromkeys(fields, ours.codes[kind]), "key": "onepress"}
            response = ask(client, "post", route.address(theirs), body)
            if response.status_code >= 500 or any(word in text_of(response) for word in ours.canaries):
                wrong.append(f"{route.name} with a foreign {kind}: {response.status_code}")
    assert wrong == []
    assert changed(before, tables(of=ours.cast.practice)) == []


def test_every_page_a_member_opens_carries_the_strict_headers(ours: World) -> None:
    client = browser(ours.cast.owner)
    for route in all_routes():
        response = ask(client, "get", route.address(ours))
        headers, policy = response.headers, response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, route.name
        assert "script-src 'self'" in policy or "sandbox" in policy, route.name
        assert "unsafe-eval" not in policy and "*" not in policy, route.name
        assert headers["Cache-Control"] == "no-store", route.name
        assert headers["X-Content-Type-Options"] == "nosniff", route.name
        assert headers["X-Frame-Options"] == "DENY", route.name
        by_token = route.policy.kind == Kind.PAYER_LINK or route.name == "account_reset_password_from_key"
        assert headers["Referrer-Policy"] == ("no-referrer" if by_token else "same-origin"), route.name


def test_routes_were_really_swept() -> None:
    assert len([route for route in all_routes(Kind.MEMBER) if route.opens]) >= 30
    assert Route("desk:today", next(iter(all_routes(Kind.MEMBER))).policy).opens == {}
