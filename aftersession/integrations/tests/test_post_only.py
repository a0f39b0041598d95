# SPDX-License-Identifier: Apache-2.0
"""A partner that is paid through a posted form and only tells: what it needs of the port, and gets."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.tests.online import OWED, a_link, newest_attempt, newest_payment
from aftersession.integrations.tests.post_only import SETTINGS
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentLink,
    ProviderConnection,
)
from aftersession.payments.routing import connection_for
from aftersession.practices.actors import PayerActor
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import Handover, start_checkout
from aftersession.workflows.watch_attempts import attempts_in_doubt, watch_attempts
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture
def connection(cast: Cast, settings: Settings, frozen_clock: FrozenClock) -> ProviderConnection:
    path = "aftersession.integrations.tests.post_only.PostOnly"
    settings.PAYMENT_PROVIDERS = {**settings.PAYMENT_PROVIDERS, "post_only": path}
    return connect_provider(practice=cast.practice, kind="post_only", connection=SETTINGS)


@pytest.fixture
def link(cast: Cast, connection: ProviderConnection) -> PaymentLink:
    return a_link(cast)


def press(link: PaymentLink, key: str = "press", email: str = "") -> Handover:
    return start_checkout(link=link, actor=PayerActor(link.practice, link.code), key=key, payer_email=email)


def tell(connection: ProviderConnection, **said: object) -> InboundEvent:
    body = json.dumps({"id": "n1", "reference": newest_attempt().reference, "amount": OWED, **said})
    address = f"/webhooks/post_only/{connection.code}/"
    assert Client().post(address, body, content_type="application/json").status_code == 200
    apply_due_notices(settle=settle_reference)
    found: InboundEvent = InboundEvent.objects.latest("pk")
    return found


def test_the_payer_is_handed_over_with_a_form_that_comes_again(link: PaymentLink) -> None:
    first = press(link, email="payer@example.com")
    reference = newest_attempt().reference
    assert first == Handover(
        "http://localhost:1/process", (("reference", reference), ("email", "payer@example.com"))
    )
    assert press(link, email="payer@example.com") == first
    assert PaymentAttempt.objects.count() == 1


def test_another_address_is_another_try(link: PaymentLink) -> None:
    press(link, email="payer@example.com")
    assert press(link, email="other@example.com").fields[1] == ("email", "other@example.com")


def test_without_an_address_of_the_payer_the_practices_own_is_given(cast: Cast, link: PaymentLink) -> None:
    assert press(link).fields[1] == ("email", cast.practice.email)


def test_a_confirmed_notice_settles_once(link: PaymentLink, connection: ProviderConnection) -> None:
    press(link)
    assert tell(connection, true=1).state == InboundState.APPLIED
    tell(connection, true=1)
    assert (newest_payment().allocated_minor, Payment.objects.count()) == (OWED, 1)


def test_a_notice_that_the_partner_does_not_confirm_settles_nothing_and_is_asked_about_again(
    link: PaymentLink, connection: ProviderConnection
) -> None:
    press(link)
    event = tell(connection)
    assert (event.state, event.outcome) == (InboundState.STORED, "not confirmed")
    assert not Payment.objects.exists()


def test_an_attempt_waits_for_its_notice_and_does_not_look_broken(
    cast: Cast, link: PaymentLink, connection: ProviderConnection, frozen_clock: FrozenClock
) -> None:
    press(link)
    assert refresh_attempt(newest_attempt()) == AttemptState.PENDING
    frozen_clock.tick(hours=25)
    watch_attempts()
    assert not attempts_in_doubt(cast.practice).exists()
    assert newest_attempt().state == AttemptState.ABANDONED
    tell(connection, true=1)
    assert newest_attempt().state == AttemptState.SUCCEEDED


def test_a_link_keeps_to_the_partner_that_was_chosen_for_it(
    cast: Cast, link: PaymentLink, connection: ProviderConnection
) -> None:
    ProviderConnection.objects.update(is_default=False)
    assert connection_for(link) is None
    link.connection = connection
    assert connection_for(link) == connection
    connection.state = "disconnected"
    assert connection_for(link) is None
