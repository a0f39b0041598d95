# SPDX-License-Identifier: Apache-2.0
"""Money that comes, goes back and comes again. Every test ends with the invariants clean."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from aftersession.billing.debtors import debtor_of
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.billing.pricing import Discount, DiscountKind
from aftersession.claims.models import Claim, ClaimState, Submission
from aftersession.claims.queries import Choice, Stage, count_waiting, list_claims
from aftersession.documents.models import Document
from aftersession.encounters.models import Encounter
from aftersession.ledger.models import Account, Line
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import (
    AmountTooLarge,
    BadInput,
    DomainError,
    InvalidTransition,
    NotAllowed,
)
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.actions import PaymentInput
from aftersession.payments.models import Payment, PaymentLink, Receipt
from aftersession.practices.models import Member
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.discard_draft import discard_draft
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.finalise_draft import finalise_draft
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.make_paid_invoice import make_paid_invoice
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.receive_money import receive_money
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.reverse_payment import Reversed, reverse_payment
from aftersession.workflows.send_invoice import send_invoice
from aftersession.workflows.session_bill import payment_taken_back
from aftersession.workflows.submit_claim import submit_claim
from aftersession.workflows.undo_completion import Undone, undo_completion
from aftersession.workflows.use_credit import release_credit, use_credit
from aftersession.workflows.void_invoice import Voided, void_invoice
from tests.billing import SESSION, billing, cash, complete, invoice_of, share_of
from tests.cast import Cast, ended_appointment

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

OWED = 950_00


@pytest.fixture
def clean_books(in_practice: object) -> Iterator[None]:
    yield
    assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def sent(cast: Cast) -> Outcome:
    """An invoice for R 950.00 that has been asked for by e-mail."""
    return complete(cast, Step.SEND)


@pytest.fixture
def account(cast: Cast) -> Outcome:
    """An insurer's account for R 950.00, sent to nobody."""
    return complete(cast, Step.GENERATE, PaymentType.INSURANCE)


def pay(cast: Cast, of: Outcome, amount_minor: int = OWED, *, to: str = "", key: str = "") -> Outcome:
    return record_payment(
        invoice=invoice_of(cast, of),
        payment=cash(amount_minor),
        send_receipt_to=to,
        actor=cast.biller,
        key=key or new_code(),
    )


def insurer_pays(cast: Cast, of: Outcome, amount_minor: int = OWED) -> Outcome:
    return record_payment(
        invoice=invoice_of(cast, of),
        payment=PaymentInput("insurer", clock.now().date(), amount_minor, "RA-20931"),
        send_receipt_to="",
        actor=cast.biller,
        key=new_code(),
    )


def reverse(cast: Cast, payment_code: str, actor: Member | None = None) -> Reversed:
    payment = Payment.objects.select_related("patient", "payer").get(code=payment_code)
    return reverse_payment(payment=payment, reason="Wrong client", actor=actor or cast.owner, key=new_code())


def void(cast: Cast, of: Outcome) -> Voided:
    return void_invoice(invoice=invoice_of(cast, of), reason="Billed twice", actor=cast.owner, key=new_code())


def undo(cast: Cast, of: Outcome) -> Undone:
    encounter = Encounter.objects.select_related("appointment").get(invoices__code=of.invoice_code)
    return undo_completion(encounter=encounter, actor=cast.practitioner, key=new_code())


def letters_leave() -> None:
    """What the worker does, seen from the books."""
    for state in (MessageState.SENDING, MessageState.SENT):
        Message.objects.exclude(state=MessageState.CANCELLED).update(state=state, sent_at=clock.now())


def receivable(account: str = Account.CLIENT_RECEIVABLE) -> int:
    return sum(line.amount_minor for line in Line.objects.filter(account=account))


# Payments


@pytest.mark.parametrize(("amount_minor", "left"), [(OWED, 0), (1, OWED - 1), (450_00, 500_00)])
def test_a_payment_settles_what_it_comes_to(cast: Cast, sent: Outcome, amount_minor: int, left: int) -> None:
    pay(cast, sent, amount_minor)
    assert share_of(cast, sent).open_minor == left == receivable()


def test_parts_add_up_and_each_has_its_receipt(cast: Cast, sent: Outcome) -> None:
    pay(cast, sent, 450_00)
    pay(cast, sent, 500_00)
    assert share_of(cast, sent).open_minor == 0
    assert [each.number_label for each in Receipt.objects.order_by("number")] == ["RCT-000001", "RCT-000002"]


@pytest.mark.parametrize("before", [0, 450_00])
def test_more_than_is_open_is_refused_with_what_is_open(cast: Cast, sent: Outcome, before: int) -> None:
    if before:
        pay(cast, sent, before)
    with pytest.raises(AmountTooLarge, match="950.00" if not before else "500.00"):
        pay(cast, sent, OWED - before + 1)
    assert share_of(cast, sent).allocated_minor == before and receivable() == OWED - before


def test_a_second_payment_of_the_whole_is_refused(cast: Cast, sent: Outcome) -> None:
    pay(cast, sent)
    with pytest.raises(AmountTooLarge, match="0.00"):
        pay(cast, sent)
    assert Payment.objects.count() == 1


def test_the_same_form_sent_twice_pays_once(cast: Cast, sent: Outcome) -> None:
    assert pay(cast, sent, 100_00, key="k1") == pay(cast, sent, 100_00, key="k1")
    assert share_of(cast, sent).allocated_minor == 100_00


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_no_money_is_no_payment(cast: Cast, sent: Outcome, amount_minor: int) -> None:
    with pytest.raises(BadInput, match="above nothing"):
        pay(cast, sent, amount_minor)


def test_money_of_tomorrow_is_refused(cast: Cast, sent: Outcome) -> None:
    tomorrow = cash(received_on=clock.now().date() + timedelta(days=2))
    with pytest.raises(BadInput) as refused:
        record_payment(
            invoice=invoice_of(cast, sent), payment=tomorrow, send_receipt_to="", actor=cast.owner, key="k"
        )
    assert refused.value.field == "received_on"


def test_completing_refuses_money_of_tomorrow_too(cast: Cast) -> None:
    with pytest.raises(BadInput):
        complete(cast, Step.SEND_RECEIPT, payment=cash(received_on=clock.now().date() + timedelta(days=2)))
    assert not Invoice.objects.exists()


def test_a_draft_takes_no_money(cast: Cast) -> None:
    draft = complete(cast, Step.SAVE)
    with pytest.raises(InvalidTransition):
        pay(cast, draft)


def test_the_receipt_goes_to_whoever_owes_and_to_nobody_else(cast: Cast, sent: Outcome) -> None:
    with pytest.raises(DomainError, match="changed"):
        pay(cast, sent, to="somebody@example.com")
    assert pay(cast, sent, to=cast.adult.email).sent_to == cast.adult.email


def test_a_client_does_not_pay_like_an_insurer(cast: Cast, sent: Outcome, account: Outcome) -> None:
    with pytest.raises(BadInput):
        insurer_pays(cast, sent)
    with pytest.raises(BadInput):
        pay(cast, account)


# Reversals


def test_a_reversal_makes_it_owed_again_and_the_payment_stays(cast: Cast, sent: Outcome) -> None:
    outcome = pay(cast, sent, 450_00)
    assert reverse(cast, outcome.payment_code).invoice_codes == [sent.invoice_code]
    assert share_of(cast, sent).open_minor == OWED == receivable()
    assert Payment.objects.get().state == "reversed" and Receipt.objects.exists()


def test_a_payment_is_reversed_once(cast: Cast, sent: Outcome) -> None:
    outcome = pay(cast, sent)
    reverse(cast, outcome.payment_code)
    with pytest.raises(InvalidTransition, match="already"):
        reverse(cast, outcome.payment_code)
    assert receivable() == OWED


def test_a_reversal_takes_back_a_receipt_that_has_not_left(cast: Cast, sent: Outcome) -> None:
    outcome = pay(cast, sent, to=cast.adult.email)
    reverse(cast, outcome.payment_code)
    assert Message.objects.get(kind="receipt").state == MessageState.CANCELLED
    assert Message.objects.get(kind="invoice").state == MessageState.WAITING


def test_what_was_reversed_can_be_paid_again(cast: Cast, sent: Outcome) -> None:
    reverse(cast, pay(cast, sent).payment_code)
    pay(cast, sent)
    assert share_of(cast, sent).open_minor == 0


# Voiding


def test_voiding_keeps_the_number_and_opens_the_session(cast: Cast, sent: Outcome) -> None:
    voided = void(cast, sent)
    invoice = invoice_of(cast, sent)
    assert (invoice.state, invoice.number_label, invoice.void_reason) == (
        "void",
        "INV-000001",
        "Billed twice",
    )
    assert voided.appointment_code == sent.appointment_code and receivable() == 0


def test_voiding_tells_whoever_received_it_and_nobody_else(cast: Cast) -> None:
    waiting, left = complete(cast, Step.SEND), None
    assert void(cast, waiting).message_code == ""
    left = complete(cast, Step.SEND)
    letters_leave()
    assert void(cast, left).message_code
    assert Message.objects.get(kind="void").to_address == cast.adult.email


def test_voiding_is_refused_after_a_part_payment_until_it_is_reversed(cast: Cast, sent: Outcome) -> None:
    outcome = pay(cast, sent, 1_00)
    with pytest.raises(InvalidTransition, match="Reverse the payment"):
        void(cast, sent)
    reverse(cast, outcome.payment_code)
    assert void(cast, sent).number == "INV-000001"


def test_a_void_invoice_takes_nothing_and_goes_nowhere(cast: Cast, sent: Outcome) -> None:
    void(cast, sent)
    with pytest.raises(InvalidTransition):
        void(cast, sent)
    with pytest.raises(InvalidTransition):
        pay(cast, sent)
    with pytest.raises(InvalidTransition):
        send_invoice(invoice=invoice_of(cast, sent), send_to=cast.adult.email, actor=cast.owner, key="k")


def test_voiding_closes_the_pay_page(cast: Cast) -> None:
    void(cast, complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE))
    assert PaymentLink.objects.get().revoked_at is not None


def test_the_session_is_billed_again_under_a_new_number(cast: Cast, sent: Outcome) -> None:
    void(cast, sent)
    appointment = Encounter.objects.get().appointment
    again = complete(cast, Step.SEND_RECEIPT, payment=cash(), appointment=appointment)
    assert again.number == "INV-000002" and share_of(cast, again).open_minor == 0
    assert Invoice.objects.filter(state=InvoiceState.VOID).count() == 1


# Undoing a completion


def test_undoing_a_draft_discards_it(cast: Cast) -> None:
    draft = complete(cast, Step.SAVE)
    undo(cast, draft)
    assert invoice_of(cast, draft).state == InvoiceState.DISCARDED
    assert Encounter.objects.get().appointment.status == "booked"


def test_undoing_takes_back_mail_money_and_number_together(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND_RECEIPT, payment=cash())
    undo(cast, outcome)
    assert Message.objects.get().state == MessageState.CANCELLED
    assert Payment.objects.get().state == "reversed" and invoice_of(cast, outcome).state == "void"
    assert receivable(Account.CASH) == 0


def test_undoing_is_refused_once_a_letter_has_left(cast: Cast, sent: Outcome) -> None:
    letters_leave()
    with pytest.raises(InvalidTransition, match="already left"):
        undo(cast, sent)
    assert invoice_of(cast, sent).state == InvoiceState.ISSUED


def test_undoing_is_refused_once_other_money_has_come(cast: Cast, sent: Outcome, account: Outcome) -> None:
    pay(cast, sent, 1_00)
    insurer_pays(cast, account, 1_00)
    for outcome in (sent, account):
        with pytest.raises(InvalidTransition):
            undo(cast, outcome)
    assert Payment.objects.filter(state="recorded").count() == 2


def test_undoing_an_account_closes_its_claim(cast: Cast, account: Outcome) -> None:
    undo(cast, account)
    assert (Claim.objects.get().state, Claim.objects.get().closed_reason) == (ClaimState.CLOSED, "void")


def test_a_claim_of_nothing_is_closed_and_waits_for_nobody(cast: Cast) -> None:
    free = Discount(DiscountKind.PERCENT, 100_00, "Agreed")
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE, discount=free)
    assert (Claim.objects.get().state, share_of(cast, outcome).amount_minor) == (ClaimState.CLOSED, 0)
    assert list_claims(cast.owner, Choice()).rows == []
    assert count_waiting(cast.owner).counts[Stage.ALL] == 0


# Sending


def test_sending_again_is_another_letter_with_what_is_still_open(cast: Cast, sent: Outcome) -> None:
    pay(cast, sent, 450_00)
    send_invoice(invoice=invoice_of(cast, sent), send_to=cast.adult.email, actor=cast.front_desk, key="k1")
    first, second = Message.objects.filter(kind="invoice").order_by("pk")
    assert first.document_codes == second.document_codes
    assert "500.00" in second.body and "500.00" not in first.body


def test_sending_asks_again_when_the_address_has_changed(cast: Cast, sent: Outcome) -> None:
    with pytest.raises(DomainError) as refused:
        send_invoice(invoice=invoice_of(cast, sent), send_to="old@example.com", actor=cast.owner, key="k")
    assert refused.value.code == "address_changed" and Message.objects.count() == 1


def test_an_account_never_goes_out_as_an_invoice(cast: Cast, account: Outcome) -> None:
    with pytest.raises(NotAllowed):
        send_invoice(
            invoice=invoice_of(cast, account), send_to=cast.payer.claims_email, actor=cast.owner, key="k"
        )


# Insurers


def submit(cast: Cast, account: Outcome, key: str = "") -> Outcome:
    produce_now(cast.practice, [account.document_code])
    claim = Claim.objects.select_related("invoice__patient__guarantor", "invoice__practitioner").get()
    return submit_claim(
        claim=claim, send_to=cast.payer.claims_email, actor=cast.biller, key=key or new_code()
    )


def test_submitting_records_to_whom_and_exactly_what(cast: Cast, account: Outcome) -> None:
    outcome = submit(cast, account)
    submission, document = Submission.objects.get(), Document.objects.get()
    assert (submission.to_address, submission.document_sha256) == ("claims@umhlaba.example", document.sha256)
    assert submission.message_code == outcome.message_code == Message.objects.get().code
    assert Claim.objects.get().state == ClaimState.SUBMITTED


def test_submitting_waits_for_the_document(cast: Cast, account: Outcome) -> None:
    claim = Claim.objects.select_related("invoice__patient__guarantor", "invoice__practitioner").get()
    with pytest.raises(InvalidTransition, match="being made"):
        submit_claim(claim=claim, send_to=cast.payer.claims_email, actor=cast.biller, key="k")
    assert not Message.objects.exists()


def test_submitting_again_is_another_letter_and_the_same_form_is_not(cast: Cast, account: Outcome) -> None:
    assert submit(cast, account, "k1") == submit(cast, account, "k1")
    submit(cast, account)
    assert Submission.objects.count() == Message.objects.count() == 2


def test_an_insurer_pays_in_part_and_then_the_rest(cast: Cast, account: Outcome) -> None:
    submit(cast, account)
    insurer_pays(cast, account, 637_50)
    claim = Claim.objects.get()
    assert claim.state == ClaimState.ANSWERED and receivable(Account.PAYER_RECEIVABLE) == 312_50
    insurer_pays(cast, account, 312_50)
    claim.refresh_from_db()
    assert (claim.state, claim.closed_reason) == (ClaimState.CLOSED, "paid")
    assert not Receipt.objects.exists()


def test_an_insurer_cannot_pay_more_than_its_share(cast: Cast, account: Outcome) -> None:
    with pytest.raises(AmountTooLarge, match="950.00"):
        insurer_pays(cast, account, OWED + 1)
    assert Claim.objects.get().state == ClaimState.DRAFT


@pytest.mark.parametrize("is_sent", [True, False])
def test_reversing_takes_the_insurers_answer_back(cast: Cast, account: Outcome, is_sent: bool) -> None:
    if is_sent:
        submit(cast, account)
    first, second = insurer_pays(cast, account, 637_50), insurer_pays(cast, account, 312_50)
    reverse(cast, second.payment_code)
    assert Claim.objects.get().state == ClaimState.ANSWERED
    reverse(cast, first.payment_code)
    assert Claim.objects.get().state == (ClaimState.SUBMITTED if is_sent else ClaimState.DRAFT)


def test_an_answered_claim_is_not_sent_again(cast: Cast, account: Outcome) -> None:
    insurer_pays(cast, account)
    with pytest.raises(InvalidTransition, match="already been answered"):
        submit(cast, account)


# Drafts and the client's own claim


def test_a_draft_is_finalised_once(cast: Cast) -> None:
    draft = complete(cast, Step.SAVE)
    finish = Finish(Step.SEND_RECEIPT, cash(), cast.adult.email)
    done = finalise_draft(invoice=invoice_of(cast, draft), finish=finish, actor=cast.owner, key="k1")
    assert (done.number, share_of(cast, draft).open_minor) == ("INV-000001", 0)
    with pytest.raises(InvalidTransition):
        finalise_draft(invoice=invoice_of(cast, draft), finish=finish, actor=cast.owner, key="k2")
    assert Payment.objects.count() == 1


def test_a_saved_draft_is_not_saved_again(cast: Cast) -> None:
    draft = complete(cast, Step.SAVE)
    with pytest.raises(NotAllowed):
        finalise_draft(invoice=invoice_of(cast, draft), finish=Finish(Step.SAVE), actor=cast.owner, key="k")


def test_the_draft_of_a_session_is_not_discarded_behind_its_back(cast: Cast) -> None:
    draft = complete(cast, Step.SAVE)
    with pytest.raises(NotAllowed):
        discard_draft(invoice=invoice_of(cast, draft), actor=cast.owner, key="k")


def test_the_paid_invoice_is_made_only_when_a_client_has_paid(
    cast: Cast, sent: Outcome, account: Outcome
) -> None:
    insurer_pays(cast, account)
    pay(cast, sent, 1_00)
    for outcome in (sent, account):
        with pytest.raises(InvalidTransition):
            make_paid_invoice(invoice=invoice_of(cast, outcome), actor=cast.owner, key=new_code())


def test_the_paid_invoice_says_how_it_was_paid_and_that_nothing_is_left(cast: Cast) -> None:
    appointment = ended_appointment(cast, patient=cast.insured)
    outcome = complete(cast, Step.SAVE, appointment=appointment)
    finish = Finish(Step.SEND_RECEIPT, cash(), cast.insured.email)
    finalise_draft(invoice=invoice_of(cast, outcome), finish=finish, actor=cast.owner, key="k1")
    make_paid_invoice(invoice=invoice_of(cast, outcome), actor=cast.owner, key="k2")
    paper = invoice_of(cast, outcome).paid_document
    assert paper is not None and paper.kind == "paid_invoice"
    assert paper.context["coverage"]["member_number"] == "0012345678"
    assert (paper.context["balance_minor"], len(paper.context["payments"])) == (0, 1)
    assert Claim.objects.count() == 0


# What was set free


def credit(cast: Cast, of: Outcome, **what: object) -> None:
    given = CreditInput(reason="Too much", **what)  # type: ignore[arg-type]
    credit_invoice(invoice=invoice_of(cast, of), credit=given, actor=cast.owner, key=new_code())


def test_undoing_never_takes_back_money_that_was_there_before(cast: Cast) -> None:
    credit(cast, complete(cast, Step.SEND_RECEIPT, payment=cash()))
    later = complete(cast, Step.SEND)
    use_credit(share=share_of(cast, later), actor=cast.owner, key=new_code())
    with pytest.raises(InvalidTransition):
        undo(cast, later)
    assert Payment.objects.get().state == "recorded"


def test_a_claim_opens_again_when_money_is_taken_off_its_share(cast: Cast, account: Outcome) -> None:
    insurer_pays(cast, account)
    release_credit(
        share=share_of(cast, account), amount_minor=100_00, reason="Of another", actor=cast.owner, key="k"
    )
    assert (Claim.objects.get().state, Claim.objects.get().closed_reason) == (ClaimState.ANSWERED, "")


def test_a_claim_stays_closed_when_what_was_paid_is_credited(cast: Cast, account: Outcome) -> None:
    insurer_pays(cast, account)
    credit(cast, account, amount_minor=170_00)
    assert Claim.objects.get().state == ClaimState.CLOSED
    assert Payment.objects.get().unallocated_minor == 170_00


def test_a_session_opened_again_does_not_ask_for_the_money_twice(cast: Cast) -> None:
    paid = complete(cast, Step.SEND_RECEIPT, payment=cash())
    credit(cast, paid, reopens=True)
    assert payment_taken_back(invoice_of(cast, paid)) is None


def test_a_correction_moves_the_money_of_the_old_invoice_and_no_other(cast: Cast, sent: Outcome) -> None:
    share = share_of(cast, sent)
    debtor = debtor_of(share, cast.practice)
    advance = cash(2_000_00, reference="in advance")
    receive_money(
        patient=cast.adult, debtor=debtor, payment=advance, parts=[], actor=cast.biller, key=new_code()
    )
    pay(cast, sent)
    correct_invoice(
        invoice=invoice_of(cast, sent),
        billing=billing(lines=(replace(SESSION, unit_price_minor=800_00),)),
        finish=Finish(Step.SEND, None, cast.adult.email),
        reason="Student rate",
        actor=cast.biller,
        key=new_code(),
    )
    left = dict(Payment.objects.values_list("reference", "allocated_minor"))
    assert left == {"in advance": 0, "": 800_00}
