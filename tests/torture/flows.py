# SPDX-License-Identifier: Apache-2.0
"""The flows that move money, papers and letters, each as a scene to set and an act to interrupt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count

from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.billing.queries import invoice_for
from aftersession.claims.models import Claim
from aftersession.documents.actions import produce, produce_pending
from aftersession.documents.models import Document, DocumentState
from aftersession.encounters.models import Encounter
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.money import Money
from aftersession.messaging.delivery import deliver_due
from aftersession.messaging.models import Message
from aftersession.payments.attempts import open_attempt
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentLink,
    Payout,
    ProviderConnection,
    Refund,
)
from aftersession.payments.provider import (
    ConnectionSettings,
    DisputeState,
    Mode,
    PartnerDispute,
    PartnerPayment,
    PartnerPayout,
    PartnerRefund,
    PaymentState,
    PayoutLine,
    PayoutLineKind,
    RefundState,
)
from aftersession.practices.tenancy import TenantModel, practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.finalise_draft import finalise_draft
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.partner_news import apply_found_dispute
from aftersession.workflows.produce_documents import link_address
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.record_payout import apply_payout
from aftersession.workflows.refund_online import apply_refund, request_refund, whole_refunds
from aftersession.workflows.refund_payment import refund_payment
from aftersession.workflows.reverse_payment import reverse_payment
from aftersession.workflows.settle_attempt import apply_answer
from aftersession.workflows.submit_claim import submit_claim
from aftersession.workflows.undo_completion import undo_completion
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import SESSION, attempt_at, billing, cash, complete, refund_of
from tests.cast import Cast, ended_appointment


@dataclass
class Stage:
    """A scene that is set: whom it is about, the key of the form, and the row the act begins with."""

    cast: Cast
    row: Any
    key: str = field(default_factory=new_code)


@dataclass(frozen=True)
class Flow:
    """`act` is called again with the same stage until it is done; `is_one_transaction`: all or nothing."""

    name: str
    prepare: Callable[[Cast], Stage]
    act: Callable[[Stage], Any]
    is_one_transaction: bool = True
    later: timedelta = timedelta()
    """How much later whoever takes over comes: after a lease has run out."""
    worker: Callable[[], Any] = bool
    """What the worker does of it afterwards."""


def histogram() -> dict[str, int]:
    """How many rows of each kind and state there are: the whole database in a few figures."""
    figures: dict[str, int] = {}
    for model in apps.get_models():
        if not issubclass(model, TenantModel):
            continue
        names = {each.name for each in model._meta.fields}
        column = next((name for name in ("state", "status") if name in names), "practice_id")
        for value, count in model.unscoped.values_list(column).annotate(n=Count("pk")).order_by(column):
            figures[f"{model._meta.label} {value}"] = count
    return figures


def change(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What was added and what was moved between two looks."""
    names = {*before, *after}
    differences = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: number for name, number in sorted(differences.items()) if number}


def an_ended_session(cast: Cast, payment_type: str = PaymentType.OTHER) -> Stage:
    insured = payment_type == PaymentType.INSURANCE
    patient, coverage = (cast.insured, cast.coverage) if insured else (cast.adult, None)
    return Stage(cast, ended_appointment(cast, patient=patient, coverage=coverage, payment_type=payment_type))


def completing(step: Step, payment_type: str) -> Flow:
    def act(stage: Stage) -> Outcome:
        payment = cash() if step is Step.SEND_RECEIPT else None
        return complete(stage.cast, step, payment_type, appointment=stage.row, key=stage.key, payment=payment)

    return Flow(step.value, lambda cast: an_ended_session(cast, payment_type), act)


def issued(cast: Cast, step: Step = Step.SEND, payment_type: str = PaymentType.OTHER) -> Invoice:
    """An invoice that is out."""
    stage = an_ended_session(cast, payment_type)
    payment = cash() if step is Step.SEND_RECEIPT else None
    outcome = complete(cast, step, payment_type, appointment=stage.row, payment=payment)
    return invoice_for(cast.owner, outcome.invoice_code)


def paid(cast: Cast) -> Payment:
    """A payment in cash for a whole session."""
    invoice = issued(cast, Step.SEND_RECEIPT)
    found: Payment = Payment.unscoped.select_related("patient", "practice").get(
        allocations__share__invoice=invoice
    )
    return found


def recording(stage: Stage) -> Outcome:
    return record_payment(
        invoice=stage.row,
        payment=cash(400_00),
        send_receipt_to=stage.cast.adult.email,
        actor=stage.cast.owner,
        key=stage.key,
    )


def reversing(stage: Stage) -> Any:
    return reverse_payment(payment=stage.row, reason="Wrong client", actor=stage.cast.owner, key=stage.key)


def voiding(stage: Stage) -> Any:
    return void_invoice(invoice=stage.row, reason="Wrong day", actor=stage.cast.owner, key=stage.key)


def undoing(stage: Stage) -> Any:
    return undo_completion(encounter=stage.row, actor=stage.cast.practitioner, key=stage.key)


def a_completion(cast: Cast) -> Stage:
    invoice = issued(cast, Step.SEND_RECEIPT)
    encounter = Encounter.unscoped.select_related("appointment", "practice").get(invoices=invoice)
    return Stage(cast, encounter)


def a_draft(cast: Cast) -> Stage:
    return Stage(cast, issued(cast, Step.SAVE, PaymentType.ONLINE))


def finalising(stage: Stage) -> Outcome:
    finish = Finish(Step.REQUEST_PAYMENT, None, stage.cast.adult.email)
    return finalise_draft(invoice=stage.row, finish=finish, actor=stage.cast.owner, key=stage.key)


def a_claim(cast: Cast) -> Stage:
    invoice = issued(cast, Step.GENERATE, PaymentType.INSURANCE)
    assert draw(invoice.document)
    rows = Claim.unscoped.select_related("invoice__patient__guarantor", "invoice__practitioner", "practice")
    return Stage(cast, rows.select_related("invoice__document").get(invoice=invoice))


def submitting(stage: Stage) -> Outcome:
    return submit_claim(
        claim=stage.row, send_to=stage.cast.payer.claims_email, actor=stage.cast.owner, key=stage.key
    )


def an_attempt(cast: Cast) -> Stage:
    """A payer who has just paid at the partner; our server has not been told."""
    invoice = issued(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    with practice_scope(cast.practice):
        link = PaymentLink.objects.select_related("share").get(share__invoice=invoice)
        made = attempt_at(partner(cast), link)
    draw_pending()
    return Stage(cast, made)


def partner(cast: Cast) -> ProviderConnection:
    """The practice's account at a partner that nobody calls here."""
    known = ProviderConnection.objects.select_related("practice").first()
    made = ConnectionSettings(
        base_url="http://localhost:1", account="acct", mode=Mode.TEST, api_key="k", webhook_secrets=("s",)
    )
    return known or connect_provider(practice=cast.practice, kind="sandbox", connection=made)


def settling(stage: Stage) -> str:
    attempt: PaymentAttempt = stage.row
    answer = PartnerPayment(
        external_id=f"pay_{attempt.reference}",
        reference=attempt.reference,
        state=PaymentState.SUCCEEDED,
        amount=Money(attempt.amount_minor, attempt.currency),
        account="acct",
        mode=Mode.TEST,
        paid_at=attempt.created_at,
    )
    with practice_scope(stage.cast.practice):
        return apply_answer(attempt, answer)


def an_attempt_for_two(cast: Cast) -> Stage:
    """A payer who has just paid one invoice and a part of the next."""
    first = an_attempt(cast).row
    second = issued(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    with practice_scope(cast.practice):
        parts = [(first.share, 950_00), (InvoiceShare.objects.get(invoice=second), 250_00)]
        made = open_attempt(
            PaymentAttempt(
                practice=cast.practice, link=first.link, connection=first.connection, reference=new_code(),
                currency=first.currency, state=AttemptState.PENDING, created_at=clock.now(),
                next_check_at=clock.now(),
            ),
            parts,
        )  # fmt: skip
    draw_pending()
    return Stage(cast, made)


def money_to_give_back(cast: Cast) -> Stage:
    """A payment through a partner, of which nothing is used: its invoice was credited."""
    stage = an_attempt(cast)
    settling(stage)
    with practice_scope(cast.practice):
        rows = Payment.objects.select_related("patient", "guarantor", "payer", "practice")
        payment = rows.select_related("attempt__connection").get(attempt=stage.row)
        invoice = invoice_for(cast.owner, stage.row.share.invoice.code)
        credit = CreditInput(reason="Did not take place")
        credit_invoice(invoice=invoice, credit=credit, actor=cast.owner, key=new_code())
        payment.refresh_from_db()
    draw_pending()
    return Stage(cast, payment)


def asking_back(stage: Stage) -> Any:
    return request_refund(
        payment=stage.row, amount_minor=400_00, reason="Asked", actor=stage.cast.owner, key=stage.key
    )


def a_refund_under_way(cast: Cast) -> Stage:
    asked = asking_back(money_to_give_back(cast))
    draw_pending()
    return Stage(cast, whole_refunds(Refund.unscoped.all()).get(code=asked.refund_code))


def giving_back(stage: Stage) -> str:
    refund: Refund = stage.row
    answer = PartnerRefund(
        external_id=f"re_{refund.code}", reference=refund.code, state=RefundState.DONE, account="acct",
        amount=refund.amount, mode=Mode.TEST,
    )  # fmt: skip
    with practice_scope(stage.cast.practice):
        return apply_refund(refund, answer)


def disputed_money(cast: Cast) -> Stage:
    """A payment through a partner that settles its invoice, before and after a bank has taken it back."""
    stage = an_attempt(cast)
    settling(stage)
    draw_pending()
    rows = Payment.unscoped.select_related("patient", "guarantor", "payer", "practice", "connection")
    return Stage(cast, rows.get(attempt=stage.row))


def opening_dispute(stage: Stage, state: DisputeState = DisputeState.OPEN) -> str:
    payment: Payment = stage.row
    assert payment.connection
    dispute = PartnerDispute(
        external_id=f"dp_{payment.code}", payment_external_id=payment.external_id, state=state,
        amount=payment.amount, mode=Mode.TEST, account="acct", reason="fraudulent", fee=Money(15_00, "ZAR"),
    )  # fmt: skip
    with practice_scope(stage.cast.practice):
        return apply_found_dispute(payment.connection, dispute)


def an_open_dispute(cast: Cast) -> Stage:
    stage = disputed_money(cast)
    opening_dispute(stage)
    return stage


def winning(stage: Stage) -> str:
    return opening_dispute(stage, DisputeState.WON)


def paying_out(stage: Stage) -> str:
    payment: Payment = stage.row
    assert payment.connection
    fee = Money(27_55, "ZAR")
    line = PayoutLine(
        kind=PayoutLineKind.PAYMENT, external_id=payment.external_id, amount=payment.amount, fee=fee
    )
    told = PartnerPayout(
        external_id=f"po_{payment.code}", amount=payment.amount - fee, paid_on=payment.received_on,
        mode=Mode.TEST, lines=(line,),
    )  # fmt: skip
    with practice_scope(stage.cast.practice):
        apply_payout(payment.connection, told)
        return str(Payout.objects.get(external_id=told.external_id).code)


def correcting(stage: Stage) -> Outcome:
    return correct_invoice(
        invoice=stage.row,
        billing=billing(lines=(replace(SESSION, unit_price_minor=800_00),)),
        finish=Finish(Step.SEND, None, stage.cast.adult.email),
        reason="Wrong price",
        actor=stage.cast.owner,
        key=stage.key,
    )


def money_set_free(cast: Cast) -> Stage:
    """A payment that settles nothing any more, because its invoice was credited."""
    payment = paid(cast)
    invoice = Invoice.unscoped.get(shares__allocations__payment=payment)
    credit_invoice(
        invoice=invoice_for(cast.owner, invoice.code),
        credit=CreditInput(reason="Never happened"),
        actor=cast.owner,
        key=new_code(),
    )
    rows = Payment.unscoped.select_related("patient", "guarantor", "payer", "practice")
    return Stage(cast, rows.get(pk=payment.pk))


def refunding(stage: Stage) -> Any:
    return refund_payment(
        payment=stage.row,
        refund=refund_of(300_00),
        send_to=stage.cast.adult.email,
        actor=stage.cast.owner,
        key=stage.key,
    )


def draw(document: Document | None) -> bool:
    return document is not None and produce(document, link_of=link_address)


def draw_pending() -> int:
    return produce_pending(limit=20, link_of=link_address)


def a_promised_paper(cast: Cast) -> Stage:
    document = issued(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE).document
    return Stage(cast, Document.unscoped.select_related("practice").get(pk=document.pk if document else 0))


def drawing(stage: Stage) -> str:
    assert draw(stage.row)
    return str(Document.unscoped.get(pk=stage.row.pk, state=DocumentState.READY).sha256)


def a_due_letter(cast: Cast) -> Stage:
    invoice = issued(cast)
    assert draw(invoice.document)
    return Stage(cast, Message.unscoped.get(about_code=invoice.code))


def delivering(stage: Stage) -> str:
    deliver_due(link_of=link_address)
    return str(Message.unscoped.get(pk=stage.row.pk).state)


FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        completing(Step.SEND_RECEIPT, PaymentType.OTHER),
        completing(Step.REQUEST_PAYMENT, PaymentType.ONLINE),
        completing(Step.GENERATE, PaymentType.INSURANCE),
        completing(Step.SAVE, PaymentType.OTHER),
        Flow("finalise_draft", a_draft, finalising),
        Flow("record_payment", lambda cast: Stage(cast, issued(cast)), recording),
        Flow("reverse_payment", lambda cast: Stage(cast, paid(cast)), reversing),
        Flow("void_invoice", lambda cast: Stage(cast, issued(cast)), voiding),
        Flow("undo_completion", a_completion, undoing),
        Flow("submit_claim", a_claim, submitting),
        Flow("correct_invoice", lambda cast: Stage(cast, issued(cast, Step.SEND_RECEIPT)), correcting),
        Flow("refund_payment", money_set_free, refunding),
        Flow("settle_attempt", an_attempt, settling, is_one_transaction=False, worker=draw_pending),
        Flow("settle_two_parts", an_attempt_for_two, settling, is_one_transaction=False, worker=draw_pending),
        Flow("request_refund", money_to_give_back, asking_back),
        Flow("finish_refund", a_refund_under_way, giving_back, is_one_transaction=False, worker=draw_pending),
        Flow("record_dispute", disputed_money, opening_dispute),
        Flow("win_dispute", an_open_dispute, winning),
        Flow("record_payout", disputed_money, paying_out),
        Flow("produce_document", a_promised_paper, drawing, is_one_transaction=False),
        Flow(
            "deliver_letter", a_due_letter, delivering, is_one_transaction=False, later=timedelta(minutes=3)
        ),
    )
}
