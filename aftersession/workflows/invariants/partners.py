# SPDX-License-Identifier: Apache-2.0
"""What partners hold and pay out, as the books have it."""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Sum

from aftersession.ledger.models import Account, Line
from aftersession.payments.models import (
    Dispute,
    DisputeState,
    Payment,
    PaymentMethod,
    Payout,
    Refund,
    RefundMethod,
    RefundState,
)
from aftersession.practices.models import Practice
from aftersession.workflows.invariants.breach import Breach


def clearing_is_explained(practice: Practice) -> Iterator[Breach]:
    """I-45: what partners hold is what they took, less what went back, was disputed, charged and paid out."""
    held: dict[str, int] = defaultdict(int)
    for payment in Payment.objects.filter(method=PaymentMethod.ONLINE):
        held[payment.currency] += payment.amount_minor
    for refund in Refund.objects.filter(method=RefundMethod.PARTNER, state=RefundState.DONE):
        held[refund.currency] -= refund.amount_minor
    for dispute in Dispute.objects.all():
        held[dispute.currency] -= dispute.fee_minor
        held[dispute.currency] -= 0 if dispute.state == DisputeState.WON else dispute.amount_minor
    for payout in Payout.objects.all():
        held[payout.currency] -= payout.fees_minor + (0 if payout.returned_at else payout.amount_minor)
    lines = Line.objects.filter(account=Account.PARTNER_CLEARING)
    booked = dict(lines.values_list("currency").annotate(total=Sum("amount_minor")))
    for currency in {*held, *booked}:
        if held[currency] != booked.get(currency, 0):
            yield Breach("I-45", practice.code, currency, "partners hold another sum than the books say")


def payouts_are_booked(practice: Practice) -> Iterator[Breach]:
    """I-46: each payout stands in the books as it reached the bank, or came back, with the fees it names."""
    posted: dict[tuple[str, str], int] = defaultdict(int)
    rows = Line.objects.filter(entry__kind__in=["payout", "payout_returned"]).values_list(
        "entry__source_code", "account"
    )
    for code, account, total in rows.annotate(total=Sum("amount_minor")):
        posted[code, account] = total
    for payout in Payout.objects.all():
        booked = posted[payout.code, Account.BANK], posted[payout.code, Account.PARTNER_FEES]
        if booked != (0 if payout.returned_at else payout.amount_minor, payout.fees_minor):
            yield Breach("I-46", practice.code, payout.code, "differs from the books")
