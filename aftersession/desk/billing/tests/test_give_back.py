# SPDX-License-Identifier: Apache-2.0
"""From an invoice to the refund of what was paid of it: the page names the way, and leads on."""

import re
from html import unescape

import pytest
from django.test import Client

from aftersession.desk.billing.tests.test_pages import shown
from aftersession.lib.codes import new_code
from aftersession.payments.models import Payment, Refund
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.finalise import Step
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.use_credit import release_credit
from tests.billing import cash, complete, share_of
from tests.cast import Cast, signed_in


@pytest.fixture
def paid(cast: Cast) -> Outcome:
    return complete(cast, Step.SEND_RECEIPT, payment=cash())


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def way_back(browser: Client, outcome: Outcome) -> str:
    """Where the invoice's page sends whoever wants to give money back."""
    page = unescape(shown(browser, f"/invoices/{outcome.invoice_code}/"))
    assert "Give money back" in page
    return f"/invoices/{outcome.invoice_code}/credit/?gives_back=on"


def test_an_invoice_that_was_paid_leads_by_its_credit_note_to_the_refund(
    owner: Client, paid: Outcome
) -> None:
    address = way_back(owner, paid)
    assert re.search(r'<input[^>]*name="gives_back"[^>]* checked', shown(owner, address))
    key, typed = new_code(), {"kind": "amount", "amount": "400", "reason": "Half an hour only"}
    answer = owner.post(address, {"key": key, "gives_back": "on", **typed})
    payment = Payment.unscoped.get()
    assert answer["Location"] == f"/payments/{payment.code}/refunds/"
    assert payment.unallocated_minor == 400_00
    assert 'value="400.00"' in shown(owner, answer["Location"])
    again = owner.post(address, {"key": key, "gives_back": "on", **typed})
    assert again["Location"] == answer["Location"]
    payment.refresh_from_db()
    assert payment.unallocated_minor == 400_00 and not Refund.unscoped.exists()


def test_without_the_tick_the_money_stays_as_credit_and_the_invoice_names_the_way_to_it(
    owner: Client, paid: Outcome
) -> None:
    address = f"/invoices/{paid.invoice_code}/credit/"
    answer = owner.post(address, {"key": new_code(), "kind": "all", "reason": "Wrong"})
    assert answer["Location"] == f"/invoices/{paid.invoice_code}/"
    page = shown(owner, answer["Location"])
    assert "Give R 950.00 back" in page.replace("\xa0", " ")
    assert f"/payments/{Payment.unscoped.get().code}/refunds/" in page


def test_money_taken_off_an_invoice_can_be_given_back_from_it(
    cast: Cast, owner: Client, paid: Outcome
) -> None:
    with practice_scope(cast.practice):
        release_credit(
            share=share_of(cast, paid), amount_minor=300_00, reason="Meant for May", actor=cast.owner, key="k"
        )
    page = shown(owner, f"/invoices/{paid.invoice_code}/").replace("\xa0", " ")
    assert "Give R 300.00 back" in page and "Give money back" in page


def test_nothing_is_offered_where_nothing_was_paid_or_nobody_may(cast: Cast, owner: Client) -> None:
    sent = complete(cast, Step.SEND)
    assert "Give money back" not in shown(owner, f"/invoices/{sent.invoice_code}/")
    assert "gives_back" not in shown(owner, f"/invoices/{sent.invoice_code}/credit/")


def test_a_front_desk_is_not_offered_to_give_money_back(cast: Cast, paid: Outcome) -> None:
    assert "Give money back" not in shown(signed_in(cast.front_desk), f"/invoices/{paid.invoice_code}/")
