# SPDX-License-Identifier: Apache-2.0
"""What is known of a person stays where it belongs: words that occur nowhere else are looked for everywhere else."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from aftersession.audit.models import AuditEvent
from aftersession.commands.models import CommandKey
from aftersession.desk.billing import views as billing_views
from aftersession.integrations.sandbox.client import SandboxClient
from aftersession.lib.errors import PartnerUnavailable
from aftersession.messaging.models import Message
from config.logs import LineFormatter
from config.policy import Kind
from tests.cast import signed_in
from tests.sweep.forms import forms_of
from tests.sweep.look import ask, patient_client, text_of
from tests.sweep.routes import all_routes
from tests.sweep.world import World, canary, make_world

ADDRESS = re.compile(r"""\s(?:href|action|src|hx-[a-z-]+)="([^"]*)\"""")
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
HEALTH = ("diagnosis", "member")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the product would write to its log, in the product's own format, and more than it would."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(LineFormatter())
    chosen = [logging.getLogger(name) for name in ("aftersession", "django.request", "django.security", "")]
    levels = [logger.level for logger in chosen]
    logging.getLogger().addHandler(handler)
    for logger in chosen:
        logger.setLevel(logging.INFO)
    yield lines
    logging.getLogger().removeHandler(handler)
    for logger, level in zip(chosen, levels, strict=True):
        logger.setLevel(level)


def seen_in(text: str, world: World) -> list[str]:
    lowered = text.lower()
    return [word for word in world.canaries if word.lower() in lowered]


def test_the_log_names_nobody_even_when_everything_fails(
    db: None, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world("Aa", reference_key="AA")
    client = patient_client(signed_in(world.cast.owner))
    word = canary("Aa", "family")
    for route in all_routes(Kind.MEMBER, Kind.PAYER_LINK, Kind.WEBHOOK):
        ask(client, "get", route.address(world), {"q": word})
        ask(client, "post", route.address(world), {"key": "onepress", "reason": word, "given_names": word})

    def fail(*_arguments: object, **_named: object) -> None:
        raise ValueError(f"a database error that quotes {word}")

    monkeypatch.setattr(billing_views, "details_of", fail)
    failed = ask(client, "get", f"/invoices/{world.codes['issued_invoice']}/", {"q": word})
    assert failed.status_code == 500
    assert seen_in(text_of(failed), world) == []
    assert "Internal Server Error" in log.getvalue()
    assert seen_in(log.getvalue(), world) == []
    assert world.codes["token"] not in log.getvalue()


def test_records_of_what_was_done_hold_codes_and_figures_alone(ours: World) -> None:
    for event in AuditEvent.unscoped.all():
        assert seen_in(repr([event.action, event.subject_code, event.patient_code, event.data]), ours) == []
    for key in CommandKey.unscoped.all():
        result = {name: value for name, value in (key.result or {}).items() if name != "sent_to"}
        assert seen_in(repr([key.scope, key.key, key.fingerprint, result]), ours) == []


def test_a_letter_says_nothing_on_its_envelope(ours: World) -> None:
    letters = Message.unscoped.all()
    assert letters.count() >= 3
    for letter in letters:
        assert seen_in(letter.subject + letter.message_id, ours) == []
        assert not any(canary("Aa", name) in letter.body for name in HEALTH)


def test_no_address_of_a_page_holds_anything_about_a_person(ours: World) -> None:
    client = signed_in(ours.cast.owner)
    looked = 0
    for route in all_routes(Kind.MEMBER, Kind.PAYER_LINK):
        response = ask(client, "get", route.address(ours))
        for address in ADDRESS.findall(getattr(response, "content", b"").decode("utf-8", "replace")):
            if not address.startswith(("mailto:", "tel:")):
                looked += 1
                assert seen_in(address, ours) == [], f"{route.name}: {address}"
        assert seen_in(response.headers.get("Location", ""), ours) == []
    assert looked > 200


def test_the_pay_page_shows_no_health_and_its_title_nobody(ours: World) -> None:
    client, pages = Client(), 0
    for route in all_routes(Kind.PAYER_LINK):
        response = ask(client, "get", route.address(ours))
        if "text/html" in response.headers["Content-Type"] and response.status_code == 200:
            pages += 1
            page = response.content.decode()
            assert not any(canary("Aa", name) in page for name in HEALTH), route.name
            assert [seen_in(title, ours) for title in TITLE.findall(page)] == [[]], route.name
    assert pages >= 2


def test_the_partner_learns_an_amount_and_a_number_alone(
    ours: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    def note(_client: SandboxClient, fields: dict[str, Any], *, key: str) -> dict[str, Any]:
        told.extend([fields, key])
        raise PartnerUnavailable("away")

    monkeypatch.setattr(SandboxClient, "open_checkout", note)
    client = Client()
    address = f"/p/{ours.codes['token']}"
    form = next(each for each in forms_of(client.get(address).content.decode()) if "key" in each.fields)
    client.post(f"{address}/checkout", form.fields)
    assert told
    assert seen_in(repr(told), ours) == []
    assert ours.codes["token"] not in repr(told)
    assert set(told[0]) == {
        "reference", "amount", "currency", "description", "return_url", "webhook_url",
    }  # fmt: skip


def test_a_copy_of_the_database_opens_no_pay_page(ours: World) -> None:
    assert ours.codes["token"] not in dump()
    assert ours.codes["token"] in Client().get(f"/p/{ours.codes['token']}").content.decode()


def test_nothing_of_a_person_is_kept_beside_the_tables(ours: World) -> None:
    client = signed_in(ours.cast.owner)
    for route in all_routes(Kind.MEMBER):
        ask(client, "get", route.address(ours))
    assert cache.get("anything") is None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cache_key, value FROM {settings.CACHES['default']['LOCATION']}")
        assert seen_in(repr(cursor.fetchall()), ours) == []
    for cookie in client.cookies.values():
        assert seen_in(cookie.value, ours) == []


def dump() -> str:
    """Every value in every table."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)
