# SPDX-License-Identifier: Apache-2.0
"""What moves on a share, each as one bounded statement. Inside the caller's transaction.

No column is read, changed and written back: the database adds, and refuses what would pass the bound,
so two at once cannot settle more than is due.
"""

from collections.abc import Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from aftersession.billing.models import InvoiceShare, InvoiceState, ShareTransfer, WriteOff
from aftersession.billing.models.shares import SETTLED
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.errors import AmountTooLarge, BadInput, InvalidTransition
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import cancel_kind
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor

REMINDER = "reminder"
"""The kind of letters that ask for what is still open."""
MOVING = ("transferred_minor", "allocated_minor", "credited_minor", "written_off_minor")


def receivable_side(share: InvoiceShare, amount_minor: int, patient: Patient, payment_code: str = "") -> Side:
    """The debtor's side of an entry: positive when a share owes more, negative when it owes less."""
    account = Account.PAYER_RECEIVABLE if share.payer_id else Account.CLIENT_RECEIVABLE
    payer_code = share.payer.code if share.payer else ""
    return Side(account, amount_minor, share.code, payment_code, patient.code, payer_code)


def settle_share(share: InvoiceShare, amount_minor: int, locale: str) -> None:
    """Count money as settling a share. Raises AmountTooLarge, with what is open, past what is due."""
    _take(share, "allocated_minor", amount_minor, locale)


def unsettle_share(share: InvoiceShare, amount_minor: int) -> None:
    """Take money off a share again. The database refuses less than nothing."""
    InvoiceShare.objects.filter(pk=share.pk).update(allocated_minor=F("allocated_minor") - amount_minor)
    share.allocated_minor -= amount_minor


def credit_share(share: InvoiceShare, amount_minor: int, locale: str) -> None:
    """Count a credit note against a share. Raises AmountTooLarge past what is open."""
    _take(share, "credited_minor", amount_minor, locale)


def write_off_share(share: InvoiceShare, amount_minor: int, *, reason: str, actor: Actor) -> WriteOff:
    """Give up a part of what a share owes. Raises AmountTooLarge past what is open."""
    check_amount(amount_minor)
    _take(share, "written_off_minor", amount_minor, actor.practice.locale)
    return WriteOff.objects.create(
        practice=actor.practice,
        share=share,
        amount_minor=amount_minor,
        reason=reason,
        at=clock.now(),
        by=actor.label,
    )


def undo_write_off(write_off: WriteOff, *, reason: str, actor: Actor) -> WriteOff:
    """Expect it again after all. Raises InvalidTransition when that was done before."""
    if write_off.undoes_id is not None or WriteOff.objects.filter(undoes=write_off).exists():
        raise InvalidTransition(_("This write-off has already been taken back. Nothing was changed."))
    share = write_off.share
    InvoiceShare.objects.filter(pk=share.pk).update(
        written_off_minor=F("written_off_minor") - write_off.amount_minor
    )
    share.written_off_minor -= write_off.amount_minor
    return WriteOff.objects.create(
        practice=actor.practice,
        share=share,
        amount_minor=-write_off.amount_minor,
        reason=reason,
        undoes=write_off,
        at=clock.now(),
        by=actor.label,
    )


def write_off_posting(write_off: WriteOff, patient: Patient) -> Posting:
    """What giving up means in the books; a negative amount is the way back."""
    share = write_off.share
    kind = "write_off" if write_off.undoes_id is None else "write_off_undone"
    side = Side(Account.WRITE_OFFS, write_off.amount_minor, share.code, patient_code=patient.code)
    return Posting(
        kind,
        share.currency,
        (side, receivable_side(share, -write_off.amount_minor, patient)),
        write_off.reason,
        write_off.code,
    )


def transfer(
    source: InvoiceShare, target: InvoiceShare, amount_minor: int, *, reason: str, actor: Actor
) -> ShareTransfer:
    """Move a part of what one debtor owes to another of the same invoice. Both shares exist.

    Raises AmountTooLarge past what is open of the source.
    """
    check_amount(amount_minor)
    _take(source, "transferred_minor", amount_minor, actor.practice.locale, sign=-1)
    InvoiceShare.objects.filter(pk=target.pk).update(transferred_minor=F("transferred_minor") + amount_minor)
    target.transferred_minor += amount_minor
    return ShareTransfer.objects.create(
        practice=actor.practice,
        from_share=source,
        to_share=target,
        amount_minor=amount_minor,
        reason=reason,
        at=clock.now(),
        by=actor.label,
    )


def transfer_posting(moved: ShareTransfer, patient: Patient) -> Posting:
    """One debtor owes less, another more; the practice has earned the same."""
    return Posting(
        "share_transferred",
        moved.from_share.currency,
        (
            receivable_side(moved.from_share, -moved.amount_minor, patient),
            receivable_side(moved.to_share, moved.amount_minor, patient),
        ),
        moved.reason,
        moved.code,
    )


def stop_reminders(share: InvoiceShare) -> int:
    """Cancel the reminders of a share that have not left; how many. An insurer gets none."""
    debtor = share.guarantor or share.patient
    # Nobody was asked to pay a bill that is settled as it is issued.
    if debtor is None or share.invoice.state == InvoiceState.DRAFT:
        return 0
    return cancel_kind(REMINDER, about_kind="invoice", about_code=share.invoice.code, recipient=debtor.ref)


def check_amount(amount_minor: int) -> None:
    """Refuse nothing and less. Raises BadInput beside `amount`."""
    if amount_minor <= 0:
        raise BadInput(_("Write an amount above nothing."), field="amount")


def live_write_offs(shares: Sequence[InvoiceShare]) -> list[WriteOff]:
    """What of these shares is given up and has not been taken back, in order."""
    rows = WriteOff.objects.filter(share__in=shares, undoes=None, undone_by=None)
    return list(rows.select_related("share__payer").order_by("pk"))


def _take(share: InvoiceShare, column: str, amount_minor: int, locale: str, *, sign: int = 1) -> None:
    """Move one column by an amount that what is open covers, by one statement."""
    covered = InvoiceShare.objects.filter(pk=share.pk, amount_minor__gte=SETTLED + amount_minor)
    moved = covered.update(**{column: F(column) + sign * amount_minor})
    if moved != 1:
        share.refresh_from_db(fields=list(MOVING))
        raise AmountTooLarge(
            _("Only %(open)s is still open. Nothing was recorded.")
            % {"open": format_money(Money(share.open_minor, share.currency), locale)},
            field="amount",
        )
    setattr(share, column, getattr(share, column) + sign * amount_minor)
    # Whichever way it was settled: a letter that asks for more than is open must not leave.
    stop_reminders(share)
