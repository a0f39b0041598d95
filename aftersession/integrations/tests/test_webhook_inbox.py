# SPDX-License-Identifier: Apache-2.0
"""The address for notices, with real notices of a real partner."""

import pytest
from django.test import Client

from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.sandbox.tests.test_checkout import checkout_request
from aftersession.integrations.sandbox.tests.test_notices import encoded, signed
from aftersession.payments.connections import add_webhook_secret, connect_provider, provider_of
from aftersession.payments.models import ProviderConnection
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl

Notice = tuple[bytes, dict[str, str]]


@pytest.fixture
def connection(cast: Cast, sandbox_partner: SandboxControl) -> ProviderConnection:
    return connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())


@pytest.fixture
def notice(connection: ProviderConnection, sandbox_partner: SandboxControl) -> Notice:
    """The partner's notice of a checkout just made."""
    request = checkout_request()
    provider_of(connection).start_checkout(request)
    return sandbox_partner.notices(request.reference)[0]


def post(connection: ProviderConnection, notice: Notice, kind: str = "sandbox") -> int:
    body, headers = notice
    client = Client(enforce_csrf_checks=True)
    address = f"/webhooks/{kind}/{connection.code}/"
    return client.post(address, data=body, content_type="application/json", headers=headers).status_code


def events(connection: ProviderConnection) -> list[InboundEvent]:
    return list(InboundEvent.objects.for_practice(connection.practice))


def rejected(connection: ProviderConnection) -> int:
    connection.refresh_from_db()
    return connection.rejected_notices


def test_a_notice_is_stored_as_it_came(connection: ProviderConnection, notice: Notice) -> None:
    assert post(connection, notice) == 200
    (event,) = events(connection)
    assert bytes(event.raw_body) == notice[0]
    assert (event.state, event.event_type) == (InboundState.STORED, "payment.created")
    assert event.next_try_at == event.received_at


def test_fifty_copies_leave_one_event(connection: ProviderConnection, notice: Notice) -> None:
    assert {post(connection, notice) for _ in range(50)} == {200}
    assert len(events(connection)) == 1


def test_two_practices_may_see_the_same_event_key(
    connection: ProviderConnection,
    other_cast: Cast,
    sandbox_partner: SandboxControl,
    notice: Notice,
) -> None:
    settings = provider_of(connection).settings
    other = connect_provider(practice=other_cast.practice, kind="sandbox", connection=settings)
    assert [post(one, notice) for one in (connection, other)] == [200, 200]
    assert len(events(connection)) == len(events(other)) == 1


def test_another_practices_secret_leaves_only_a_count(
    connection: ProviderConnection,
    other_cast: Cast,
    sandbox_partner: SandboxControl,
    notice: Notice,
) -> None:
    other = connect_provider(
        practice=other_cast.practice, kind="sandbox", connection=sandbox_partner.connect()
    )
    assert post(other, notice) == 400
    assert (events(other), rejected(other)) == ([], 1)
    assert rejected(connection) == 0


@pytest.mark.parametrize("spoil", [lambda body: body[:-1], lambda body: body + b" ", lambda _: b""])
def test_other_bytes_than_were_signed_leave_only_a_count(
    connection: ProviderConnection, notice: Notice, spoil: object
) -> None:
    assert callable(spoil)
    assert post(connection, (spoil(notice[0]), notice[1])) == 400
    assert (events(connection), rejected(connection)) == ([], 1)


def test_ten_megabytes_are_not_read(connection: ProviderConnection, notice: Notice) -> None:
    assert post(connection, (b"x" * 10_000_000, notice[1])) == 413
    assert events(connection) == []


def test_a_notice_about_an_unknown_payment_is_kept_and_answered(
    connection: ProviderConnection,
) -> None:
    add_webhook_secret(connection=connection, secret="whsec_new")
    raw = encoded(reference="PAY-of-nobody", type="something.new")
    assert post(connection, (raw, signed(raw, secret="whsec_new"))) == 200
    (event,) = events(connection)
    assert event.reference == "PAY-of-nobody"


def test_the_last_two_secrets_are_live(connection: ProviderConnection, notice: Notice) -> None:
    add_webhook_secret(connection=connection, secret="whsec_second")
    assert post(connection, notice) == 200
    add_webhook_secret(connection=connection, secret="whsec_third")
    assert post(connection, notice) == 400


def test_an_address_that_was_never_given_out_is_not_found(
    connection: ProviderConnection, notice: Notice
) -> None:
    assert post(connection, notice, kind="another") == 404
    assert post(ProviderConnection(code="nothing00000"), notice) == 404


def test_only_post_is_understood(connection: ProviderConnection) -> None:
    assert Client().get(f"/webhooks/sandbox/{connection.code}/").status_code == 405


def test_a_stale_copy_is_refused(connection: ProviderConnection) -> None:
    add_webhook_secret(connection=connection, secret="whsec_new")
    raw = encoded()
    assert post(connection, (raw, signed(raw, secret="whsec_new", age=3600))) == 400
    assert (events(connection), rejected(connection)) == ([], 1)


def test_secrets_are_sealed_and_stay_with_their_row(connection: ProviderConnection) -> None:
    assert "whsec" not in connection.sealed_secrets
    assert "sk_test" not in connection.sealed_secrets
    connection.code = "moved0000000"
    with pytest.raises(ValueError, match="sealed for another place"):
        provider_of(connection)
