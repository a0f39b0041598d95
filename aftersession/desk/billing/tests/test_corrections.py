# SPDX-License-Identifier: Apache-2.0
"""Crediting, correcting, splitting, writing off and using credit, through their pages."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from aftersession.billing.models import CreditNote, Invoice, InvoiceShare, ShareTransfer, WriteOff
from aftersession.billing.pricing import LineInput
from aftersession.claims.models import Claim
from aftersession.desk.billing.tests.test_pages import paid_in_cash, posted, shown
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.patients.models import Guarantor
from aftersession.payments.models import Payment
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.finalise_draft import finalise_draft
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.outcome import Outcome
from tests.billing import cash, complete, invoice_of, share_of
from tests.cast import Cast, ended_appointment, signed_in
from tests.fixtures.clock import FrozenClock


@pytest.fixture(autouse=True)
def clean_books(cast: Cast) -> Iterator[None]:
    yield
    with practice_scope(cast.practice):
        assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def sent(cast: Cast) -> Outcome:
    return complete(cast, Step.SEND)


@pytest.fixture
def paid(cast: Cast) -> Outcome:
    return complete(cast, Step.SEND_RECEIPT, payment=cash())


@pytest.fixture
def account(cast: Cast) -> Outcome:
    return complete(cast, Step.GENERATE, PaymentType.INSURANCE, co_payment_minor=350_00)


def page_of(outcome: Outcome) -> str:
    return f"/invoices/{outcome.invoice_code}/"


def shares(outcome: Outcome) -> list[InvoiceShare]:
    return list(InvoiceShare.unscoped.filter(invoice__code=outcome.invoice_code).order_by("position"))


# Credit notes


def test_a_credit_note_takes_all_of_it_back(owner: Client, sent: Outcome) -> None:
    posted(owner, f"{page_of(sent)}credit/", kind="all", reason="Came to nothing")
    page = shown(owner, page_of(sent))
    assert "taken back by <b>credit note" in page and "Credited" in page and "Bill it again" in page
    assert "CRN-000001" in shown(owner, "/credit-notes/") and "Came to nothing" in page


def test_what_was_paid_stays_as_credit_and_is_used_in_one_click(
    cast: Cast, owner: Client, paid: Outcome, sent: Outcome
) -> None:
    posted(owner, f"{page_of(paid)}credit/", kind="amount", amount="300.00", reason="Too long")
    page = shown(owner, page_of(sent))
    assert "Use R 300.00 of Naledi Mokoena’s credit" in page
    posted(owner, f"/shares/{share_of(cast, sent).code}/credit/")
    assert share_of(cast, sent).open_minor == 650_00
    assert "Credit of Naledi Mokoena used" in shown(owner, page_of(sent))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": "amount", "amount": "950.01"}, "Only R 950.00 of this invoice is left"),
        ({"kind": "amount", "amount": ""}, "above nothing"),
        ({"kind": "amount", "amount": "-1"}, "amount"),
        ({"kind": "amount", "amount": "0"}, "above nothing"),
        ({"kind": "lines", "line_1": "950.01"}, "Only R 950.00 of this line is left"),
        ({"kind": "lines"}, "beside at least one line"),
        ({"kind": "everything"}, "kind"),
        ({"kind": "amount", "amount": "1.00", "reopens": "on"}, "taken back whole"),
        ({"kind": "all", "reason": ""}, "required"),
    ],
)
def test_what_cannot_be_credited_is_refused_and_kept(
    owner: Client, sent: Outcome, typed: dict[str, str], sentence: str
) -> None:
    page = posted(owner, f"{page_of(sent)}credit/", 422, **{"reason": "Kept as typed", **typed})
    assert sentence in page and not CreditNote.unscoped.exists()


def test_a_paid_session_opens_again_through_its_credit_note(cast: Cast, owner: Client, paid: Outcome) -> None:
    answer = owner.post(
        f"{page_of(paid)}credit/", {"key": "k", "kind": "all", "reason": "Wrong", "reopens": "on"}
    )
    appointment = Appointment.unscoped.get(code=paid.appointment_code)
    assert answer["Location"] == f"/appointments/{appointment.code}/" and appointment.status == "booked"
    assert Payment.unscoped.get().unallocated_minor == 950_00
    form = shown(owner, f"/appointments/{appointment.code}/completion/")
    assert 'value="950.00"' in form and "checked" in form


def test_the_credit_note_goes_to_whoever_owes(cast: Cast, owner: Client, sent: Outcome) -> None:
    posted(owner, f"{page_of(sent)}credit/", kind="all", reason="Wrong", sends="on", send_to=cast.adult.email)
    assert Message.unscoped.get(kind="credit_note").to_address == cast.adult.email


def test_the_paper_of_a_credit_note_has_the_tax_that_belongs_to_it(cast: Cast, owner: Client) -> None:
    """170.00 of 1,250.00 with 15 % inside: 147.83 and 22.17."""
    type(cast.practice).objects.update(tax_vendor_from="2020-01-01", tax_number="4123456789")
    cast.practice.refresh_from_db()
    line = LineInput("Assessment", 1_250_00)
    outcome = complete(cast, Step.SEND, lines=(line,))
    posted(owner, f"{page_of(outcome)}credit/", kind="amount", amount="170.00", reason="Shorter than booked")
    note = CreditNote.unscoped.get()
    assert (note.net_minor, note.tax_minor, note.total_minor) == (147_83, 22_17, 170_00)
    paper = owner.get(f"/credit-notes/{note.code}/document.pdf")
    text = PdfReader(BytesIO(paper.content)).pages[0].extract_text().replace("\u00a0", " ")
    for words in ("CRN-000001", "INV-000001", "147.83", "22.17", "170.00", "Shorter than booked"):
        assert words in text, words


def test_a_credit_of_two_rates_says_both(cast: Cast, owner: Client) -> None:
    type(cast.practice).objects.update(tax_vendor_from="2020-01-01", tax_number="4123456789")
    cast.practice.refresh_from_db()
    lines = (LineInput("Assessment", 1_150_00), LineInput("Workbook", 100_00, tax_treatment="zero"))
    outcome = complete(cast, Step.SEND, lines=lines)
    posted(owner, f"{page_of(outcome)}credit/", kind="all", reason="Not held")
    context = CreditNote.unscoped.get().document.context
    rates = [(rate["rate"], rate["net_minor"], rate["tax_minor"]) for rate in context["tax"]["rates"]]
    assert rates == [("15", 1_000_00, 150_00), ("0", 100_00, 0)]
    paper = owner.get(f"/credit-notes/{CreditNote.unscoped.get().code}/document.pdf")
    text = PdfReader(BytesIO(paper.content)).pages[0].extract_text().replace("\u00a0", " ")
    assert "1 000.00" in text and "150.00" in text and "1 250.00" in text


# Corrections


def correction(page: str, **changes: Any) -> dict[str, str]:
    return {
        "payment_type": "other",
        "service_on": clock.now().date().isoformat(),
        "lines-0-description": "Individual therapy, 50 min",
        "lines-0-quantity": "1",
        "lines-0-price": "900.00",
        "shown_total": "90000",
        "send_to": "naledi@example.com",
        "reason": "Student rate",
        **changes,
    }


def test_a_corrected_invoice_stands_in_the_place_of_the_old_one(
    cast: Cast, owner: Client, paid: Outcome
) -> None:
    address = f"{page_of(paid)}correction/"
    form = shown(owner, address)
    assert "Individual therapy, 50 min" in form and "R 950.00 already paid" in form
    assert 'value="save"' not in form and 'value="send_receipt"' not in form and 'value="issue"' in form
    posted(owner, address, **correction(form, do="issue"))
    old, new = Invoice.unscoped.order_by("pk")
    assert (new.corrects_id, new.total_minor) == (old.pk, 900_00)
    before, after = shown(owner, page_of(paid)), shown(owner, f"/invoices/{new.code}/")
    assert "INV-000002 stands in its place" in before and "Corrected" in before
    assert "Open INV-000001" in after and "Nothing is owed" in after
    assert Payment.unscoped.get().unallocated_minor == 50_00


@pytest.mark.parametrize(
    "changes", [{"reason": " "}, {"shown_total": "1"}, {"lines-0-price": "x"}, {"send_to": "a@b.example"}]
)
def test_a_correction_that_does_not_fit_is_refused_and_kept(
    owner: Client, sent: Outcome, changes: dict[str, str]
) -> None:
    typed = correction("", do="send", **{"lines-0-procedure_code": "KEPT", **changes})
    assert "KEPT" in posted(owner, f"{page_of(sent)}correction/", 422, **typed)
    assert Invoice.unscoped.count() == 1


def test_what_was_corrected_is_not_corrected_twice(owner: Client, sent: Outcome) -> None:
    address = f"{page_of(sent)}correction/"
    posted(owner, address, **correction("", do="issue"))
    posted(owner, address, **correction("", do="issue"))
    assert Invoice.unscoped.count() == 2
    totals = posted(owner, f"{address}totals/", 200, **correction(""))
    assert "900.00" in totals


# Write-offs


def test_a_write_off_is_taken_back(cast: Cast, owner: Client, sent: Outcome) -> None:
    share = share_of(cast, sent)
    posted(owner, f"/shares/{share.code}/write-off/", amount="950.00", reason="Moved abroad")
    page = shown(owner, page_of(sent))
    assert "was <b>written off" in page and "Moved abroad" in page and "Take it back" in page
    posted(owner, f"/write-offs/{WriteOff.unscoped.get().code}/undo/", reason="Paid after all")
    assert share_of(cast, sent).open_minor == 950_00
    assert "Take it back" not in shown(owner, page_of(sent))


def test_more_than_is_open_is_not_written_off(cast: Cast, owner: Client, sent: Outcome) -> None:
    page = posted(
        owner, f"/shares/{share_of(cast, sent).code}/write-off/", 422, amount="950.01", reason="Lost"
    )
    assert "Only R 950.00 is still open" in page and not WriteOff.unscoped.exists()


# Splits


def test_what_the_insurer_left_goes_to_the_client(cast: Cast, owner: Client, account: Outcome) -> None:
    insurer, client = shares(account)
    page = shown(owner, page_of(account))
    assert "to be claimed by" in page and "Fatima Davids</b> owes" in page
    form = {"amount": "400.00", "received_on": clock.now().date().isoformat(), "reference": "RA-1"}
    posted(owner, f"{page_of(account)}payments/?share={insurer.code}", **form)
    posted(
        owner,
        f"/shares/{insurer.code}/move/",
        to=f"share:{client.code}",
        amount="200.00",
        reason="Above tariff",
    )
    insurer, client = shares(account)
    assert (insurer.open_minor, client.open_minor) == (0, 550_00)
    assert Claim.unscoped.get().state == "closed"
    page = shown(owner, page_of(account))
    assert "Moved here from Umhlaba Health" in page and "Moved to Fatima Davids" in page


def test_two_parents_pay_half_each_with_papers_of_their_own(cast: Cast, owner: Client) -> None:
    outcome = minors_invoice(cast)
    (first,) = shares(outcome)
    address = f"/shares/{first.code}/move/"
    half = posted(owner, address, 200, do="half", to="new", given_names="Zanele", reason="Shares")
    assert 'value="475.00"' in half and "Zanele" in half
    posted(
        owner, address, to="new", given_names="Zanele", family_name="Sithole", email="zanele@example.com",
        amount="475.00", reason="Parents share it",
    )  # fmt: skip
    second = shares(outcome)[1]
    assert second.debtor_name == "Zanele Sithole" and second.open_minor == 475_00
    posted(owner, f"{page_of(outcome)}messages/?share={second.code}", send_to="zanele@example.com")
    letter = Message.unscoped.filter(to_address="zanele@example.com").get()
    assert "475.00" in letter.body and "Thabo" not in letter.body
    paper = owner.get(f"/shares/{second.code}/document.pdf")
    text = PdfReader(BytesIO(paper.content)).pages[0].extract_text().replace("\u00a0", " ")
    assert "Zanele, you owe R 475.00" in text and "Thabo" not in text and "Karabo Sithole" in text


def test_a_part_named_after_the_day_to_pay_asks_nobody_to_pay_in_the_past(
    frozen_clock: FrozenClock, cast: Cast
) -> None:
    outcome = minors_invoice(cast)
    (share,) = shares(outcome)
    frozen_clock.tick(days=60)
    owner = signed_in(cast.owner)
    paper = owner.get(f"/shares/{share.code}/document.pdf")
    text = " ".join(PdfReader(BytesIO(paper.content)).pages[0].extract_text().split())
    assert "which was due on" in text


def minors_invoice(cast: Cast) -> Outcome:
    appointment = ended_appointment(cast, patient=cast.minor)
    draft = complete(cast, Step.SAVE, appointment=appointment)
    finish = Finish(Step.SEND, None, "thabo@example.com")
    return finalise_draft(invoice=invoice_of(cast, draft), finish=finish, actor=cast.owner, key=new_code())


def test_another_responsible_person_is_found_by_name(cast: Cast, owner: Client, sent: Outcome) -> None:
    with practice_scope(cast.practice):
        employer = Guarantor.objects.create(practice=cast.practice, given_names="Thandi", family_name="Works")
    address = f"/shares/{share_of(cast, sent).code}/move/"
    assert "Thandi Works" in posted(owner, address, 200, do="find", q="thandi wor")
    posted(owner, address, q="thandi", to=f"found:{employer.code}", amount="100", reason="Pays a part")
    assert shares(sent)[1].guarantor_id == employer.pk


@pytest.mark.parametrize(
    "typed",
    [
        {"to": ""},
        {"to": "new"},
        {"to": "share:zzzz"},
        {"to": "found:zzzz"},
        {"amount": "950.01"},
        {"amount": "0"},
        {"reason": ""},
    ],
)
def test_a_split_that_does_not_fit_is_refused(
    cast: Cast, owner: Client, sent: Outcome, typed: dict[str, str]
) -> None:
    form = {"to": "new", "given_names": "Zanele", "amount": "100", "reason": "Shares", **typed}
    if typed.get("to") == "new":
        form["given_names"] = ""
    posted(owner, f"/shares/{share_of(cast, sent).code}/move/", 422, **form)
    assert not ShareTransfer.unscoped.exists()


# Money taken off


def test_a_payment_taken_off_stays_as_credit(cast: Cast, owner: Client, paid: Outcome) -> None:
    share = share_of(cast, paid)
    posted(owner, f"/shares/{share.code}/release/", amount="200.00", reason="For the next one")
    page = shown(owner, page_of(paid))
    assert share_of(cast, paid).open_minor == 200_00 and "taken off again" in page
    assert "−R 950.00" in page and "R 200.00" in page
    assert "Use R 200.00" in page


def test_a_client_pays_one_share_of_several(cast: Cast, owner: Client, account: Outcome) -> None:
    _insurer, client = shares(account)
    posted(owner, f"{page_of(account)}payments/?share={client.code}", **paid_in_cash("350.00"))
    assert [each.open_minor for each in shares(account)] == [600_00, 0]
    assert "Waiting for insurer" in shown(owner, page_of(account))


def test_money_from_before_the_invoice_is_sent_to_the_account(
    cast: Cast, owner: Client, sent: Outcome
) -> None:
    early = paid_in_cash(received_on="2020-01-31")
    page = posted(owner, f"{page_of(sent)}payments/", 422, **early)
    assert "what came before is money in advance" in page and "Record it on the account instead" in page
    posted(owner, f"/clients/{cast.adult.code}/payments/", **early)
    assert Payment.unscoped.get().received_on.isoformat() == "2020-01-31"
