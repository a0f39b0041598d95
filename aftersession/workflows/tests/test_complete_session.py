# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.claims.models import Claim
from aftersession.encounters.models import Encounter
from aftersession.ledger.models import Account, Line
from aftersession.lib.errors import (
    AlreadyDone,
    AmountTooLarge,
    DomainError,
    InvalidTransition,
    KeyReused,
    NotAllowed,
)
from aftersession.messaging.models import Message
from aftersession.payments.models import Payment, PaymentLink, Receipt
from aftersession.practices.models import Practice
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import cash, complete, invoice_of, share_of
from tests.cast import Cast, cancelled_appointment, coming_appointment, ended_appointment

pytestmark = pytest.mark.usefixtures("in_practice")


def balance(account: str) -> int:
    return sum(line.amount_minor for line in Line.objects.filter(account=account))


def test_it_saves_a_draft_without_number_message_or_money(cast: Cast) -> None:
    outcome = complete(cast, Step.SAVE)
    invoice = invoice_of(cast, outcome)
    assert (invoice.state, invoice.number, invoice.document) == (InvoiceState.DRAFT, None, None)
    assert not Message.objects.exists() and not Line.objects.exists()


def test_it_moves_the_appointment_to_completed(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    complete(cast, Step.SAVE, appointment=appointment)
    appointment.refresh_from_db()
    assert appointment.status == "fulfilled"


def test_it_requests_payment_with_a_link_and_one_letter(cast: Cast) -> None:
    outcome = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    invoice, link = invoice_of(cast, outcome), PaymentLink.objects.get()
    message = Message.objects.get()
    assert (invoice.number_label, invoice.state) == ("INV-000001", InvoiceState.ISSUED)
    assert (message.to_address, message.document_codes) == ("naledi@example.com", [outcome.document_code])
    assert f"{{{{link:{link.code}}}}}" in message.body


def test_it_sends_an_invoice_with_bank_details_and_no_link(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    body = Message.objects.get().body
    assert invoice_of(cast, outcome).payment_reference in body
    assert "62000012345" in body and "link:" not in body and not PaymentLink.objects.exists()


def test_it_records_a_payment_and_sends_the_receipt(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND_RECEIPT, payment=cash())
    assert share_of(cast, outcome).open_minor == 0
    assert Receipt.objects.get().number_label == "RCT-000001"
    assert Message.objects.get().kind == "receipt"


def test_it_posts_balanced_books(cast: Cast) -> None:
    complete(cast, Step.SEND_RECEIPT, payment=cash(500_00))
    assert balance(Account.CASH) == 500_00
    assert balance(Account.CLIENT_RECEIVABLE) == 450_00
    assert balance(Account.INCOME) == -950_00


def test_it_generates_an_insurers_account_and_tells_nobody(cast: Cast) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    claim = Claim.objects.get()
    assert invoice_of(cast, outcome).document.kind == "insurer_account"  # type: ignore[union-attr]
    assert (claim.state, str(claim.safe_on), str(claim.legal_on)) == ("draft", "2027-03-23", "2027-03-31")
    assert not Message.objects.exists() and not PaymentLink.objects.exists()


def test_it_refuses_a_button_of_another_type(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.INSURANCE)
    assert not Invoice.objects.exists() and not Encounter.objects.exists()


def test_it_refuses_more_money_than_is_owed_and_keeps_nothing(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    with pytest.raises(AmountTooLarge, match=r"950\.00"):
        complete(cast, Step.SEND_RECEIPT, payment=cash(950_01), appointment=appointment)
    appointment.refresh_from_db()
    assert appointment.status == "booked" and not Payment.objects.exists()


def test_it_gives_the_first_result_to_a_repetition(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    first = complete(cast, Step.SEND, appointment=appointment, key="k1")
    again = complete(cast, Step.SEND, appointment=appointment, key="k1")
    assert again == first
    assert (Invoice.objects.count(), Message.objects.count()) == (1, 1)


def test_it_refuses_a_key_that_comes_back_with_other_contents(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    complete(cast, Step.SEND_RECEIPT, payment=cash(100_00), appointment=appointment, key="k1")
    with pytest.raises(KeyReused):
        complete(cast, Step.SEND_RECEIPT, payment=cash(200_00), appointment=appointment, key="k1")


def test_it_says_who_completed_it_first(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    complete(cast, Step.SAVE, appointment=appointment)
    with pytest.raises(AlreadyDone, match="Ayesha Parker"):
        complete(cast, Step.SAVE, appointment=appointment, actor=cast.front_desk)


@pytest.mark.parametrize("make", [cancelled_appointment, coming_appointment])
def test_it_refuses_what_is_cancelled_or_to_come(cast: Cast, make: object) -> None:
    with pytest.raises(InvalidTransition):
        complete(cast, Step.SAVE, appointment=make(cast))  # type: ignore[operator]


def test_it_stops_when_the_address_on_the_button_is_no_longer_theirs(cast: Cast) -> None:
    appointment = ended_appointment(cast, patient=cast.insured)
    with pytest.raises(DomainError, match=r"fatima@example\.com"):
        complete(cast, Step.SEND, appointment=appointment)


def test_it_bills_the_responsible_person_of_a_minor(cast: Cast) -> None:
    appointment = ended_appointment(cast, patient=cast.minor)
    outcome = complete(cast, Step.SAVE, appointment=appointment)
    assert share_of(cast, outcome).debtor_kind == "guarantor"


def test_it_charges_included_tax_when_the_practice_is_registered(cast: Cast, in_practice: Practice) -> None:
    in_practice.tax_vendor_from = cast.adult.created_at.date().replace(year=2020)
    in_practice.save(update_fields=["tax_vendor_from"])
    for member in cast.members:
        member.practice = in_practice
    invoice = invoice_of(cast, complete(cast, Step.SEND))
    assert (invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (826_09, 123_91, 950_00)
    assert invoice.document.kind == "tax_invoice"  # type: ignore[union-attr]


def test_it_writes_who_did_what(cast: Cast) -> None:
    complete(cast, Step.SEND_RECEIPT, payment=cash())
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"appointment.completed", "invoice.issued", "payment.recorded"} <= actions
