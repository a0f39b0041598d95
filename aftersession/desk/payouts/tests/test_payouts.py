# SPDX-License-Identifier: Apache-2.0
"""What staff see of money that partners pay out, take back or hold for nobody."""

import pytest
from django.test import Client

from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.tests.online import OWED, connected, newest_payment, paid
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.models import (
    Dispute,
    Payment,
    Payout,
    ProviderConnection,
    Refund,
    StrayPayment,
    StrayReason,
)
from aftersession.payments.provider import Mode, PartnerPayment, PaymentState
from aftersession.payments.strays import keep_stray
from aftersession.workflows.partner_news import apply_disputes, apply_refunds
from aftersession.workflows.sweep_partners import sweep_payouts
from tests.cast import Cast, signed_in
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture
def connection(cast: Cast, sandbox_partner: SandboxControl) -> ProviderConnection:
    return connected(cast, sandbox_partner)


@pytest.fixture
def payment(cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl) -> Payment:
    return paid(cast, sandbox_partner)


def text(browser: Client, address: str) -> str:
    """A page with plain blanks."""
    return browser.get(address, follow=True).content.decode().replace("\u00a0", " ")


def test_a_payout_is_listed_with_what_it_is_made_of(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.pay_out(connection.account)
    sweep_payouts(connection)
    payout, browser = Payout.objects.get(), signed_in(cast.owner)
    assert "R 922.45" in text(browser, "/payouts/")
    page = text(browser, f"/payouts/{payout.code}/")
    assert "adds up" in page and payment.from_name in page and "TEST, no money moves" in page
    table = browser.get(f"/payouts/{payout.code}/lines.csv").content.decode("utf-8-sig")
    assert table.splitlines()[1].endswith("950.00,27.55,922.45")
    assert "R 27.55" in text(browser, f"/payments/{payment.code}/")


def test_what_does_not_add_up_is_said(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.pay_out(connection.account)
    sweep_payouts(connection)
    payout = Payout.objects.get()
    payout.lines.model.objects.filter(payout=payout).update(payment=None)
    assert "1 line is of money that is not in the books" in text(
        signed_in(cast.owner), f"/payouts/{payout.code}/"
    )


def test_front_desks_and_practitioners_see_no_payouts(cast: Cast, connection: ProviderConnection) -> None:
    for member in (cast.front_desk, cast.practitioner):
        assert signed_in(member).get("/payouts/").status_code == 403


def test_a_dispute_stands_on_today_on_the_invoice_and_on_the_payment_until_it_is_put_aside(
    cast: Cast, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    dispute_id, browser = sandbox_partner.dispute(payment.reference), signed_in(cast.owner)
    apply_disputes(payment)
    today = text(browser, "/")
    assert "has taken R 950.00 back" in today and "Answer the dispute" in today
    told = text(browser, f"/payments/{payment.code}/")
    assert "bank has taken" in told and "All of it settles an invoice" not in told
    invoice = payment.allocations.get(amount_minor__gt=0).share.invoice
    assert "taken back by the payer" in text(browser, f"/invoices/{invoice.code}/")
    assert "Answer at the payment partner by" in text(browser, f"/payments/{payment.code}/")
    sandbox_partner.decide_dispute(dispute_id, "lost")
    apply_disputes(payment)
    assert "over R 950.00 was lost" in text(browser, "/")
    dispute = Dispute.objects.get()
    assert browser.post(f"/disputes/{dispute.code}/seen/", {"key": "k"}).status_code == 302
    assert "over R 950.00 was lost" not in text(browser, "/")


def test_a_refund_made_at_the_partner_is_a_task_until_it_is_put_aside(
    cast: Cast, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.refund_by_hand(payment.reference, 100_00)
    apply_refunds(payment)
    browser = signed_in(cast.owner)
    assert "R 100.00 was given back" in text(browser, "/")
    browser.post(f"/refunds/{Refund.objects.get().code}/seen/", {"key": "k"})
    assert "R 100.00 was given back" not in text(browser, "/")


def test_money_that_is_nobodys_is_taken_in_by_an_invoices_number(
    cast: Cast, connection: ProviderConnection, payment: Payment
) -> None:
    said = PartnerPayment(
        reference="THEIRS", external_id="pay_1", state=PaymentState.SUCCEEDED, amount=Money(120_00, "ZAR"),
        mode=Mode.TEST, account=connection.account,
    )  # fmt: skip
    keep_stray(connection, said, StrayReason.UNKNOWN_REFERENCE)
    stray, browser = StrayPayment.objects.get(), signed_in(cast.owner)
    assert "R 120.00 at a payment partner" in text(browser, "/")
    assert "THEIRS" in text(browser, "/partner-money/")
    refused = browser.post(f"/partner-money/{stray.code}/", {"key": "a", "number": "999999"})
    assert (refused.status_code, b"No invoice" in refused.content) == (422, True)
    aside = browser.post(f"/partner-money/{stray.code}/aside/", {"key": "b", "reason": "A course"})
    assert aside.status_code == 302
    number = payment.attempt.share.invoice.number_label if payment.attempt else ""
    taken = browser.post(f"/partner-money/{stray.code}/", {"key": "c", "number": number})
    assert taken["Location"] == f"/payments/{newest_payment().code}/"
    assert newest_payment().unallocated_minor == 120_00 != OWED


def test_notices_that_nothing_came_of_are_put_aside_together(
    cast: Cast, connection: ProviderConnection
) -> None:
    InboundEvent.objects.create(
        practice=cast.practice, connection=connection, provider="sandbox", event_key="e", event_type="refund.done",
        reference="UNKNOWN-1", raw_body=b"{}", received_at=clock.now(), state=InboundState.QUARANTINED,
        outcome="payment not known",
    )  # fmt: skip
    browser = signed_in(cast.owner)
    assert "1 notice of a payment partner" in text(browser, "/")
    assert "UNKNOWN-1" in text(browser, "/partner-money/")
    browser.post("/partner-money/notices/", {"key": "k"})
    assert "UNKNOWN-1" not in text(browser, "/partner-money/")
