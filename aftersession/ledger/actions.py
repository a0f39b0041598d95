# SPDX-License-Identifier: Apache-2.0
"""The only door into the books. Entries are posted in the transaction of what they tell of."""

from collections.abc import Sequence
from dataclasses import dataclass

from aftersession.ledger.models import Account, Entry, Line
from aftersession.lib import clock
from aftersession.practices.actors import Actor


@dataclass(frozen=True)
class Side:
    """One line to be: positive minor units debit the account, negative ones credit it."""

    account: Account
    amount_minor: int
    share_code: str = ""
    payment_code: str = ""
    patient_code: str = ""
    payer_code: str = ""


@dataclass(frozen=True)
class Posting:
    """One balanced event in the books, in one currency."""

    kind: str
    currency: str
    sides: tuple[Side, ...]
    reason: str = ""
    source_code: str = ""

    def opposite(self, kind: str, reason: str) -> "Posting":
        """What takes this posting back."""
        sides = tuple(
            Side(s.account, -s.amount_minor, s.share_code, s.payment_code, s.patient_code, s.payer_code)
            for s in self.sides
        )
        return Posting(kind, self.currency, sides, reason)


def post(postings: Sequence[Posting], *, actor: Actor) -> None:
    """Write postings in order; one that moves nothing leaves no entry.

    Raises ValueError, before anything is written, if one does not balance.
    """
    moving = [each for each in postings if any(side.amount_minor for side in each.sides)]
    for posting in postings:
        if sum(side.amount_minor for side in posting.sides) != 0:
            raise ValueError(f"{posting.kind} does not balance")
    at = clock.now()
    entries = Entry.objects.bulk_create(
        Entry(
            practice=actor.practice,
            at=at,
            kind=posting.kind,
            reason=posting.reason,
            source_code=posting.source_code,
            actor_label=actor.label,
        )
        for posting in moving
    )
    Line.objects.bulk_create(
        Line(
            practice=actor.practice,
            entry=entry,
            account=side.account,
            amount_minor=side.amount_minor,
            currency=posting.currency,
            share_code=side.share_code,
            payment_code=side.payment_code,
            patient_code=side.patient_code,
            payer_code=side.payer_code,
        )
        for entry, posting in zip(entries, moving, strict=True)
        for side in posting.sides
        if side.amount_minor
    )
