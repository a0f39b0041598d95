# SPDX-License-Identifier: Apache-2.0
"""Money that a payer's bank takes back: whatever comes first, the books end the same."""

import pytest

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import InvoiceShare
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.models import InboundState
from aftersession.integrations.tests.online import (
    DISPUTE_FEE,
    OWED,
    a_link,
    begun,
    book,
    newest_payment,
    tell,
)
from aftersession.ledger.models import Account
from aftersession.lib.codes import new_code
from aftersession.lib.errors import InvalidTransition
from aftersession.messaging.models import Message
from aftersession.payments.models import Dispute, DisputeState, Payment, ProviderConnection, TrayReason
from aftersession.payments.provider import Subject
from aftersession.reminders.models import Hold, HoldKind
from aftersession.workflows.partner_news import apply_disputes
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.refund_online import refund_online
from aftersession.workflows.settle_reference import Notice, settle_reference
from aftersession.workflows.sweep_partners import sweep_connection
from aftersession.workflows.use_credit import release_credit
from tests.billing import cash
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")


def the_share() -> InvoiceShare:
    found: InvoiceShare = InvoiceShare.objects.select_related("invoice__patient").get()
    return found


def columns() -> tuple[int, int, int]:
    payment = newest_payment()
    return payment.disputed_minor, payment.allocated_minor, payment.unallocated_minor


def disputed(payment: Payment, partner: SandboxControl, amount_minor: int = 0) -> str:
    """The payer's bank takes it back, and we look."""
    dispute_id = partner.dispute(payment.reference, amount_minor)
    apply_disputes(payment)
    return dispute_id


def test_a_chargeback_opens_what_the_client_owes_and_leaves_the_invoice(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    invoice, letters = the_share().invoice, Message.objects.count()
    sandbox_partner.dispute(payment.reference, reason="fraudulent")
    tell(connection, sandbox_partner, payment.reference)
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.amount_minor, dispute.fee_minor) == (DisputeState.OPEN, OWED, DISPUTE_FEE)
    assert dispute.respond_by and dispute.reason == "fraudulent"
    assert columns() == (OWED, 0, 0)
    assert (the_share().open_minor, the_share().invoice.state) == (OWED, invoice.state)
    assert book(Account.PARTNER_CLEARING) == -DISPUTE_FEE
    assert book(Account.PARTNER_FEES) == DISPUTE_FEE
    assert book(Account.CLIENT_RECEIVABLE) == OWED
    assert Message.objects.count() == letters
    hold = Hold.objects.get()
    assert (hold.kind, hold.share, hold.lifted_at) == (HoldKind.DISPUTE, the_share(), None)
    told = AuditEvent.objects.filter(action="payment.disputed").values_list("subject_kind", flat=True)
    assert set(told) == {"payment", "invoice"}


def test_the_same_dispute_told_often_is_one(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    disputed(payment, sandbox_partner)
    tell(connection, sandbox_partner, payment.reference)
    sweep_connection(connection, keep=keep_misfit)
    assert apply_disputes(payment) == ["open"]
    assert (Dispute.objects.count(), columns()) == (1, (OWED, 0, 0))


def test_a_dispute_told_before_its_payment_settles_the_payment_first(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt = begun(a_link(cast), sandbox_partner)
    sandbox_partner.dispute(attempt.reference)
    tell(connection, sandbox_partner, attempt.reference, only=slice(-1, None))
    assert columns() == (OWED, 0, 0)
    tell(connection, sandbox_partner, attempt.reference)
    assert (Payment.objects.count(), Dispute.objects.count(), columns()) == (1, 1, (OWED, 0, 0))


@pytest.mark.parametrize("subject", [Subject.DISPUTE, Subject.REFUND])
def test_news_of_an_unknown_payment_waits(connection: ProviderConnection, subject: Subject) -> None:
    notice = Notice(reference="", external_id="co_unknown", subject=subject)
    verdict = settle_reference(connection=connection, notice=notice)
    assert (verdict.state, verdict.outcome) == (InboundState.STORED, "payment not known")


def test_won_puts_it_back_where_it_was(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute_id = disputed(payment, sandbox_partner)
    sandbox_partner.decide_dispute(dispute_id, "won")
    tell(connection, sandbox_partner, payment.reference)
    assert Dispute.objects.get().state == DisputeState.WON
    assert (columns(), the_share().open_minor) == ((0, OWED, 0), 0)
    assert newest_payment().tray_reason == ""
    assert book(Account.PARTNER_CLEARING) == OWED - DISPUTE_FEE


def test_lost_leaves_it_open(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute_id = disputed(payment, sandbox_partner)
    sandbox_partner.decide_dispute(dispute_id, "lost")
    tell(connection, sandbox_partner, payment.reference)
    assert Dispute.objects.get().state == DisputeState.LOST
    assert (columns(), the_share().open_minor) == ((OWED, 0, 0), OWED)
    assert not newest_payment().is_disputed


def test_what_was_lost_can_be_won_on_appeal(payment: Payment, sandbox_partner: SandboxControl) -> None:
    dispute_id = disputed(payment, sandbox_partner)
    for state in ("lost", "won", "won"):
        sandbox_partner.decide_dispute(dispute_id, state)
        assert apply_disputes(payment) == [state]
    assert (columns(), the_share().open_minor) == ((0, OWED, 0), 0)
    assert book(Account.PARTNER_CLEARING) == OWED - DISPUTE_FEE


def test_what_was_paid_otherwise_meanwhile_keeps_what_is_won_as_credit(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute_id = disputed(payment, sandbox_partner)
    record_payment(
        invoice=the_share().invoice, payment=cash(OWED), send_receipt_to="", actor=cast.owner, key=new_code()
    )
    sandbox_partner.decide_dispute(dispute_id, "won")
    apply_disputes(payment)
    again = Payment.objects.get(pk=payment.pk)
    assert (again.unallocated_minor, again.tray_reason) == (OWED, TrayReason.DISPUTE_WON)


def test_a_part_takes_what_is_unused_first(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    release_credit(
        share=the_share(), amount_minor=200_00, reason="Less", payment=payment, actor=cast.owner, key="r"
    )
    disputed(payment, sandbox_partner, 300_00)
    assert columns() == (300_00, 650_00, 0)
    assert the_share().open_minor == 300_00


def test_a_disputed_payment_is_not_refunded_as_well(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    disputed(payment, sandbox_partner, 300_00)
    release_credit(
        share=the_share(), amount_minor=100_00, reason="Less", payment=payment, actor=cast.owner, key="r"
    )
    with pytest.raises(InvalidTransition) as refused:
        refund_online(payment=newest_payment(), amount_minor=50_00, reason="Asked", actor=cast.owner, key="k")
    assert refused.value.code == "disputed"


def test_money_that_had_gone_back_before_is_lost_twice_and_booked_so(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    release_credit(
        share=the_share(), amount_minor=OWED, reason="Less", payment=payment, actor=cast.owner, key="r"
    )
    refund_online(payment=newest_payment(), amount_minor=400_00, reason="Asked", actor=cast.owner, key="k")
    dispute_id = disputed(payment, sandbox_partner)
    dispute = Dispute.objects.get()
    assert (dispute.amount_minor, dispute.taken_minor) == (OWED, 550_00)
    assert book(Account.WRITE_OFFS) == 400_00
    sandbox_partner.decide_dispute(dispute_id, "won")
    apply_disputes(payment)
    assert (book(Account.WRITE_OFFS), columns()) == (0, (0, 0, 550_00))
