# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with partners, one test a case, each named after what has to come of it.

More of them stands where its subject is tried: orders and copies of notices in `test_online_payment.py`, two
paid links in `test_several_invoices.py`, refunds in `test_online_refunds.py`, chargebacks in
`test_disputes.py`, what nobody told in `test_sweep.py`, two live secrets in `test_webhook_inbox.py`.
"""

import pytest

from aftersession.billing.models import InvoiceShare
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.models import InboundEvent
from aftersession.integrations.tests.online import (
    OWED,
    a_link,
    begun,
    newest_attempt,
    newest_payment,
    paid,
    tell,
)
from aftersession.lib.codes import new_code
from aftersession.lib.errors import DomainError
from aftersession.messaging.models import Message
from aftersession.payments.connections import provider_of
from aftersession.payments.links import open_link
from aftersession.payments.models import Payment, PaymentAttempt, ProviderConnection, Receipt, TrayReason
from aftersession.payments.provider import Mode, PaymentState
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.settle_attempt import WrongAccount, apply_answer, refresh_attempt
from aftersession.workflows.settle_reference import Notice, settle_reference
from aftersession.workflows.start_checkout import Asked, start_checkout
from aftersession.workflows.sweep_partners import sweep_connection
from tests.billing import cash, complete, share_behind
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")


def columns() -> tuple[int, int, str]:
    payment = newest_payment()
    return payment.allocated_minor, payment.unallocated_minor, payment.tray_reason


def test_the_same_notice_twice_is_one_payment(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt = begun(a_link(cast), sandbox_partner)
    tell(connection, sandbox_partner, attempt.reference)
    events = InboundEvent.objects.count()
    tell(connection, sandbox_partner, attempt.reference)
    assert (Payment.objects.count(), Receipt.objects.count(), InboundEvent.objects.count()) == (1, 1, events)


def test_a_refund_told_before_its_payment_is_applied_once_the_payment_is_known(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt = begun(a_link(cast), sandbox_partner)
    sandbox_partner.refund_by_hand(attempt.reference, 100_00)
    tell(connection, sandbox_partner, attempt.reference, only=slice(-1, None))
    assert columns() == (850_00, 0, "")
    assert newest_payment().refunded_minor == 100_00


def test_a_notice_before_our_call_returned_finds_the_attempt(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    sandbox_partner.misbehave(hold=True, answer="hang_up", method="POST")
    with pytest.raises(DomainError):
        begun(link, sandbox_partner)
    attempt = newest_attempt()
    sandbox_partner.decide(attempt.reference, "succeeded")
    tell(connection, sandbox_partner, attempt.reference)
    assert columns() == (OWED, 0, "")


def test_paid_online_and_in_cash_keeps_the_second_money_as_credit(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    attempt = begun(link, sandbox_partner)
    record_payment(
        invoice=share_behind(link).invoice,
        payment=cash(),
        send_receipt_to="",
        actor=cast.owner,
        key=new_code(),
    )
    refresh_attempt(attempt)
    assert columns() == (0, OWED, TrayReason.NOTHING_OPEN)
    assert Receipt.objects.count() == 2


def test_a_part_payment_leaves_the_rest_open_and_a_link_for_it(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    actor = PayerActor(link.practice, link.code)
    page = start_checkout(link=link, actor=actor, key="part", asked=Asked(amount_minor=400_00))
    sandbox_partner.pay(page.url)
    refresh_attempt(newest_attempt())
    assert (columns(), InvoiceShare.objects.get().open_minor) == ((400_00, 0, ""), 550_00)
    assert begun(link, sandbox_partner, is_paid=False).amount_minor == 550_00
    assert "R 550.00" in Message.objects.get(kind="receipt").body.replace("\u00a0", " ")


@pytest.mark.parametrize("paid_minor", [1, OWED - 1, OWED + 1, 2 * OWED])
def test_another_amount_than_asked_goes_to_the_tray(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl, paid_minor: int
) -> None:
    sandbox_partner.misbehave(hold=True, paid_amount=paid_minor)
    refresh_attempt(begun(a_link(cast), sandbox_partner))
    assert columns() == (0, paid_minor, TrayReason.AMOUNT_DIFFERS)


def test_another_currency_settles_nothing(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(hold=True, paid_currency="USD")
    refresh_attempt(begun(a_link(cast), sandbox_partner))
    assert columns() == (0, OWED, TrayReason.CURRENCY_DIFFERS)


def test_an_invoice_credited_after_its_link_was_sent_turns_late_money_into_credit(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    attempt = begun(link, sandbox_partner, is_paid=False)
    credit = CreditInput(reason="Did not take place")
    credit_invoice(invoice=share_behind(link).invoice, credit=credit, actor=cast.owner, key="credit")
    sandbox_partner.decide(attempt.reference, "succeeded")
    refresh_attempt(attempt)
    assert columns() == (0, OWED, TrayReason.NOTHING_OPEN)


def test_a_late_payment_after_the_page_expired_is_taken(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    older = begun(link, sandbox_partner, is_paid=False)
    begun(link, sandbox_partner, is_paid=False)
    older.refresh_from_db()
    assert older.state == "expired"
    sandbox_partner.decide(older.reference, "succeeded")
    sweep_connection(connection, keep=keep_misfit)
    assert columns() == (OWED, 0, "")


def test_a_success_that_nobody_told_is_found_on_return_and_by_the_sweep(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(drop=True)
    assert refresh_attempt(begun(a_link(cast), sandbox_partner)) == "succeeded"
    begun(a_link(cast), sandbox_partner)
    sweep_connection(connection, keep=keep_misfit)
    assert list(PaymentAttempt.objects.values_list("state", flat=True)) == ["succeeded"] * 2


def test_a_test_payment_told_on_a_live_attempt_is_not_applied(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt = begun(a_link(cast), sandbox_partner)
    ProviderConnection.objects.update(mode=Mode.LIVE)
    verdict = settle_reference(connection=connection, notice=Notice(reference=attempt.reference))
    assert (verdict.outcome, Payment.objects.count()) == ("account or mode differs", 0)
    ProviderConnection.objects.update(mode=Mode.TEST)


def test_an_answer_about_another_reference_is_not_applied(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    first, second = begun(link, sandbox_partner), begun(a_link(cast), sandbox_partner)
    told = provider_of(connection).fetch(reference=first.reference)
    assert told is not None and told.state is PaymentState.SUCCEEDED
    with pytest.raises(WrongAccount):
        apply_answer(second, told)


def test_an_insurers_invoice_has_no_pay_page(cast: Cast, connection: ProviderConnection) -> None:
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    share = InvoiceShare.objects.get(payer__isnull=False)
    with pytest.raises(ValueError, match="no pay page"):
        open_link(share, actor=cast.owner)


def test_a_payment_is_found_by_its_own_id_alone(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt = begun(a_link(cast), sandbox_partner)
    by_checkout = Notice(reference="", external_id=attempt.external_id)
    assert settle_reference(connection=connection, notice=by_checkout).outcome == "succeeded"
    assert paid(cast, sandbox_partner).fee_minor
