# SPDX-License-Identifier: Apache-2.0
"""Money on a share as a person tells it: paid, used from credit, taken off again, reversed.

An allocation is never changed, so taking a part off writes it anew with the rest. Here such pairs are one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from aftersession.billing.models import InvoiceShare
from aftersession.lib.money import Money
from aftersession.payments.models import Allocation, Payment

AT_ONCE = timedelta(milliseconds=100)
"""Money that settles something this soon after it came was recorded for it; later, it is credit that was used."""


class Kind(StrEnum):
    PAID = "paid"
    USED = "used"
    RELEASED = "released"
    REVERSED = "reversed"


@dataclass(frozen=True)
class Settling:
    """What money did to a share: positive when it settles, negative when it stops doing so."""

    kind: Kind
    payment: Payment
    share: InvoiceShare
    amount_minor: int
    at: datetime

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.share.currency)


def settlings_of(rows: Iterable[Allocation]) -> list[Settling]:
    """Allocations in the order they were written, each taking off with what it left as one."""
    found: list[Settling] = []
    for row in rows:
        last = found[-1] if found else None
        if last is not None and last.kind is Kind.RELEASED and _is_rest(row, last):
            found[-1] = replace(last, amount_minor=last.amount_minor + row.amount_minor)
        else:
            found.append(Settling(_kind(row), row.payment, row.share, row.amount_minor, row.at))
    return found


def _is_rest(row: Allocation, last: Settling) -> bool:
    same = (row.payment_id, row.share_id, row.at) == (last.payment.pk, last.share.pk, last.at)
    return same and row.undoes_id is None


def _kind(row: Allocation) -> Kind:
    reversed_at = row.payment.reversed_at
    if row.undoes_id is not None:
        return Kind.REVERSED if reversed_at and row.at >= reversed_at else Kind.RELEASED
    return Kind.USED if row.at > row.payment.recorded_at + AT_ONCE else Kind.PAID
