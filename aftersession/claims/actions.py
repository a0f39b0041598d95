# SPDX-License-Identifier: Apache-2.0
"""Writes about claims. Plain functions inside the caller's transaction."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.models import InvoiceShare
from aftersession.billing.shares import MOVING
from aftersession.claims.models import Claim, ClaimLine, ClaimState, Submission
from aftersession.coverage.models import Coverage
from aftersession.lib import clock
from aftersession.lib.errors import InvalidTransition
from aftersession.messaging.models import Message, MessageState
from aftersession.practices.actors import Actor


def open_claim(bill: Bill, coverage: Coverage, *, actor: Actor) -> Claim:
    """Make the claim on an insurer's share, with its days by the country's rules.

    On a share of nothing there is nothing to wait for: it is closed as it is made.
    """
    is_of_nothing = bill.share.amount_minor == 0
    last_service_on = max(line.service_on for line in bill.lines)
    dates = actor.practice.profile.claim_dates(last_service_on)
    claim = Claim.objects.create(
        practice=actor.practice,
        invoice=bill.invoice,
        share=bill.share,
        coverage=coverage,
        payer=coverage.payer,
        last_service_on=last_service_on,
        safe_on=dates.safe_on,
        legal_on=dates.legal_on,
        state=ClaimState.CLOSED if is_of_nothing else ClaimState.DRAFT,
        closed_reason="nothing owed" if is_of_nothing else "",
        created_at=clock.now(),
    )
    ClaimLine.objects.bulk_create(
        ClaimLine(
            practice=actor.practice,
            claim=claim,
            invoice_line=line,
            position=line.position,
            charge_minor=line.gross_minor,
            currency=bill.invoice.currency,
        )
        for line in bill.lines
    )
    return claim


def submit(claim: Claim, *, to_address: str, message_code: str, actor: Actor) -> Submission:
    """Record that the claim leaves for the insurer, with the hash of what it says.

    A claim may be sent again while it waits. Raises InvalidTransition once it is answered or closed.
    """
    document = claim.invoice.document
    if document is None or not document.sha256:
        raise InvalidTransition(_("The account is still being made. Try again in a moment."))
    now = clock.now()
    moved = Claim.objects.filter(pk=claim.pk, state__in=[ClaimState.DRAFT, ClaimState.SUBMITTED]).update(
        state=ClaimState.SUBMITTED,
        submitted_at=now,
        answer_due_on=actor.practice.profile.answer_due(clock.today(actor.practice.time_zone)),
    )
    if moved != 1:
        raise InvalidTransition(_("This claim has already been answered. Nothing was sent."))
    claim.state = ClaimState.SUBMITTED
    return Submission.objects.create(
        practice=actor.practice,
        claim=claim,
        to_address=to_address,
        document=document,
        document_sha256=document.sha256,
        message_code=message_code,
        at=now,
        by=actor.label,
    )


def take_submission_back(message: Message, *, actor: Actor) -> Claim | None:
    """The letter of a submission was cancelled before it left: the claim is as it was without it.

    The submission stays on record, beside its cancelled letter.
    """
    claim = Claim.objects.filter(submissions__message_code=message.code).first()
    if claim is None:
        return None
    cancelled = Message.objects.filter(code=OuterRef("message_code"), state=MessageState.CANCELLED)
    left = claim.submissions.exclude(Exists(cancelled)).order_by("-at").first()
    if left is None:
        Claim.objects.filter(pk=claim.pk).update(submitted_at=None, answer_due_on=None)
        Claim.objects.filter(pk=claim.pk, state=ClaimState.SUBMITTED).update(state=ClaimState.DRAFT)
        return claim
    submitted_on = clock.local(left.at, actor.practice.time_zone).date()
    Claim.objects.filter(pk=claim.pk).update(
        submitted_at=left.at, answer_due_on=actor.practice.profile.answer_due(submitted_on)
    )
    return claim


def note_answer(claim: Claim) -> None:
    """The insurer has paid something: answered, and closed once its share is settled."""
    claim.share.refresh_from_db(fields=list(MOVING))
    _move_to(claim, ClaimState.ANSWERED, "paid")


def note_balance(share: InvoiceShare, *, reason: str) -> None:
    """What a share owes has changed without the insurer: its claim, if it has one, follows.

    Closed with the reason once nothing is owed; open again, as far as it had come, once something is.
    """
    if share.payer_id is None:
        return
    for claim in Claim.objects.filter(share=share):
        claim.share = share
        _move_to(claim, _before_closing(claim), reason)


def take_answer_back(claim: Claim) -> None:
    """The insurer's payment was reversed: the claim is where it was before the answer."""
    claim.share.refresh_from_db(fields=list(MOVING))
    _move_to(claim, _before_closing(claim), "")


def _before_closing(claim: Claim) -> ClaimState:
    if claim.share.allocated_minor:
        return ClaimState.ANSWERED
    return ClaimState.SUBMITTED if claim.submitted_at else ClaimState.DRAFT


def _move_to(claim: Claim, state: ClaimState, reason: str) -> None:
    is_settled = claim.share.open_minor == 0
    state = ClaimState.CLOSED if is_settled else state
    Claim.objects.filter(pk=claim.pk).exclude(state=state).update(
        state=state, closed_reason=reason if is_settled else ""
    )


def close_claim(claim: Claim, *, reason: str) -> None:
    """Nothing more is expected on this claim: its invoice was voided."""
    Claim.objects.filter(pk=claim.pk).exclude(state=ClaimState.CLOSED).update(
        state=ClaimState.CLOSED, closed_reason=reason
    )
