# SPDX-License-Identifier: Apache-2.0
"""What is done with money that came: used, taken off again, given back. Beside each, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client

from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.payments.credit import usable_for
from aftersession.payments.models import Payment, Refund
from aftersession.payments.queries import shares_it_may_settle
from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.statements.tests.scene import bill, share_of, stand_at, take
from aftersession.workflows.invariants import check_invariants
from tests.cast import Cast, signed_in

D = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def moved_clock() -> Iterator[None]:
    yield
    clock.freeze(None)


@pytest.fixture
def kept(cast: Cast) -> Payment:
    """R 300.00 of the client's, which settles nothing."""
    return payment_of(cast, take(cast, D, 300_00).payment_code)


def payment_of(cast: Cast, code: str) -> Payment:
    with practice_scope(cast.practice):
        payment: Payment = Payment.objects.get(code=code)
    return payment


def posted(client: Client, address: str, status: int = 302, /, **data: str) -> str:
    answer = client.post(address, {"key": new_code(), **data})
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode().replace("\u00a0", " ")


def shown(client: Client, address: str) -> str:
    return client.get(address).content.decode().replace("\u00a0", " ")


def refund(**data: str) -> dict[str, str]:
    return {
        "amount": "100.00", "method": "cash", "refunded_on": "2026-03-03", "reason": "Asked", "send_to": "",
        **data,
    }  # fmt: skip


def test_unused_money_settles_an_invoice_that_is_chosen(cast: Cast, kept: Payment) -> None:
    share = share_of(cast, bill(cast, D))
    client = signed_in(cast.front_desk)
    page = shown(client, f"/payments/{kept.code}/invoices/")
    assert "INV-000001, Naledi Mokoena: R 950.00 open" in page and 'value="300.00"' in page
    posted(client, f"/payments/{kept.code}/invoices/", share=share.code, amount="250.00")
    assert payment_of(cast, kept.code).unallocated_minor == 50_00
    assert list(check_invariants()) == []


def test_more_than_is_unused_or_somebody_elses_invoice_is_refused(cast: Cast, kept: Payment) -> None:
    own, others = share_of(cast, bill(cast, D)), share_of(cast, bill(cast, D, patient=cast.minor))
    client, address = signed_in(cast.owner), f"/payments/{kept.code}/invoices/"
    assert "Only R 300.00" in posted(client, address, 422, share=own.code, amount="300.01")
    posted(client, address, 422, share=others.code, amount="10.00")
    assert payment_of(cast, kept.code).unallocated_minor == 300_00


def test_what_may_be_chosen_is_what_may_be_used(cast: Cast, in_practice: Practice, kept: Payment) -> None:
    theirs = payment_of(cast, take(cast, D, 10_00, patient=cast.minor).payment_code)
    shares = [
        share_of(cast, each)
        for each in (bill(cast, D), bill(cast, D, patient=cast.minor), bill(cast, D, insured=True))
    ]
    for payment in (kept, theirs):
        offered = {each.pk for each in shares_it_may_settle(cast.owner, payment)}
        assert offered == {each.pk for each in shares if payment in usable_for(each)} != set()


def test_it_is_taken_off_one_invoice_and_no_other_payment_is_touched(cast: Cast) -> None:
    invoice = bill(cast, D)
    first, second = take(cast, D, 400_00), take(cast, D, 550_00)
    share = share_of(cast, invoice)
    address = f"/payments/{first.payment_code}/release/?share={share.code}"
    client = signed_in(cast.biller)
    posted(client, address, 422, amount="400.01", reason="Wrong")
    posted(client, address, amount="400.00", reason="Wrong")
    assert payment_of(cast, first.payment_code).unallocated_minor == 400_00
    assert payment_of(cast, second.payment_code).unallocated_minor == 0
    assert list(check_invariants()) == []


def test_a_refund_is_numbered_and_written_about(cast: Cast, kept: Payment) -> None:
    stand_at(date(2026, 3, 4))
    client = signed_in(cast.owner)
    email = "naledi@example.com"
    posted(client, f"/payments/{kept.code}/refunds/", **refund(send_to=email, sends_paper="on"))
    page = shown(client, f"/payments/{kept.code}/")
    assert "RFD-000001" in page and "R 200.00" in page
    assert "RFD-000001" in shown(client, "/refunds/")
    assert client.get(f"/refunds/{Refund.unscoped.get().code}/document.pdf").status_code == 200
    assert Message.unscoped.filter(kind="refund").count() == 1 and list(check_invariants()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "300.01"}, "Only R 300.00 of this payment is unused"),
        ({"amount": "0"}, "above nothing"),
        ({"refunded_on": "2026-03-01"}, "cannot have been given back before"),
        ({"refunded_on": "2026-03-05"}, "This day has not come yet"),
        ({"method": "partner"}, "Select a valid choice"),
        ({"reason": ""}, "required"),
        ({"send_to": "old@example.com", "sends_paper": "on"}, "has changed"),
    ],
)
def test_a_refund_that_cannot_be_is_refused(
    cast: Cast, kept: Payment, changes: dict[str, str], sentence: str
) -> None:
    stand_at(date(2026, 3, 4))
    page = posted(signed_in(cast.owner), f"/payments/{kept.code}/refunds/", 422, **refund(**changes))
    assert sentence in page and not Refund.unscoped.exists()


def test_a_limit_is_said_before_and_held_after(cast: Cast, kept: Payment) -> None:
    Practice.objects.filter(pk=cast.practice.pk).update(biller_refund_limit_minor=50_00)
    stand_at(date(2026, 3, 4))
    client, address = signed_in(cast.biller), f"/payments/{kept.code}/refunds/"
    assert "up to R 50.00" in shown(client, address)
    assert "up to R 50.00" in posted(client, address, 422, **refund())
    posted(client, address, **refund(amount="50.00"))


def test_front_desks_use_money_and_give_none_back(cast: Cast, kept: Payment) -> None:
    client = signed_in(cast.front_desk)
    assert client.get(f"/payments/{kept.code}/refunds/").status_code == 403
    assert client.get(f"/payments/{kept.code}/release/").status_code == 403
    assert client.get(f"/payments/{kept.code}/invoices/").status_code == 200
    assert "Owners, practitioners and billers" in shown(client, f"/payments/{kept.code}/")


def test_where_nothing_is_unused_the_page_names_the_way(cast: Cast) -> None:
    bill(cast, D)
    code = take(cast, D, 950_00).payment_code
    client = signed_in(cast.owner)
    for address in (f"/payments/{code}/", f"/payments/{code}/refunds/"):
        assert "take the payment off it first" in shown(client, address)
