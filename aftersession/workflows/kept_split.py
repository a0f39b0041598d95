# SPDX-License-Identifier: Apache-2.0
"""Who owed what of an invoice that is being corrected, and how its successor keeps to that."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill, PartInput
from aftersession.billing.debtors import Debtor, client_debtor, debtor_of
from aftersession.billing.models import InvoiceShare
from aftersession.lib.errors import BadInput
from aftersession.payments.credit import settled_by, settling_now
from aftersession.payments.models import Payment
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice
from aftersession.workflows.invoices import share_in
from aftersession.workflows.use_credit import put_to


@dataclass(frozen=True)
class Part:
    """What a debtor of the old invoice, beside the first one, pays of the new one (minor units)."""

    share: InvoiceShare
    amount_minor: int


@dataclass(frozen=True)
class KeptSplit:
    """How an invoice is shared as it stands, its moves counted.

    `insurer_minor` and `client_minor` are what the insurer and whoever answers for the client owe of it:
    on a new invoice the billing details say who of them is billed first, and so takes what the others
    leave. `parts` are those others: each keeps what they were to pay.
    """

    insurer_minor: int
    client_minor: int
    parts: tuple[Part, ...]


def split_of(bill: Bill, practice: Practice) -> KeptSplit:
    """Who owes what of this invoice now. A client whose responsible person changed stays the client."""
    client = _client(bill, practice)
    own = [share for share in bill.shares if share.payer_id is None]
    role = next((share for share in own if client is not None and _is_of(share, client)), None)
    if role is None:
        role = next((share for share in own if share.amount_minor), None)
    return KeptSplit(
        insurer_minor=sum(share.due_minor for share in bill.shares if share.payer_id is not None),
        client_minor=role.due_minor if role is not None else 0,
        parts=tuple(Part(share, share.due_minor) for share in own if share is not role and share.due_minor),
    )


def field_of(share: InvoiceShare) -> str:
    """The field in which the part of a debtor is typed."""
    return f"part_{share.position}"


def part_inputs(parts: Sequence[Part], bill: Bill, practice: Practice) -> list[PartInput]:
    """The same for the new invoice, in the order of the old one. Raises BadInput for who may not have one.

    Nothing is no part. An insurer is billed as the details say, and never by a part.
    """
    found = []
    for part in parts:
        share = share_in(bill, part.share)
        if share.payer_id is not None:
            raise BadInput(_("An insurer is billed by the policy chosen."), field=field_of(share))
        if part.amount_minor:
            found.append(PartInput(debtor_of(share, practice), part.amount_minor, field_of(share)))
    return found


@dataclass(frozen=True)
class Came:
    """Money that settled a share of the old invoice: whose, and how much of it (minor units)."""

    share: InvoiceShare
    payment: Payment
    amount_minor: int


def money_on(bill: Bill) -> list[Came]:
    """What settles an invoice at this moment, debtor by debtor, the oldest first."""
    return [
        Came(share, payment, settled_by(payment, share))
        for share in bill.shares
        if share.allocated_minor
        for payment in settling_now([share])
    ]


def carry_over(came: Sequence[Came], bill: Bill, *, practice: Practice, actor: Actor) -> None:
    """Let the money of the old invoice settle the new one, each debtor's their own part.

    What is over of it stays that debtor's credit. Only the money of somebody who owes nothing of the new
    one may settle what others owe of it, as far as it may at all: a client's does so for whoever answers
    for them.
    """
    owed = [(share, debtor_of(share, practice)) for share in bill.shares]
    for money in came:
        for share, debtor in owed:
            if share.open_minor and _is_of(money.share, debtor):
                put_to(share, min(money.amount_minor, share.open_minor), actor=actor, payment=money.payment)
    for money in came:
        is_among = any(_is_of(money.share, debtor) for _share, debtor in owed)
        for share, debtor in owed:
            if share.open_minor and (not is_among or _is_of(money.share, debtor)):
                put_to(share, share.open_minor, actor=actor, payment=money.payment)


def _client(bill: Bill, practice: Practice) -> Debtor | None:
    try:
        return client_debtor(bill.invoice.patient, on=bill.invoice.service_on, practice=practice)
    except BadInput:
        return None


def _is_of(share: InvoiceShare, debtor: Debtor) -> bool:
    if debtor.payer is not None:
        return bool(share.payer_id == debtor.payer.pk)
    if debtor.guarantor is not None:
        return bool(share.guarantor_id == debtor.guarantor.pk)
    return debtor.patient is not None and bool(share.patient_id == debtor.patient.pk)
