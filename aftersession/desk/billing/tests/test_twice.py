# SPDX-License-Identifier: Apache-2.0
"""A form of money sent twice, as a nervous hand does, answers twice the same and does it once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from aftersession.billing.debtors import patient_debtor
from aftersession.billing.models import InvoiceShare, ShareTransfer, WriteOff
from aftersession.desk.billing.tests.test_corrections import correction
from aftersession.ledger.models import Entry
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.patients.models import Guarantor
from aftersession.payments.models import Payment
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.receive_money import receive_money
from tests.billing import buy, cash, complete, give, share_of
from tests.cast import Cast, signed_in

TODAY = clock.now().date().isoformat()
WHY = {"reason": "Agreed by phone"}


@pytest.fixture(autouse=True)
def clean_books(cast: Cast) -> Iterator[None]:
    yield
    with practice_scope(cast.practice):
        assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def twice(client: Client, url: str, **data: str) -> None:
    """Send a form two times with its key: both answers lead to the same page, and the books moved once."""
    data["key"] = new_code()
    first = client.post(url, data)
    assert first.status_code == 302, first.content.decode()
    entries = Entry.unscoped.count()
    second = client.post(url, data)
    assert (second.status_code, second.headers.get("Location")) == (302, first.headers["Location"])
    assert Entry.unscoped.count() == entries


def kept(cast: Cast, amount_minor: int = 950_00) -> Payment:
    """Unused money of the adult client."""
    done = receive_money(
        patient=cast.adult, debtor=patient_debtor(cast.adult, cast.practice), payment=cash(amount_minor),
        actor=cast.owner, key=new_code(),
    )  # fmt: skip
    payment: Payment = Payment.unscoped.get(code=done.payment_code)
    return payment


def split(cast: Cast) -> tuple[InvoiceShare, InvoiceShare]:
    """One invoice between the client and an aunt."""
    share = share_of(cast, complete(cast, Step.SEND))
    with practice_scope(cast.practice):
        aunt = Guarantor.objects.create(practice=cast.practice, given_names="Zanele", family_name="Sithole")
    move_share(
        share=share, target=Target(guarantor=aunt), amount_minor=450_00, reason="Half", actor=cast.owner,
        key=new_code(),
    )  # fmt: skip
    with practice_scope(cast.practice):
        first, second = InvoiceShare.objects.select_related("invoice").filter(invoice=share.invoice)
    return first, second


def test_a_credit_note(cast: Cast, owner: Client) -> None:
    code = complete(cast, Step.SEND).invoice_code
    twice(owner, f"/invoices/{code}/credit/", kind="all", sends="on", send_to=cast.adult.email, **WHY)


def test_a_credit_note_to_several(cast: Cast, owner: Client) -> None:
    first, _second = split(cast)
    url = f"/invoices/{first.invoice.code}/credit/"
    twice(owner, url, kind="amount", amount="100", sends="on", send_to=cast.adult.email, **WHY)


def test_a_correction(cast: Cast, owner: Client) -> None:
    code = complete(cast, Step.SEND).invoice_code
    given = correction("", do="send", reason="Student rate")
    twice(owner, f"/invoices/{code}/correction/", **given)


def test_a_correction_of_what_several_owe(cast: Cast, owner: Client) -> None:
    code = split(cast)[0].invoice.code
    twice(owner, f"/invoices/{code}/correction/", **correction("", do="issue", part_2="450.00", **WHY))


def test_a_credit_note_that_opens_the_session(cast: Cast, owner: Client) -> None:
    code = complete(cast, Step.SEND).invoice_code
    twice(owner, f"/invoices/{code}/credit/", kind="all", reopens="on", **WHY)


def test_a_write_off_and_its_way_back(cast: Cast, owner: Client) -> None:
    share = share_of(cast, complete(cast, Step.SEND))
    twice(owner, f"/shares/{share.code}/write-off/", amount="950.00", **WHY)
    twice(owner, f"/write-offs/{WriteOff.unscoped.get().code}/undo/", **WHY)


def test_moving_all_of_it_to_somebody_new(cast: Cast, owner: Client) -> None:
    share = share_of(cast, complete(cast, Step.SEND))
    new = {"to": "new", "given_names": "Zanele", "family_name": "Sithole"}
    twice(owner, f"/shares/{share.code}/move/", amount="950.00", **new, **WHY)
    with practice_scope(cast.practice):
        assert ShareTransfer.objects.count() == Guarantor.objects.filter(given_names="Zanele").count() == 1


def test_moving_all_of_an_insurers_part_to_the_client(cast: Cast, owner: Client) -> None:
    share = share_of(cast, complete(cast, Step.GENERATE, PaymentType.INSURANCE))
    twice(owner, f"/shares/{share.code}/move/", amount="950.00", to="patient", **WHY)


def test_taking_a_payment_off_an_invoice(cast: Cast, owner: Client) -> None:
    share = share_of(cast, complete(cast, Step.SEND_RECEIPT, payment=cash()))
    twice(owner, f"/shares/{share.code}/release/", amount="950.00", **WHY)


def test_taking_an_invoice_off_a_payment(cast: Cast, owner: Client) -> None:
    complete(cast, Step.SEND), complete(cast, Step.SEND)
    payment = kept(cast, 1_900_00)
    with practice_scope(cast.practice):
        share = InvoiceShare.objects.order_by("pk").first()
    assert share
    twice(owner, f"/payments/{payment.code}/release/", amount="950.00", share=share.code, **WHY)


def test_using_a_payment(cast: Cast, owner: Client) -> None:
    payment = kept(cast)
    share = share_of(cast, complete(cast, Step.SEND))
    twice(owner, f"/payments/{payment.code}/invoices/", amount="950.00", share=share.code)


def test_using_credit(cast: Cast, owner: Client) -> None:
    kept(cast)
    share = share_of(cast, complete(cast, Step.SEND))
    twice(owner, f"/shares/{share.code}/credit/")


def test_a_refund(cast: Cast, owner: Client) -> None:
    given = {"amount": "950.00", "method": "cash", "refunded_on": TODAY}
    twice(owner, f"/payments/{kept(cast).code}/refunds/", **given, **WHY)


def test_a_payment_of_the_first_of_two_debtors(cast: Cast, owner: Client) -> None:
    first, _second = split(cast)
    given = {"amount": "500.00", "method": "cash", "received_on": TODAY, "share": first.code}
    twice(owner, f"/invoices/{first.invoice.code}/payments/", **given)


@pytest.mark.parametrize(("amount", "part"), [("1900.00", ""), ("1900.00", "950.00"), ("3000.00", "")])
def test_money_on_an_account(cast: Cast, owner: Client, amount: str, part: str) -> None:
    share = share_of(cast, complete(cast, Step.SEND))
    complete(cast, Step.SEND)
    given = {"amount": amount, "method": "cash", "received_on": TODAY}
    if part:
        given[f"part_{share.code}"] = part
    twice(owner, f"/clients/{cast.adult.code}/payments/", **given)


def test_the_end_of_a_package(cast: Cast, owner: Client) -> None:
    package = buy(cast)
    give(cast, package)
    twice(owner, f"/packages/{package.code}/refund/", used_count="1", **WHY)


def test_a_reversal(cast: Cast, owner: Client) -> None:
    complete(cast, Step.SEND)
    twice(owner, f"/payments/{kept(cast).code}/reversal/", **WHY)
