# SPDX-License-Identifier: Apache-2.0
"""An owner connects partners, proves, prefers, pauses, rotates and ends them; nobody else sees any of it."""

import io
import logging
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from aftersession.audit.models import AuditEvent
from aftersession.lib.codes import new_code
from aftersession.lib.encryption import CannotOpen, seal
from aftersession.lib.errors import BadInput
from aftersession.payments.connection_keys import open_keys
from aftersession.payments.connections import connect_provider, default_connection, usable_connections
from aftersession.payments.models import PaymentAttempt, PaymentLink, ProviderConnection
from aftersession.payments.provider import ConnectionSettings, Mode, PartnerAccount
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.change_partner import wipe_ended_keys
from aftersession.workflows.connect_partner import refuse_other_account
from aftersession.workflows.finalise import Step
from tests.billing import attempt_at, complete
from tests.cast import Cast, cast, other_cast, signed_in
from tests.fixtures.sandbox import SandboxControl

__all__ = ["cast", "other_cast"]

pytestmark = pytest.mark.django_db


def pasted(account: str = "", **fields: str) -> dict[str, str]:
    """A form with keys of an account that nobody has used before."""
    key = f"sk_test_{account or new_code()}_{new_code()}"
    return {"api_key": key, "webhook_secret": f"whsec_{new_code()}", "key": new_code(), **fields}


def address(route: str, connection: ProviderConnection | None = None) -> str:
    return reverse(f"desk:partner_{route}", args=[connection.code] if connection else [])


NEW = "/settings/partners/new/sandbox/"


@pytest.fixture(autouse=True)
def at_the_partner(sandbox_partner: SandboxControl, settings: Settings) -> None:
    settings.SANDBOX_URL = sandbox_partner.url


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def connection(owner: Client, cast: Cast) -> ProviderConnection:
    assert owner.post(NEW, pasted()).status_code == 302
    return ProviderConnection.objects.for_practice(cast.practice).get()


def act(owner: Client, route: str, connection: ProviderConnection, **fields: Any) -> int:
    status = owner.post(address(route, connection), {"key": new_code(), **fields}).status_code
    connection.refresh_from_db()
    return status


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_an_account_is_proved_then_kept_and_its_keys_are_never_seen_again(
    owner: Client, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    form = pasted()
    assert "Paste them here" in page(owner, NEW)
    answer = owner.post(NEW, form)
    made = ProviderConnection.objects.for_practice(cast.practice).get()
    assert answer.headers["Location"] == address("detail", made)
    assert (made.is_default, made.state, made.mode, made.check_problem) == (True, "active", "test", "")
    assert made.checked_at is not None
    assert owner.post(NEW, form).headers["Location"] == address("detail", made)  # sent twice
    paths = [address("list"), address("detail", made), address("keys", made)]
    seen = "".join(page(owner, path) for path in paths)
    assert "Test mode: no money moves" in seen
    assert f"/webhooks/sandbox/{made.code}/" in seen
    dump = io.StringIO()
    call_command("dumpdata", use_base_manager=True, stdout=dump)
    for secret in (form["api_key"], form["webhook_secret"]):
        assert secret not in seen + dump.getvalue() + caplog.text + repr(open_keys(made))
    facts = AuditEvent.objects.for_practice(cast.practice).filter(subject_code=made.code)
    assert [each.action for each in facts] == ["partner.connected"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"api_key": ""}, "This field is required"),
        ({"api_key": "pk_test_public_1a2b3c"}, "A sandbox key looks like"),
        ({"api_key": "sk_live_account_1a2b3c"}, "A sandbox key looks like"),
        ({"api_key": "sk_test_" + "x" * 400}, "at most 300"),
    ],
)
def test_keys_that_cannot_be_are_refused_beside_the_field(
    owner: Client, cast: Cast, change: dict[str, str], told: str
) -> None:
    form = pasted(**change)
    answer = owner.post(NEW, form)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert form["webhook_secret"] not in answer.content.decode()
    assert not ProviderConnection.objects.for_practice(cast.practice).exists()


def test_wrong_or_revoked_keys_are_told_by_the_partner(
    owner: Client, cast: Cast, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.connect("taken")
    answer = owner.post(NEW, pasted("taken"))
    assert answer.status_code == 422
    assert "does not accept this key" in answer.content.decode()
    assert not ProviderConnection.objects.for_practice(cast.practice).exists()


def test_a_partner_that_cannot_be_reached_connects_nothing(
    owner: Client, cast: Cast, settings: Settings
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    answer = owner.post(NEW, pasted())
    assert answer.status_code == 422
    assert not ProviderConnection.objects.for_practice(cast.practice).exists()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (PartnerAccount(account="a", mode=Mode.LIVE), "Take all keys from the same mode"),
        (PartnerAccount(account="another", mode=Mode.TEST), "of another account: another"),
        (
            PartnerAccount(account="a", mode=Mode.TEST, currencies=("XTS",)),
            "takes XTS, but the practice bills in",
        ),
    ],
)
def test_an_account_of_another_mode_name_or_currency_is_refused(
    cast: Cast, told: PartnerAccount, words: str
) -> None:
    keys = ConnectionSettings(base_url="", account="a", mode=Mode.TEST, api_key="k")
    with pytest.raises(BadInput, match=words) as refusal:
        refuse_other_account(keys, told, cast.practice)
    assert refusal.value.field == "api_key"


def test_the_same_account_is_connected_once_and_in_one_practice(
    owner: Client, cast: Cast, other_cast: Cast, connection: ProviderConnection
) -> None:
    same = pasted(api_key=open_keys(connection).api_key)
    answer = owner.post(NEW, same)
    assert answer.status_code == 422
    assert "connected already" in answer.content.decode()
    answer = signed_in(other_cast.owner).post(NEW, {**same, "key": new_code()})
    assert "Another practice here takes payments with this account" in answer.content.decode()
    assert ProviderConnection.objects.for_practice(cast.practice).count() == 1
    act(owner, "end", connection)
    assert signed_in(other_cast.owner).post(NEW, {**same, "key": new_code()}).status_code == 302


def test_only_owners_see_partners(cast: Cast, other_cast: Cast, connection: ProviderConnection) -> None:
    paths = [NEW, address("list"), *(address(each, connection) for each in ("detail", "keys", "end"))]
    for member in (cast.practitioner, cast.front_desk, cast.biller):
        client = signed_in(member)
        assert {client.get(path).status_code for path in paths} == {403}
        assert client.post(address("pause", connection), {"key": "k"}).status_code == 403
        assert "Payment partners" not in page(client, reverse("desk:own_settings"))
    stranger = signed_in(other_cast.owner)
    assert {stranger.get(path).status_code for path in paths[2:]} == {404}
    for route in ("trial", "prefer", "pause", "resume", "end", "former_keys"):
        assert stranger.post(address(route, connection), {"key": "k"}).status_code == 404


def test_a_partner_that_is_not_known_here_cannot_be_connected(owner: Client) -> None:
    assert owner.get("/settings/partners/new/nobody/").status_code == 404


def test_a_trial_says_what_is_wrong_and_a_later_one_that_it_is_right_again(
    owner: Client, connection: ProviderConnection, settings: Settings, sandbox_partner: SandboxControl
) -> None:
    proved = connection.checked_at
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    act(owner, "trial", connection)
    assert (connection.check_problem, connection.checked_at) == ("unavailable", proved)
    assert "could not be reached" in page(owner, address("list"))
    settings.SANDBOX_URL = sandbox_partner.url
    act(owner, "trial", connection)
    assert connection.check_problem == ""
    settings.CONNECTION_KEYS = {"other": b"o" * 32}
    act(owner, "trial", connection)
    assert connection.check_problem == "locked"
    assert "lacks the key" in page(owner, address("detail", connection))


def test_a_paused_account_takes_no_new_payments_until_it_is_resumed(
    owner: Client, cast: Cast, connection: ProviderConnection
) -> None:
    assert act(owner, "resume", connection) == 409
    act(owner, "pause", connection)
    assert default_connection(cast.practice) is None
    assert "is paused" in page(owner, address("detail", connection))
    assert act(owner, "pause", connection) == 409
    act(owner, "resume", connection)
    assert default_connection(cast.practice) == connection


def test_one_account_is_the_default_and_a_live_one_takes_over(
    owner: Client, cast: Cast, connection: ProviderConnection
) -> None:
    owner.post(NEW, pasted())
    second = ProviderConnection.objects.for_practice(cast.practice).exclude(pk=connection.pk).get()
    assert not second.is_default
    act(owner, "prefer", second)
    assert default_connection(cast.practice) == second
    keys = ConnectionSettings(base_url="", account="live", mode=Mode.LIVE, api_key="k")
    live = connect_provider(practice=cast.practice, kind="sandbox", connection=keys, is_default=False)
    assert usable_connections(cast.practice) == [live]
    assert default_connection(cast.practice) is None
    assert act(owner, "prefer", connection) == 409
    act(owner, "prefer", live)
    assert default_connection(cast.practice) == live


def test_keys_change_without_losing_a_notice(owner: Client, connection: ProviderConnection) -> None:
    before = open_keys(connection)
    assert owner.post(address("keys", connection), {"key": "k"}).status_code == 422
    assert act(owner, "keys", connection, webhook_secret="whsec_new") == 302
    assert open_keys(connection).webhook_secrets == ("whsec_new", *before.webhook_secrets)
    assert open_keys(connection).api_key == before.api_key
    assert "are still taken" in page(owner, address("detail", connection))
    assert act(owner, "former_keys", connection) == 302
    assert open_keys(connection).webhook_secrets == ("whsec_new",)
    assert connection.keys_changed_at is None
    assert act(owner, "former_keys", connection) == 422


def test_keys_of_another_account_change_nothing(owner: Client, connection: ProviderConnection) -> None:
    sealed = connection.sealed_secrets
    answer = owner.post(address("keys", connection), pasted(webhook_secret=""))
    assert answer.status_code == 422
    assert "of another account" in answer.content.decode()
    connection.refresh_from_db()
    assert connection.sealed_secrets == sealed


def test_an_ended_account_is_wiped_at_once_where_nothing_is_under_way(
    owner: Client, cast: Cast, connection: ProviderConnection
) -> None:
    form = pasted(api_key=open_keys(connection).api_key)
    assert "Nothing is under way" in page(owner, address("end", connection))
    act(owner, "end", connection)
    assert (connection.state, connection.is_default, connection.sealed_secrets) == ("disconnected", False, "")
    assert "Not connected any more" in page(owner, address("list"))
    assert "Wiped" in page(owner, address("detail", connection))
    assert act(owner, "end", connection) == 422
    hook = Client().post(f"/webhooks/sandbox/{connection.code}/", b"{}", content_type="application/json")
    assert hook.status_code in (400, 409)
    assert owner.post(NEW, form).headers["Location"] == address("detail", connection)
    connection.refresh_from_db()
    assert (connection.state, connection.is_default) == ("active", True)


def test_an_ended_account_keeps_its_keys_until_what_is_under_way_has_ended(
    owner: Client, cast: Cast, connection: ProviderConnection
) -> None:
    with practice_scope(cast.practice):
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
        attempt_at(connection, PaymentLink.objects.select_related("share__invoice").get())
    assert "Under way: 1 payment that is watched. They" in page(owner, address("end", connection))
    act(owner, "end", connection)
    assert wipe_ended_keys() == 0
    assert open_keys(connection).api_key
    PaymentAttempt.objects.for_practice(cast.practice).update(next_check_at=None)
    assert wipe_ended_keys() == 1
    connection.refresh_from_db()
    assert connection.sealed_secrets == ""


def test_keys_sealed_before_they_had_keys_of_their_own_open_and_are_sealed_anew(
    connection: ProviderConnection, settings: Settings
) -> None:
    before = open_keys(connection)
    text = '{"base_url": "", "api_key": "sk", "webhook_secrets": ["w"]}'
    settings.FIELD_KEYS, settings.CONNECTION_KEYS = {"a": b"f" * 32}, {"a": b"1" * 32}
    with pytest.raises(CannotOpen):
        open_keys(connection)
    connection.sealed_secrets = seal(
        text, aad=f"provider connection {connection.code}", keys=settings.FIELD_KEYS
    )
    connection.save()
    assert open_keys(connection).api_key == "sk" != before.api_key
    settings.CONNECTION_KEYS = {"b": b"2" * 32, "a": b"1" * 32}
    said = io.StringIO()
    call_command("reseal_connections", stdout=said)
    call_command("reseal_connections", stdout=said)
    assert said.getvalue().split("\n")[:2] == ["1 sealed anew.", "0 sealed anew."]
    settings.FIELD_KEYS, settings.CONNECTION_KEYS = {"a": b"x" * 32}, {"b": b"2" * 32}
    connection.refresh_from_db()
    assert open_keys(connection).webhook_secrets == ("w",)
    settings.CONNECTION_KEYS = {"c": b"3" * 32}
    with pytest.raises(Exception, match="1 cannot be opened"):
        call_command("reseal_connections", stdout=said)
