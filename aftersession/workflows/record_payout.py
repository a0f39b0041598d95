# SPDX-License-Identifier: Apache-2.0
"""A partner has paid out to the bank: the books follow, once."""

from dataclasses import dataclass

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.payments.models import Payout, ProviderConnection
from aftersession.payments.payouts import (
    dispute_fees,
    payout_posting,
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


def apply_payout(connection: ProviderConnection, found: PartnerPayout) -> bool:
    """Record a payout as its partner has it, or what is new of it. False if nothing was. Safe to repeat.

    Raises WrongAccount for one of the other mode.
    """
    if found.mode != connection.mode:
        raise WrongAccount(found.external_id)
    known = Payout.objects.filter(connection=connection, external_id=found.external_id).first()
    actor = SystemActor(connection.practice)
    if known is None:
        key = f"payout:{connection.code}:{found.external_id}"[-64:]
        record_payout(connection=connection, payout=found, actor=actor, key=key)
        return True
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
