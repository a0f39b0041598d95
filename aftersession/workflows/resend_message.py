# SPDX-License-Identifier: Apache-2.0
"""Sending again what did not arrive, or what waits because the address has changed."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aftersession.audit.actions import record_facts
from aftersession.billing.actions import lock_invoice
from aftersession.billing.models import CreditNote, Invoice, InvoiceState, ShareTransfer, WriteOff
from aftersession.billing.shares import REMINDER
from aftersession.commands.command import command
from aftersession.coverage.models import Payer
from aftersession.lib.errors import AlreadyDone, DomainError, InvalidTransition, NotAllowed
from aftersession.messaging.actions import Letter, queue_letters
from aftersession.messaging.changes import fact, stop
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.models import Guarantor, Patient
from aftersession.payments.models import Allocation, Payment, PaymentState, Refund, RefundState
from aftersession.practices.models import Member


@dataclass(frozen=True)
class Resent:
    """The new message, and where it goes."""

    message_code: str
    sent_to: str


@command(Resent)
def resend_message(*, message: Message, send_to: str, actor: Member, key: str) -> Resent:
    """Write the same letter once more, to the recipient's address of today, once.

    The first one stays as it is if it failed, and is cancelled if it was held. Raises DomainError when
    the address on the button is no longer the recipient's, and refuses letters that no longer tell
    the truth.
    """
    _take_hold(message)
    if not send_to or current_address(message.recipient) != send_to:
        raise DomainError(
            _("The address of %(name)s has changed. Look again before you send.") % {"name": message.to_name},
            code="address_changed",
        )
    _check_is_true(message)
    if message.state == MessageState.HELD:
        stop(message)
    elif message.state != MessageState.FAILED:
        raise InvalidTransition(_("Only a message that did not arrive can be sent again."))
    if Message.objects.filter(dedupe_key=_again(message)).exists():
        raise AlreadyDone(_("This message has been sent again before."))
    (copy,) = queue_letters([_copy(message, send_to)], actor=actor)
    record_facts([fact("message.sent_again", message)], actor=actor)
    return Resent(copy.code, send_to)


def current_address(recipient: str) -> str:
    """Where somebody is reached today, by their reference ("patient:CODE"); empty if nowhere."""
    holder = _holder(recipient).first()
    if isinstance(holder, Payer):
        return holder.claims_email
    return holder.email if holder is not None else ""


def why_not_again(message: Message) -> str:
    """Why a letter cannot go out again as it is; empty if it can."""
    try:
        _check_is_true(message)
    except DomainError as refusal:
        return refusal.message
    return ""


def _holder(recipient: str) -> "QuerySet[Patient] | QuerySet[Guarantor] | QuerySet[Payer]":
    kind, _colon, code = recipient.partition(":")
    if kind == "payer":
        return Payer.objects.filter(code=code)
    people = Guarantor if kind == "guarantor" else Patient
    return people.objects.filter(code=code)


def _take_hold(message: Message) -> None:
    """Hold until commit what decides: the invoice, then the address, then the message, in this order."""
    if message.about_kind == "invoice":
        lock_invoice(Invoice.objects.get(code=message.about_code))
    list(_holder(message.recipient).select_for_update(no_key=True).values_list("pk"))
    list(Message.objects.select_for_update(no_key=True).filter(pk=message.pk).values_list("pk"))
    message.refresh_from_db(fields=["state"])


def _check_is_true(message: Message) -> None:
    if message.kind == "account":
        raise NotAllowed(_("An insurer's account is sent from its claim."))
    if message.kind == REMINDER:
        raise NotAllowed(_("A reminder is sent from its invoice, where it says what is open today."))
    if message.kind == "statement":
        raise NotAllowed(_("A statement is made anew from the client's account, as things are now."))
    if message.kind == "invoice" and not _stands(message.about_code):
        raise InvalidTransition(_("The invoice does not stand any more."))
    if message.kind == "invoice" and _was_settled_since(message):
        raise InvalidTransition(_("What is owed has changed since. Send the invoice from its own page."))
    if message.kind == "refund" and not _is_given_back(message):
        raise InvalidTransition(_("The refund did not go through. The money is unused: refund it anew."))
    if message.kind == "receipt" and not _is_received(message):
        raise InvalidTransition(_("The payment has been reversed."))


def _stands(invoice_code: str) -> bool:
    standing = Invoice.objects.filter(state=InvoiceState.ISSUED, superseded_at=None)
    return standing.filter(code=invoice_code).exists()


def _was_settled_since(message: Message) -> bool:
    """Whether money, a credit note, a write-off or a move has changed what is owed since it was written."""
    code, since = message.about_code, message.created_at
    changes: tuple[QuerySet[Any], ...] = (
        Allocation.objects.filter(share__invoice__code=code, at__gt=since),
        CreditNote.objects.filter(invoice__code=code, issued_at__gt=since),
        WriteOff.objects.filter(share__invoice__code=code, at__gt=since),
        ShareTransfer.objects.filter(from_share__invoice__code=code, at__gt=since),
    )
    return any(rows.exists() for rows in changes)


def _is_received(message: Message) -> bool:
    receipts = Payment.objects.filter(receipt__document__code__in=message.document_codes)
    return receipts.filter(state=PaymentState.RECORDED).exists()


def _is_given_back(message: Message) -> bool:
    refunds = Refund.objects.filter(document__code__in=message.document_codes)
    return not refunds.filter(state=RefundState.FAILED).exists()


def _again(message: Message) -> str:
    return f"again:{message.code}"


def _copy(message: Message, send_to: str) -> Letter:
    return Letter(
        kind=message.kind,
        dedupe_key=_again(message),
        to_name=message.to_name,
        to_address=send_to,
        recipient=message.recipient,
        subject=message.subject,
        body=message.body,
        about_kind=message.about_kind,
        about_code=message.about_code,
        patient_code=message.patient_code,
        language=message.language,
        document_codes=tuple(message.document_codes),
    )
