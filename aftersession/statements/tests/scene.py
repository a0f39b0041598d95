# SPDX-License-Identifier: Apache-2.0
"""Invoices, money and what changes them, on the days a test says. The clock stands at each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from aftersession.billing.debtors import client_debtor
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.patients.models import Patient
from aftersession.payments.actions import PaymentInput
from aftersession.payments.models import Payment
from aftersession.payments.refunds import RefundInput
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.complete_session import complete_session
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.receive_money import MoneyReceived, receive_money
from aftersession.workflows.refund_payment import refund_payment
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import ANXIETY, billing, invoice_of
from tests.cast import Cast, ended_appointment


def stand_at(day: date) -> None:
    """Noon of a day."""
    clock.freeze(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def bill(cast: Cast, day: date, *, patient: Patient | None = None, insured: bool = False) -> Invoice:
    """An invoice of R 950.00 for a session of that day, issued that day."""
    stand_at(day)
    who = cast.insured if insured else (patient or cast.adult)
    details = billing(PaymentType.OTHER, service_on=day)
    finish = Finish(Step.SEND, send_to=(who.guarantor or who).email)
    if insured:
        kind = PaymentType.INSURANCE
        details = billing(kind, service_on=day, coverage=cast.coverage, diagnoses=(ANXIETY,))
        finish = Finish(Step.GENERATE)
    outcome = complete_session(
        appointment=ended_appointment(cast, patient=who), billing=details, finish=finish,
        actor=cast.practitioner, key=new_code(),
    )  # fmt: skip
    return invoice_of(cast, outcome)


def share_of(cast: Cast, invoice: Invoice) -> InvoiceShare:
    """The first share of an invoice, as it is now."""
    with practice_scope(cast.practice):
        rows = InvoiceShare.objects.select_related("invoice__patient", "account", "payer")
        return rows.get(invoice=invoice, position=1)


def take(
    cast: Cast,
    day: date,
    amount_minor: int,
    *,
    patient: Patient | None = None,
    parts: Sequence[tuple[Invoice, int]] | None = None,
    booked_on: date | None = None,
) -> MoneyReceived:
    """Cash of a client on a day; `booked_on` when somebody wrote it down later."""
    stand_at(booked_on or day)
    who = patient or cast.adult
    return receive_money(
        patient=who,
        debtor=client_debtor(who, on=day, practice=cast.practice),
        payment=PaymentInput("cash", day, amount_minor),
        parts=None if parts is None else [(share_of(cast, each), minor) for each, minor in parts],
        actor=cast.owner,
        key=new_code(),
    )


def credit(cast: Cast, day: date, invoice: Invoice, amount_minor: int) -> None:
    """A credit note over a part of an invoice."""
    stand_at(day)
    credit_invoice(
        invoice=invoice, credit=CreditInput(reason="Goodwill", amount_minor=amount_minor), actor=cast.owner,
        key=new_code(),
    )  # fmt: skip


def write_off(cast: Cast, day: date, invoice: Invoice, amount_minor: int) -> None:
    stand_at(day)
    write_off_share(
        share=share_of(cast, invoice), amount_minor=amount_minor, reason="Moved away", actor=cast.owner,
        key=new_code(),
    )  # fmt: skip


def give_back(cast: Cast, day: date, payment_code: str, amount_minor: int, **changes: Any) -> str:
    """A refund in cash; its code."""
    stand_at(day)
    given = RefundInput(method="cash", refunded_on=day, amount_minor=amount_minor, reason="Asked for it")
    with practice_scope(cast.practice):
        payment = Payment.objects.select_related("patient", "guarantor", "payer").get(code=payment_code)
    return refund_payment(payment=payment, refund=given, actor=cast.owner, key=new_code()).refund_code
