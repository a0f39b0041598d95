# SPDX-License-Identifier: Apache-2.0
"""A partner has paid out to the bank: the books follow, once."""

import hashlib
from dataclasses import dataclass

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.codes import new_code
from aftersession.payments.models import Payout, ProviderConnection
from aftersession.payments.payouts import (
    dispute_fees,
    mark_returned,
    payout_posting,
    return_posting,
    tie_late,
    write_lines,
    write_payout,
)
from aftersession.payments.provider import PartnerPayout
from aftersession.practices.actors import SystemActor
from aftersession.workflows.settle_attempt import WrongAccount


@dataclass(frozen=True)
class PaidOut:
    """The payout by its code."""

    payout_code: str


@dataclass(frozen=True)
class Returned:
    """Whether the news changed anything: repeated ones do not."""

    has_moved: bool


def apply_payout(connection: ProviderConnection, found: PartnerPayout) -> bool:
    """Record a payout as its partner has it, or what is new of it. False if nothing was. Safe to repeat.

    Raises WrongAccount for one of the other mode.
    """
    if found.mode != connection.mode:
        raise WrongAccount(found.external_id)
    known = Payout.objects.filter(connection=connection, external_id=found.external_id).first()
    actor = SystemActor(connection.practice)
    if known is None and found.is_failed:
        return False  # the books never had it at the bank
    if known is None:
        named = f"{connection.code}:{found.external_id}"
        key = f"payout:{hashlib.sha256(named.encode()).hexdigest()[:48]}"
        record_payout(connection=connection, payout=found, actor=actor, key=key)
        return True
    if found.is_failed != (known.returned_at is not None):
        # It may fail, be paid and fail again: what it was before decides, not the key.
        return return_payout(payout=known, is_returned=found.is_failed, actor=actor, key=new_code()).has_moved
    if found.lines and not known.lines.exists():
        complete_payout(payout=known, told=found, actor=actor, key=f"payout:{known.code}:lines")
        return True
    return bool(tie_late(known))


@command(PaidOut)
def record_payout(
    *, connection: ProviderConnection, payout: PartnerPayout, actor: SystemActor, key: str
) -> PaidOut:
    """Write a payout with its lines, and move its money to the bank, once."""
    row = write_payout(connection, payout)
    fees_minor = write_lines(row, payout.lines)
    post([payout_posting(row, row.amount_minor, fees_minor), *dispute_fees(row)], actor=actor)
    data = {"payout": row.code, "amount_minor": row.amount_minor}
    record_facts([Fact("payout.recorded", "payout", row.code, data=data)], actor=actor)
    return PaidOut(row.code)


@command(PaidOut)
def complete_payout(*, payout: Payout, told: PartnerPayout, actor: SystemActor, key: str) -> PaidOut:
    """The partner tells later what a payout is made of: its fees are posted now, once."""
    fees_minor = write_lines(payout, told.lines)
    post([payout_posting(payout, 0, fees_minor), *dispute_fees(payout)], actor=actor)
    return PaidOut(payout.code)


@command(Returned)
def return_payout(*, payout: Payout, is_returned: bool, actor: SystemActor, key: str) -> Returned:
    """A payout that was told paid did not reach the bank, or did after all, once: its money moves back."""
    if not mark_returned(payout, is_returned):
        return Returned(False)
    post([return_posting(payout, is_returned)], actor=actor)
    action = "payout.returned" if is_returned else "payout.recorded"
    data = {"payout": payout.code, "amount_minor": payout.amount_minor}
    record_facts([Fact(action, "payout", payout.code, data=data)], actor=actor)
    return Returned(True)
