# SPDX-License-Identifier: Apache-2.0
"""The same money asked back twice, by the payer's bank and as a refund: in whatever order, it is counted once."""

import itertools

import pytest

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import InvoiceShare
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.tests.online import DISPUTE_FEE, OWED, book, newest_payment
from aftersession.ledger.models import Account
from aftersession.payments.models import (
    Dispute,
    DisputeTaking,
    Payment,
    ProviderConnection,
    Refund,
    RefundState,
    TakingReason,
)
from aftersession.practices.actors import SystemActor
from aftersession.workflows.partner_news import apply_disputes
from aftersession.workflows.refund_online import fail_refund, refresh_refund, refund_online, whole_refunds
from aftersession.workflows.sweep_partners import sweep_connection
from aftersession.workflows.use_credit import release_credit
from tests.cast import Cast, signed_in
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

BACK = 400_00
ORDERS = [
    order
    for order in itertools.permutations(["dispute", "failed", "won"])
    if order.index("dispute") < order.index("won")
]


@pytest.fixture
def asked(cast: Cast, payment: Payment, sandbox_partner: SandboxControl) -> Refund:
    """R 400.00 of R 950.00 on its way back."""
    share = InvoiceShare.objects.select_related("invoice").get()
    release_credit(share=share, amount_minor=BACK, reason="Less", actor=cast.owner, key="r")
    sandbox_partner.misbehave(hold=True, refund="pending")
    return refund_online(payment=newest_payment(), amount_minor=BACK, reason="A", actor=cast.owner, key="k")


def columns() -> tuple[int, int, int, int]:
    """What is disputed, given back, on its way back, and unused."""
    payment = newest_payment()
    return (
        payment.disputed_minor,
        payment.refunded_minor,
        payment.refunding_minor,
        payment.unallocated_minor,
    )


def dispute(payment: Payment, partner: SandboxControl, amount_minor: int = 0) -> str:
    found = partner.dispute(payment.reference, amount_minor)
    apply_disputes(payment)
    return found


def decide(payment: Payment, partner: SandboxControl, dispute_id: str, state: str) -> None:
    partner.decide_dispute(dispute_id, state)
    apply_disputes(payment)


def end(refund: Refund, partner: SandboxControl, state: str) -> None:
    """The refund is done or fails, and we look."""
    partner.decide_refund(refund.code, state)
    refresh_refund(whole_refunds(Refund.objects.all()).get(pk=refund.pk))


def test_a_refund_that_fails_under_a_dispute_is_the_banks_and_not_credit(
    asked: Refund, payment: Payment, sandbox_partner: SandboxControl, cast: Cast
) -> None:
    dispute(payment, sandbox_partner)
    assert (columns(), book(Account.WRITE_OFFS)) == ((550_00, 0, BACK, 0), BACK)
    end(asked, sandbox_partner, "failed")
    assert (columns(), newest_payment().tray_reason) == ((OWED, 0, 0, 0), "")
    assert (book(Account.WRITE_OFFS), book(Account.PARTNER_CLEARING)) == (0, -DISPUTE_FEE)
    taking = DisputeTaking.objects.get()
    assert (taking.amount_minor, taking.reason) == (BACK, TakingReason.REFUND_FAILED)
    assert AuditEvent.objects.filter(action="payment.dispute_changed").count() == 1
    page = signed_in(cast.owner).get(f"/payments/{payment.code}/").content.decode()
    assert "the bank has that money too" in page


def test_a_refund_that_is_done_and_bounces_under_a_dispute_is_the_banks_as_well(
    asked: Refund, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute(payment, sandbox_partner)
    end(asked, sandbox_partner, "done")
    assert (columns(), book(Account.WRITE_OFFS)) == ((550_00, BACK, 0, 0), BACK)
    end(asked, sandbox_partner, "failed")
    assert (columns(), book(Account.WRITE_OFFS)) == ((OWED, 0, 0, 0), 0)


@pytest.mark.parametrize("order", ORDERS)
def test_whatever_the_order_a_won_dispute_leaves_the_failed_refund_as_credit(
    asked: Refund, payment: Payment, sandbox_partner: SandboxControl, order: tuple[str, ...]
) -> None:
    for step in order:
        if step == "dispute":
            dispute_id = dispute(payment, sandbox_partner)
        elif step == "won":
            decide(payment, sandbox_partner, dispute_id, "won")
        else:
            end(asked, sandbox_partner, "failed")
    # What it had settled is settled again, as the dispute found it.
    assert (columns(), newest_payment().allocated_minor) == ((0, 0, 0, BACK), 550_00)
    assert (book(Account.WRITE_OFFS), book(Account.PARTNER_CLEARING)) == (0, OWED - DISPUTE_FEE)


def test_a_refund_that_fails_after_the_dispute_was_lost_is_the_banks(
    asked: Refund, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute_id = dispute(payment, sandbox_partner)
    decide(payment, sandbox_partner, dispute_id, "lost")
    end(asked, sandbox_partner, "failed")
    assert (columns(), book(Account.WRITE_OFFS)) == ((OWED, 0, 0, 0), 0)
    decide(payment, sandbox_partner, dispute_id, "won")
    assert (columns(), newest_payment().allocated_minor) == ((0, 0, 0, BACK), 550_00)


def test_a_dispute_of_a_part_leaves_the_rest_of_a_failed_refund_unused(
    asked: Refund, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute(payment, sandbox_partner, 700_00)
    end(asked, sandbox_partner, "failed")
    assert columns() == (700_00, 0, 0, 250_00)
    assert Dispute.objects.get().takings.get().amount_minor == 150_00


def test_a_refund_that_goes_back_after_the_bank_took_it_all_is_lost_and_booked(
    asked: Refund, cast: Cast, connection: ProviderConnection, payment: Payment,
    sandbox_partner: SandboxControl,
) -> None:  # fmt: skip
    fail_refund(refund=asked, external_id="", problem="no", actor=SystemActor(cast.practice), key="f")
    dispute_id = dispute(payment, sandbox_partner)
    assert columns() == (OWED, 0, 0, 0)
    sandbox_partner.decide_refund(asked.code, "done")
    for _ in range(2):
        sweep_connection(connection, keep=keep_misfit)
    assert (columns(), book(Account.WRITE_OFFS)) == ((550_00, BACK, 0, 0), BACK)
    assert book(Account.PARTNER_CLEARING) == -BACK - DISPUTE_FEE
    decide(payment, sandbox_partner, dispute_id, "won")
    assert (columns(), book(Account.WRITE_OFFS)) == ((0, BACK, 0, 0), 0)
    assert newest_payment().allocated_minor == 550_00


def test_what_went_back_there_and_bounced_is_the_banks_again(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute(payment, sandbox_partner)
    sandbox_partner.refund_by_hand(payment.reference, BACK)
    sweep_connection(connection, keep=keep_misfit)
    made = Refund.objects.get(is_made_there=True)
    assert columns() == (550_00, BACK, 0, 0)
    fail_refund(
        refund=made,
        external_id=made.external_id,
        problem="no",
        actor=SystemActor(made.practice),
        key="b",
    )
    made.refresh_from_db()
    assert (made.state, columns(), book(Account.WRITE_OFFS)) == (RefundState.FAILED, (OWED, 0, 0, 0), 0)


def test_one_of_two_disputes_won_lets_the_other_have_what_it_lacked(
    payment: Payment, sandbox_partner: SandboxControl
) -> None:
    first = dispute(payment, sandbox_partner, 600_00)
    second = dispute(payment, sandbox_partner, 500_00)
    assert (columns(), book(Account.WRITE_OFFS)) == ((OWED, 0, 0, 0), 150_00)
    decide(payment, sandbox_partner, first, "won")
    assert (columns(), book(Account.WRITE_OFFS)) == ((500_00, 0, 0, 0), 0)
    decide(payment, sandbox_partner, second, "lost")
    assert (newest_payment().allocated_minor, InvoiceShare.objects.get().open_minor) == (450_00, 500_00)
