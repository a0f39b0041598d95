# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import pytest

from aftersession.billing.models import InvoiceShare
from aftersession.billing.queries import invoice_for
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AlreadyDone, DomainError, InvalidTransition, NotAllowed
from aftersession.messaging.models import Message, MessageState
from aftersession.messaging.queries import undelivered
from aftersession.patients.actions import GuarantorDetails
from aftersession.patients.models import Guarantor, Patient
from aftersession.payments.models import Payment
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.resend_message import Resent, resend_message, why_not_again
from aftersession.workflows.reverse_payment import reverse_payment
from aftersession.workflows.send_invoice import send_invoice
from aftersession.workflows.void_invoice import void_invoice
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import billing, cash, complete, share_of
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice")


def message_in(state: MessageState) -> Message:
    Message.objects.update(state=MessageState.HELD if state == MessageState.HELD else MessageState.SENDING)
    Message.objects.update(state=state)
    message: Message = Message.objects.get()
    return message


def again(message: Message, cast: Cast, send_to: str = "") -> Resent:
    return resend_message(
        message=message, send_to=send_to or cast.adult.email, actor=cast.owner, key=new_code()
    )


def test_what_did_not_arrive_goes_out_once_more_as_it_was(cast: Cast) -> None:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    failed = message_in(MessageState.FAILED)
    copy = Message.objects.get(code=again(failed, cast).message_code)
    assert (copy.state, copy.body, copy.document_codes) == (
        MessageState.WAITING,
        failed.body,
        failed.document_codes,
    )
    assert copy.message_id != failed.message_id
    assert not undelivered(cast.practice).exists()


def test_it_goes_out_again_only_once(cast: Cast) -> None:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    failed = message_in(MessageState.FAILED)
    again(failed, cast)
    with pytest.raises(AlreadyDone):
        again(failed, cast)
    assert Message.objects.count() == 2


def test_a_held_message_is_written_anew_to_the_new_address(cast: Cast) -> None:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    held = message_in(MessageState.HELD)
    Patient.objects.filter(pk=cast.adult.pk).update(email="new@example.com")
    with pytest.raises(DomainError, match="address"):
        again(held, cast)
    assert again(held, cast, "new@example.com").sent_to == "new@example.com"
    states = dict(Message.objects.values_list("to_address", "state"))
    assert states == {cast.adult.email: MessageState.CANCELLED, "new@example.com": MessageState.WAITING}


def test_what_waits_or_was_sent_is_not_sent_again_from_here(cast: Cast) -> None:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    with pytest.raises(InvalidTransition):
        again(Message.objects.get(), cast)


def test_an_invoice_that_does_not_stand_is_not_sent_again(cast: Cast) -> None:
    outcome = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    failed = message_in(MessageState.FAILED)
    invoice = invoice_for(cast.owner, outcome.invoice_code)
    void_invoice(invoice=invoice, reason="Twice", actor=cast.owner, key="v")
    with pytest.raises(InvalidTransition):
        again(failed, cast)
    assert why_not_again(failed)


def test_the_receipt_of_a_reversed_payment_is_not_sent_again(cast: Cast) -> None:
    complete(cast, Step.SEND_RECEIPT, PaymentType.OTHER, payment=cash())
    failed = message_in(MessageState.FAILED)
    assert not why_not_again(failed)
    reverse_payment(payment=Payment.objects.get(), reason="Wrong", actor=cast.owner, key="r")
    assert why_not_again(failed)


def test_an_insurers_account_is_sent_from_its_claim(cast: Cast) -> None:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    Message.objects.update(kind="account")
    with pytest.raises(NotAllowed):
        again(message_in(MessageState.FAILED), cast)


def credited(cast: Cast, outcome: Outcome) -> None:
    given = CreditInput(reason="Too much", amount_minor=100_00)
    invoice = invoice_for(cast.owner, outcome.invoice_code)
    credit_invoice(invoice=invoice, credit=given, actor=cast.owner, key=new_code())


def written_off(cast: Cast, outcome: Outcome) -> None:
    share = share_of(cast, outcome)
    share.invoice = invoice_for(cast.owner, outcome.invoice_code)
    write_off_share(share=share, amount_minor=100_00, reason="Poor", actor=cast.owner, key=new_code())


def split(cast: Cast, outcome: Outcome) -> None:
    share = share_of(cast, outcome)
    share.invoice = invoice_for(cast.owner, outcome.invoice_code)
    target = Target(somebody=GuarantorDetails(given_names="Zanele", family_name="Sithole"))
    move_share(
        share=share, target=target, amount_minor=100_00, reason="Half", actor=cast.owner, key=new_code()
    )


def corrected(cast: Cast, outcome: Outcome) -> None:
    correct_invoice(
        invoice=invoice_for(cast.owner, outcome.invoice_code), billing=billing(),
        finish=Finish(Step.SEND, None, cast.adult.email), reason="Wrong day", actor=cast.owner, key=new_code(),
    )  # fmt: skip


@pytest.mark.parametrize("change", [credited, written_off, split, corrected])
def test_an_old_letter_does_not_ask_for_what_is_owed_no_more(
    cast: Cast, change: Callable[[Cast, Outcome], None]
) -> None:
    outcome = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    failed = message_in(MessageState.FAILED)
    change(cast, outcome)
    with pytest.raises(InvalidTransition):
        again(failed, cast)
    assert why_not_again(failed)


def test_everybody_who_got_a_split_invoice_hears_that_it_is_void(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    split(cast, outcome)
    second = InvoiceShare.objects.get(position=2)
    Guarantor.objects.filter(given_names="Zanele").update(email="zanele@example.com")
    second.invoice = invoice_for(cast.owner, outcome.invoice_code)
    send_invoice(
        invoice=second.invoice, share=second, send_to="zanele@example.com", actor=cast.owner, key=new_code()
    )
    Message.objects.update(state=MessageState.SENDING)
    Message.objects.update(state=MessageState.SENT)
    invoice = invoice_for(cast.owner, outcome.invoice_code)
    void_invoice(invoice=invoice, reason="Twice", actor=cast.owner, key=new_code())
    told = Message.objects.filter(kind="void").values_list("to_address", flat=True)
    assert set(told) == {cast.adult.email, "zanele@example.com"}
