# SPDX-License-Identifier: Apache-2.0
"""A partner says otherwise of a refund than was asked for: a person says which is true, and why."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.errors import AlreadyDone, InvalidTransition
from aftersession.payments.credit import hold_settled
from aftersession.payments.models import Refund, RefundState
from aftersession.payments.refunds import UNDECIDED, mark_decided
from aftersession.practices.models import Member
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.refund_online import apply_refund, fail, finish, look_up, whole_refunds
from aftersession.workflows.settle_attempt import WrongAccount
from aftersession.workflows.take_back_money import give_back_there, put_aside_now


class Truth(StrEnum):
    """What became of it, as somebody has found out: what the partner says, what was asked, or nothing."""

    TOLD = "told"
    ASKED = "asked"
    NOTHING = "nothing"


@dataclass(frozen=True)
class RefundDecided:
    """The refund that stands for the money that went back, empty where none did, with its paper."""

    refund_code: str
    document_code: str


def truths_of(refund: Refund) -> list[Truth]:
    """What can be true of it by what its partner says. None while it is under way there: it may yet change."""
    if refund.told_state == RefundState.FAILED:
        return [Truth.NOTHING]
    if refund.told_state != RefundState.DONE or refund.told is None:
        return []
    can_book = (
        refund.told.currency == refund.currency and refund.told != refund.amount and refund.told.minor > 0
    )
    return [Truth.TOLD, Truth.ASKED] if can_book else [Truth.ASKED]


def ask_again(refund: Refund) -> bool:
    """Ask the partner once more and apply what it says. Call it outside any transaction. Whether it is settled now.

    Raises PartnerUnavailable, PartnerRefused, and InvalidTransition for an answer of another account.
    """
    with practice_scope(refund.practice):
        whole = whole_refunds(Refund.objects.all()).get(pk=refund.pk)
        found = look_up(whole)
        try:
            if found is not None:
                apply_refund(whole, found)
        except WrongAccount as error:
            raise InvalidTransition(
                _("The partner's answer is of another account. Ask the partner.")
            ) from error
        refund.refresh_from_db()
        return refund.problem not in UNDECIDED


def decide_refund(*, refund: Refund, truth: Truth, reason: str, actor: Member, key: str) -> RefundDecided:
    """Ask the partner once more, then book what somebody says is true. Call it outside any transaction.

    Raises AlreadyDone if it is settled meanwhile, InvalidTransition if the partner says something else by
    now or that cannot be true, and PartnerUnavailable.
    """
    told = (refund.told, refund.told_state)
    if ask_again(refund):
        raise AlreadyDone(_("It is settled by now. Nothing was changed."))
    if (refund.told, refund.told_state) != told:
        raise InvalidTransition(_("The partner says something else by now. Look at it again."))
    done = book_truth(refund=refund, truth=truth, reason=reason, actor=actor, key=key)
    if done.document_code:
        produce_now(actor.practice, [done.document_code])
    return done


@command(RefundDecided)
def book_truth(*, refund: Refund, truth: Truth, reason: str, actor: Member, key: str) -> RefundDecided:
    """Let the books say what a person has found out, once; who and why stand in the log."""
    # Everybody locks shares, then the payment: what went back may come off what it settles.
    hold_settled(refund.payment)
    whole = whole_refunds(Refund.objects.all()).get(pk=refund.pk)
    if truth not in truths_of(whole) or not mark_decided(whole):
        raise InvalidTransition(_("That cannot be said of this refund any more. Look at it again."))
    data = {"refund": whole.code, "truth": str(truth), "told_minor": whole.told_minor}
    patient_code = whole.payment.patient.code if whole.payment.patient else ""
    record_facts(
        [Fact("payment.refund_decided", "payment", whole.payment.code, patient_code, reason, data)],
        actor=actor,
    )
    if truth == Truth.NOTHING:
        fail(whole, "", "decided", actor)
        return RefundDecided("", "")
    if truth == Truth.ASKED and whole.state != RefundState.FAILED:
        finish(whole, whole.told_id, actor)
        return RefundDecided(whole.code, whole.document.code)
    return _give_back_otherwise(whole, truth, actor)


def _give_back_otherwise(refund: Refund, truth: Truth, actor: Member) -> RefundDecided:
    """What was asked for did not go back, and another amount did: a refund of its own, which somebody has seen."""
    if not fail(refund, "", "decided", actor):
        Refund.objects.filter(pk=refund.pk).update(external_id="", problem="decided")
    told_minor = refund.told_minor if truth == Truth.TOLD and refund.told_minor else refund.amount_minor
    today = clock.today(actor.practice.time_zone)
    made = give_back_there(refund.payment, refund.told_id, told_minor, today, actor)
    there = Refund.objects.select_related("document").get(code=made.code)
    put_aside_now(there)
    return RefundDecided(there.code, there.document.code)
