# SPDX-License-Identifier: Apache-2.0
"""A practice in which every kind of thing exists once, and every fact about a person is unmistakable."""

from __future__ import annotations

from dataclasses import dataclass, field

from aftersession.billing.models import Invoice
from aftersession.billing.queries import invoice_for
from aftersession.documents import store
from aftersession.documents.models import Document, DocumentState
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.models import InboundEvent
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.money import Money
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.actions import make_findable
from aftersession.patients.models import PatientDiagnosis
from aftersession.payments.connections import connect_provider
from aftersession.payments.links import return_pass, token_of
from aftersession.payments.models import (
    AttemptState,
    Dispute,
    Payment,
    PaymentLink,
    Payout,
    ProviderConnection,
    Refund,
    StrayPayment,
    StrayReason,
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
    Subject,
)
from aftersession.payments.refunds import RefundInput
from aftersession.payments.strays import keep_stray
from aftersession.practices.actors import SystemActor
from aftersession.practices.models import Member, Role
from aftersession.practices.tenancy import practice_scope
from aftersession.reminders.queries import ladder_of
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.make_paid_invoice import make_paid_invoice
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.partner_news import apply_found_dispute
from aftersession.workflows.record_payout import apply_payout
from aftersession.workflows.refund_online import apply_refund, request_refund, whole_refunds
from aftersession.workflows.refund_payment import refund_payment
from aftersession.workflows.settle_attempt import Settlement, settle_attempt
from aftersession.workflows.sweep_partners import Misfit
from aftersession.workflows.use_credit import release_credit
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import attempt_at, bill_now, buy, cash, complete, share_of
from tests.cast import Cast, coming_appointment, ended_appointment, make_cast, make_member

PAPER = b"%PDF-1.7 a paper of "


@dataclass
class World:
    """The cast, one code of each kind of thing, and the words that may be seen by this practice alone."""

    cast: Cast
    tag: str
    left: Member
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def canaries(self) -> tuple[str, ...]:
        return tuple(canary(self.tag, name) for name in FACTS)


FACTS = ("given", "family", "mail", "street", "member", "diagnosis", "reference", "guarantor")
"""What is known of people here; each is a word that occurs nowhere else."""


def canary(tag: str, name: str) -> str:
    return f"Zq{tag}{name}x"


def make_world(tag: str, *, reference_key: str) -> World:
    """Practice `tag` with an appointment, an invoice, a payment, a letter and so on in every state one can open."""
    cast = make_cast(name=f"Practice {tag}", reference_key=reference_key, mail=f"{tag.lower()}.example")
    left = make_member(cast.practice, Role.BILLER, f"left@{tag.lower()}.example", f"Left {tag}")
    Member.unscoped.filter(pk=left.pk).update(is_active=False)
    world = World(cast, tag, left)
    with practice_scope(cast.practice):
        _mark_people(world)
        _fill_codes(world)
        _draw_papers(tag)
    return world


def _mark_people(world: World) -> None:
    cast, tag = world.cast, world.tag
    for number, patient in enumerate((cast.adult, cast.minor, cast.insured)):
        patient.given_names = canary(tag, "given")
        patient.family_name = canary(tag, "family") + "abc"[number]
        patient.email = f"{canary(tag, 'mail')}{number}@example.com".lower()
        patient.phone = f"+2782000000{number}"
        patient.address = canary(tag, "street")
        patient.save()
        make_findable(patient)
        PatientDiagnosis.objects.create(
            practice=cast.practice, patient=patient, position=1, system="icd10", diagnosis_code="F41.1",
            title=canary(tag, "diagnosis"),
        )  # fmt: skip
    guarantor = cast.minor.guarantor
    assert guarantor
    guarantor.family_name = canary(tag, "guarantor")
    guarantor.save()
    cast.coverage.member_number = canary(tag, "member")
    cast.coverage.save()


def _fill_codes(world: World) -> None:
    cast, tag, codes = world.cast, world.tag, world.codes
    missed = ended_appointment(cast, status="no_show", status_reason=canary(tag, "diagnosis"))
    paid = complete(cast, Step.SEND_RECEIPT, payment=cash(reference=canary(tag, "reference")))
    asked = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    insured = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    draft = complete(cast, Step.SAVE)
    advance = coming_appointment(cast)
    bill_now(cast, advance)
    package = buy(cast)
    make_paid_invoice(invoice=invoice_for(cast.owner, paid.invoice_code), actor=cast.owner, key=new_code())
    payment = Payment.objects.select_related("receipt").get(code=paid.payment_code)
    codes |= {
        "open": ended_appointment(cast).code,
        "package": package.code,
        "offer": package.offer.code,
        "advance": advance.code,
        "coming": coming_appointment(cast).code,
        "missed": missed.code,
        "completed": paid.appointment_code,
        "undoable": asked.appointment_code,
        "paid_invoice": paid.invoice_code,
        "issued_invoice": asked.invoice_code,
        "draft": draft.invoice_code,
        "payment": payment.code,
        "receipt": payment.receipt.code,
        "refund": _refund(cast),
        "claim": insured.claim_code,
        **_corrections(cast, tag, payment),
        "patient": cast.adult.code,
        "minor": cast.minor.code,
        "insured": cast.insured.code,
        "coverage": cast.coverage.code,
        "payer": cast.payer.code,
        "practitioner": cast.provider.code,
        "service": cast.service.code,
        "document": asked.document_code,
        "share": share_of(cast, asked).code,
        "reminder_step": ladder_of(cast.practice)[0].code,
        **_letters(cast, asked),
        **_pay_page(cast, asked),
    }


def _corrections(cast: Cast, tag: str, paid: Payment) -> dict[str, str]:
    """A share that owes, one that is paid, a write-off, and a credit note."""
    owed = share_of(cast, complete(cast, Step.SEND))
    given_up = write_off_share(
        share=owed, amount_minor=1_00, reason=canary(tag, "diagnosis"), actor=cast.owner, key=new_code()
    )
    credited = credit_invoice(
        invoice=owed.invoice,
        credit=CreditInput(reason=canary(tag, "diagnosis"), amount_minor=1_00),
        actor=cast.owner,
        key=new_code(),
    )
    settled = paid.allocations.select_related("share").first()
    assert settled
    return {
        "share": owed.code,
        "paid_share": settled.share.code,
        "write_off": given_up.write_off_code,
        "credit_note": credited.credit_note_code,
    }


def _refund(cast: Cast) -> str:
    """Something given back of a payment that settles an invoice of the practitioner's."""
    paid = complete(cast, Step.SEND_RECEIPT, payment=cash())
    payment = Payment.objects.select_related("patient", "guarantor", "payer").get(code=paid.payment_code)
    share = share_of(cast, paid)
    release_credit(share=share, amount_minor=50_00, reason="Less", actor=cast.owner, key=new_code())
    refund = RefundInput(
        method="cash", refunded_on=payment.received_on, amount_minor=50_00, reason="Paid too much"
    )
    return refund_payment(payment=payment, refund=refund, actor=cast.owner, key=new_code()).refund_code


def _letters(cast: Cast, asked: Outcome) -> dict[str, str]:
    (waiting,) = Message.objects.filter(code=asked.message_code)
    codes = {"waiting": waiting.code}
    for state in (MessageState.HELD, MessageState.FAILED):
        letter = Message.objects.get(pk=waiting.pk)
        letter.pk, letter.code, letter.dedupe_key, letter.state = None, new_code(), new_code(), state
        letter.save(force_insert=True)
        codes[state.value] = letter.code
    return codes


def _pay_page(cast: Cast, asked: Outcome) -> dict[str, str]:
    settings = ConnectionSettings(
        base_url="http://localhost:1", account=f"acct-{cast.practice.code}", mode=Mode.TEST, api_key="k",
        webhook_secrets=("s",),
    )  # fmt: skip
    connection = connect_provider(practice=cast.practice, kind="sandbox", connection=settings)
    link = PaymentLink.objects.select_related("share").get(
        share__invoice=Invoice.objects.get(code=asked.invoice_code)
    )
    attempt = attempt_at(connection, link, state=AttemptState.FAILED)
    partners = _partner_money(cast, connection, link)
    return {"token": token_of(link), "pass": return_pass(attempt), "connection": connection.code, **partners}


def _partner_money(cast: Cast, connection: ProviderConnection, link: PaymentLink) -> dict[str, str]:
    """A payout, a stray payment, and a payment that came online and is disputed."""
    attempt = attempt_at(connection, link)
    said = PartnerPayment(
        reference=new_code(), external_id=new_code(), state=PaymentState.SUCCEEDED, amount=attempt.amount,
        mode=Mode.TEST, account=connection.account,
    )  # fmt: skip
    came = Settlement(new_code(), said.amount.minor, said.amount.currency, clock.now().date())
    settle_attempt(attempt=attempt, settlement=came, actor=SystemActor(cast.practice), key=new_code())
    undecided = _undecided_refund(cast, connection, came.external_id)
    dispute = PartnerDispute(
        external_id=new_code(), payment_external_id=came.external_id, state=DisputeState.OPEN, amount=said.amount,
        mode=Mode.TEST, account=connection.account, reason="fraudulent",
    )  # fmt: skip
    apply_found_dispute(connection, dispute)
    keep_stray(connection, said, StrayReason.UNKNOWN_REFERENCE)
    line = PayoutLine(kind=PayoutLineKind.PAYMENT, external_id=came.external_id, amount=said.amount)
    paid_out = PartnerPayout(
        external_id=new_code(), amount=said.amount, paid_on=clock.now().date(), mode=Mode.TEST, lines=(line,)
    )
    apply_payout(connection, paid_out)
    keep_misfit(
        connection=connection, misfit=Misfit(Subject.REFUND, came.external_id, "their-1", "amount_differs")
    )
    return {
        "undecided_refund": undecided,
        "notice": InboundEvent.objects.get().code,
        "dispute": Dispute.objects.get().code,
        "stray": StrayPayment.objects.get().code,
        "payout": Payout.objects.get().code,
    }


def _undecided_refund(cast: Cast, connection: ProviderConnection, external_id: str) -> str:
    """A refund of which the partner names another amount than was asked for."""
    payment = Payment.objects.get(external_id=external_id)
    share = payment.allocations.select_related("share__invoice")[0].share
    release_credit(share=share, amount_minor=2_00, reason="Less", actor=cast.owner, key=new_code())
    asked = request_refund(
        payment=payment, amount_minor=2_00, reason="Asked", actor=cast.owner, key=new_code()
    )
    refund = whole_refunds(Refund.objects.all()).get(code=asked.refund_code)
    told = PartnerRefund(
        reference=refund.code, external_id=new_code(), state=RefundState.DONE, amount=Money(1_00, refund.currency),
        mode=Mode.TEST, account=connection.account,
    )  # fmt: skip
    apply_refund(refund, told)
    return asked.refund_code


def _draw_papers(tag: str) -> None:
    """Files in place of real papers: drawing them is tested elsewhere, and reading must change nothing."""
    content = PAPER + tag.encode()
    digest = store.keep(content)
    Document.objects.all().update(
        state=DocumentState.READY, sha256=digest, size_bytes=len(content), ready_at=clock.now()
    )
