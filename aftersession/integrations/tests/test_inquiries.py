# SPDX-License-Identifier: Apache-2.0
"""A bank that only asks: a task with its deadline that closes by itself, and not a cent that moves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aftersession.audit.models import AuditEvent
from aftersession.integrations.tests.online import OWED, newest_payment
from aftersession.ledger.models import Entry
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.connections import under_way
from aftersession.payments.models import Dispute, Inquiry, InquiryState, Payment, ProviderConnection
from aftersession.payments.provider import DisputeState, Mode, PartnerDispute
from aftersession.workflows.partner_news import DoesNotFit, NotKnownYet, apply_found_dispute
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

ASKS = "asks about R 950.00"


@pytest.fixture
def asked(payment: Payment) -> PartnerDispute:
    connection = ProviderConnection.objects.get()
    return PartnerDispute(
        external_id="dp_1",
        payment_external_id=payment.external_id,
        state=DisputeState.ASKED,
        amount=payment.amount,
        mode=Mode(connection.mode),
        account=connection.account,
        respond_by=clock.now() + timedelta(days=9),
    )


def hear(*told: PartnerDispute) -> None:
    for each in told:
        apply_found_dispute(ProviderConnection.objects.select_related("practice").get(), each)


def pages(cast: Cast, payment: Payment) -> list[bool]:
    """Whether Today and the payment's page say that a bank asks."""
    browser = signed_in(cast.owner)
    texts = [browser.get(path).content.decode() for path in ("/", f"/payments/{payment.code}/")]
    return [ASKS in text.replace("\u00a0", " ") for text in texts]


def test_a_question_is_a_task_and_moves_no_money(
    cast: Cast, connection: ProviderConnection, payment: Payment, asked: PartnerDispute
) -> None:
    entries = Entry.objects.count()
    hear(asked, asked)
    assert (Inquiry.objects.count(), Dispute.objects.count(), Entry.objects.count()) == (1, 0, entries)
    found = newest_payment()
    assert (found.allocated_minor, found.disputed_minor, found.is_disputed) == (OWED, 0, False)
    assert pages(cast, payment) == [True, True]
    assert under_way(connection).disputes == 1
    assert AuditEvent.objects.filter(action="payment.inquiry_opened").count() == 1


def test_an_answered_question_is_nobodys_task_and_may_be_asked_again(
    cast: Cast, payment: Payment, asked: PartnerDispute
) -> None:
    hear(asked, replace(asked, state=DisputeState.ANSWERED))
    assert pages(cast, payment) == [False, False]
    later = asked.respond_by and asked.respond_by + timedelta(days=3)
    hear(replace(asked, respond_by=later))
    assert pages(cast, payment) == [True, True]
    assert Inquiry.objects.get().respond_by == later


@pytest.mark.parametrize("state", [DisputeState.ASKED, DisputeState.ANSWERED])
def test_a_question_closes_by_itself_and_stays_closed(
    cast: Cast, connection: ProviderConnection, payment: Payment, asked: PartnerDispute, state: DisputeState
) -> None:
    closed = replace(asked, state=DisputeState.CLOSED)
    hear(replace(asked, state=state), closed, closed, asked)
    assert Inquiry.objects.get().state == InquiryState.CLOSED
    assert (pages(cast, payment), under_way(connection).disputes) == ([False, False], 0)


def test_one_that_was_over_before_anybody_heard_of_it_is_no_task(asked: PartnerDispute) -> None:
    hear(replace(asked, state=DisputeState.CLOSED))
    assert Inquiry.objects.count() == 0


def test_a_question_that_becomes_a_dispute_is_one(asked: PartnerDispute) -> None:
    hear(asked, replace(asked, state=DisputeState.OPEN), asked, replace(asked, state=DisputeState.CLOSED))
    assert (Inquiry.objects.get().state, Dispute.objects.get().state) == ("closed", "open")
    assert newest_payment().disputed_minor == OWED


def test_a_question_about_other_money_is_for_a_person(asked: PartnerDispute) -> None:
    for amount in (Money(OWED, "USD"), Money(OWED + 1, "ZAR"), Money(0, "ZAR")):
        with pytest.raises(DoesNotFit):
            hear(replace(asked, amount=amount))
    with pytest.raises(NotKnownYet):
        hear(replace(asked, payment_external_id="pay_unknown"))
