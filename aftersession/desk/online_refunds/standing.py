# SPDX-License-Identifier: Apache-2.0
"""What a payment's page says of refunds through its partner: what can be given back, what is under way."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from aftersession.lib.money import Money, format_money
from aftersession.payments.models import Payment, PaymentState, Refund, RefundMethod, RefundState
from aftersession.payments.refunds import DIFFERS, LATE, UNDECIDED
from aftersession.payments.registry import provider_class
from aftersession.practices.models import Member
from aftersession.workflows.refund_online import can_refund_online
from aftersession.workflows.refund_payment import refund_limit

SMOOTH = (RefundState.PENDING, RefundState.DONE)
PROBLEMS = {
    DIFFERS: _lazy("The partner names %(told)s. Compare it with its statement, then decide what is true."),
    LATE: _lazy("The partner refused first, and gave the money back all the same. Decide what is true."),
    "decided": _lazy("Somebody decided so: the log says who and why."),
    "too_much": _lazy("The partner holds less of this payment than was asked back."),
    "not_refundable": _lazy("The partner holds no money of this payment any more."),
    "account_closed": _lazy("The payer's account is closed. Give it back in another way."),
    "never_arrived": _lazy("The partner never got the request. You can ask again."),
}


@dataclass(frozen=True)
class Asked:
    """A refund that is in doubt, or that failed: how it stands, in a sentence.

    `undecided_code` names one of which somebody must say what is true.
    """

    number: str
    amount: Money
    text: str
    tone: str
    undecided_code: str = ""


@dataclass(frozen=True)
class Standing:
    """What can be asked back of a payment's partner, what was and needs a look, and this person's limit."""

    partner: str
    unused: Money
    limit: Money | None
    can_ask: bool
    asked: list[Asked]


def standing_of(payment: Payment, member: Member) -> Standing | None:
    """How a payment stands with its partner; None for money that no partner can give back."""
    if not can_refund_online(payment) or payment.connection is None:
        return None
    limit_minor = refund_limit(member)
    unused = payment.unallocated
    is_live = payment.state == PaymentState.RECORDED and unused.minor > 0
    return Standing(
        partner=provider_class(payment.connection.kind).guide.title,
        unused=unused,
        limit=None if limit_minor is None else Money(limit_minor, payment.currency),
        can_ask=is_live and limit_minor != 0 and not payment.is_disputed,
        asked=[_asked(each, member) for each in _to_look_at(payment)],
    )


def _to_look_at(payment: Payment) -> list[Refund]:
    """Those that are in doubt or went wrong: the others are listed among what was given back."""
    rows = Refund.objects.filter(payment=payment, method=RefundMethod.PARTNER)
    return list(rows.exclude(state__in=SMOOTH, problem="").order_by("pk"))


def _asked(refund: Refund, member: Member) -> Asked:
    amount = format_money(refund.amount, member.practice.locale)
    text = {
        RefundState.REQUESTED: _("%(amount)s asked for; the partner has not answered yet. We ask again."),
        RefundState.PENDING: _("%(amount)s is on its way back."),
        RefundState.DONE: _("%(amount)s was paid back."),
        RefundState.FAILED: _("%(amount)s was not paid back."),
    }[RefundState(refund.state)] % {"amount": amount}
    is_undecided = refund.problem in UNDECIDED
    is_bad = refund.state == RefundState.FAILED or is_undecided
    why = str(PROBLEMS.get(refund.problem, "")) if is_bad else _waits_for(refund)
    if is_undecided:
        why %= {"told": format_money(refund.told or refund.amount, member.practice.locale)}
    code = refund.code if is_undecided else ""
    return Asked(refund.number_label, refund.amount, f"{text} {why}".strip(), "warn" if why else "", code)


def _waits_for(refund: Refund) -> str:
    """What a partner says that a refund on its way waits for, in its own word."""
    if refund.state != RefundState.PENDING or not refund.problem:
        return ""
    return _("The partner says: “%(problem)s”. Look it up there: it may need something from you.") % {
        "problem": refund.problem.replace("_", " ")
    }
