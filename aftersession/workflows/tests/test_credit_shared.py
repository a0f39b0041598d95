# SPDX-License-Identifier: Apache-2.0
"""A credit note where several owe: each whose part it lowers hears of their own part. Ends with clean books."""

from collections.abc import Iterator
from datetime import date

import pytest

from aftersession.billing.models import CreditNote, CreditNoteShare, InvoiceShare
from aftersession.documents.models import Document
from aftersession.lib.codes import new_code
from aftersession.lib.errors import BadInput, DomainError
from aftersession.messaging.models import Message
from aftersession.patients.models import Guarantor, Patient
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, InvoiceCredited, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from tests.billing import complete, invoice_of
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

AUNT = "zanele@example.com"
CLAIMS = "claims@umhlaba.example"


@pytest.fixture
def clean_books(in_practice: object) -> Iterator[None]:
    yield
    assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def parted(cast: Cast) -> Outcome:
    """R 950.00, of which the client owes 500.00 and an aunt 450.00."""
    outcome = complete(cast, Step.SEND)
    aunt = Guarantor.objects.create(
        practice=cast.practice, given_names="Zanele", family_name="Sithole", email=AUNT
    )
    move(cast, outcome, Target(guarantor=aunt), 450_00)
    return outcome


def move(cast: Cast, outcome: Outcome, target: Target, amount_minor: int) -> None:
    share = InvoiceShare.objects.get(invoice__code=outcome.invoice_code, position=1)
    share.invoice = invoice_of(cast, outcome)
    move_share(
        share=share, target=target, amount_minor=amount_minor, reason="Half", actor=cast.owner, key=new_code()
    )


def credit(cast: Cast, outcome: Outcome, *send_to: str, amount_minor: int | None = None) -> InvoiceCredited:
    given = CreditInput(reason="Panic disorder, not F41.1", amount_minor=amount_minor, send_to=send_to)
    return credit_invoice(invoice=invoice_of(cast, outcome), credit=given, actor=cast.owner, key=new_code())


def papers_to(address: str) -> list[Document]:
    letter = Message.objects.get(kind="credit_note", to_address=address)
    return [Document.objects.get(code=code) for code in letter.document_codes]


def test_each_whose_part_it_lowers_gets_the_paper_of_it(cast: Cast, parted: Outcome) -> None:
    credit(cast, parted, cast.adult.email, AUNT, amount_minor=95_00)
    whole, own = papers_to(cast.adult.email)
    (aunts,) = papers_to(AUNT)
    assert whole == CreditNote.objects.get().document
    assert [each.context["balance_minor"] for each in (whole, own, aunts)] == [95_00, 50_00, 45_00]
    assert (
        Message.objects.get(to_address=AUNT).dedupe_key
        != Message.objects.get(kind="credit_note", to_address=cast.adult.email).dedupe_key
    )


def test_the_paper_of_a_part_names_no_service_no_reason_and_nothing_of_others(
    cast: Cast, parted: Outcome
) -> None:
    credit(cast, parted, AUNT)
    said = str(papers_to(AUNT)[0].context) + Message.objects.get(to_address=AUNT).body
    for words in ("therapy", "F41.1", "50000", "950", cast.adult.email):
        assert words not in said, words
    assert "CRN-000001" in said and "45000" in said


def test_an_insurer_hears_of_its_part_where_its_claims_go(cast: Cast) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE, co_payment_minor=250_00)
    credit(cast, outcome, CLAIMS, cast.insured.email, amount_minor=95_00)
    assert [each.context["balance_minor"] for each in papers_to(CLAIMS)] == [95_00, 70_00]
    assert [each.context["balance_minor"] for each in papers_to(cast.insured.email)] == [25_00]


def test_only_those_hear_of_it_whose_address_was_named(cast: Cast, parted: Outcome) -> None:
    done = credit(cast, parted, AUNT)
    assert [each.to_address for each in Message.objects.filter(kind="credit_note")] == [AUNT]
    assert len(done.part_document_codes) == 2


def test_who_owes_nothing_any_more_gets_no_paper(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    move(cast, outcome, Target(guarantor=cast.minor.guarantor), 950_00)
    credit(cast, outcome, amount_minor=100_00)
    assert CreditNoteShare.objects.get().share.guarantor_id == cast.minor.guarantor_id


def test_an_address_that_changed_stops_it_all(cast: Cast, parted: Outcome) -> None:
    Guarantor.objects.filter(email=AUNT).update(email="other@example.com")
    with pytest.raises(DomainError) as refused:
        credit(cast, parted, cast.adult.email, AUNT)
    assert refused.value.code == "address_changed" and not CreditNote.objects.exists()


def test_a_child_reads_nothing_and_owes_nothing(cast: Cast, parted: Outcome) -> None:
    with pytest.raises(BadInput, match="child owes nothing"):
        move(cast, complete(cast, Step.SEND), Target(patient=cast.minor), 1_00)
    Patient.objects.filter(pk=cast.adult.pk).update(
        born_on=date(2016, 1, 1), guarantor=cast.minor.guarantor, email="child@example.com"
    )
    with pytest.raises(DomainError):
        credit(cast, parted, "child@example.com")
    assert cast.minor.guarantor is not None
    credit(cast, parted, cast.minor.guarantor.email)
    assert len(papers_to(cast.minor.guarantor.email)) == 2


def test_one_debtor_alone_has_the_credit_note_itself(cast: Cast) -> None:
    done = credit(cast, complete(cast, Step.SEND), cast.adult.email)
    assert done.part_document_codes == [] and len(papers_to(cast.adult.email)) == 1
