# SPDX-License-Identifier: Apache-2.0
"""What *Mark session complete* shows before anything is done: choices, and what each button will do.

Nothing here changes anything. The commands check again what must hold; this says it while it can
still be mended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor, client_debtor
from aftersession.coverage.models import Coverage
from aftersession.lib.errors import BadInput
from aftersession.lib.money import format_money
from aftersession.patients.models import Patient
from aftersession.payments.connections import usable_connections
from aftersession.practices.models import Practice
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.checks import ERROR, MAILING, Check, Fix, Subject, co_payer_for, debtor_for
from aftersession.workflows.finalise import Step


@dataclass(frozen=True)
class TypeChoice:
    """A payment type: when to choose it, or why it cannot be chosen, and the way to mend that."""

    payment_type: PaymentType
    when: str
    is_available: bool
    reason: str = ""
    fix: Fix | None = None


@dataclass(frozen=True)
class Button:
    """A final button, its words, and what it will do and to whom."""

    step: Step
    title: str
    consequence: str
    is_enabled: bool
    send_to: str = ""


def type_choices(
    practice: Practice, patient: Patient, service_on: date, coverages: Sequence[Coverage]
) -> list[TypeChoice]:
    """The three payment types, each usable or with its reason. `coverages`: the patient's policies."""
    return [
        _online_choice(practice, patient, service_on),
        _other_choice(practice, patient, service_on),
        _insurance_choice(practice, service_on, coverages),
    ]


def buttons_for(subject: Subject, checks: Sequence[Check], *, undo_seconds: int) -> list[Button]:
    """The final buttons of the chosen type, the likeliest first."""
    debtor = debtor_for(subject)
    stopped = {step for check in checks if check.level == ERROR for step in check.stops}
    return [
        Button(
            step=step,
            title=_title(step, subject),
            consequence=_consequence(step, subject, debtor, undo_seconds),
            is_enabled=step not in stopped and subject.priced is not None,
            send_to=debtor.email if debtor and step in MAILING else "",
        )
        for step in subject.steps
    ]


def _online_choice(practice: Practice, patient: Patient, service_on: date) -> TypeChoice:
    if refusal := _no_debtor(PaymentType.ONLINE, practice, patient, service_on):
        return refusal
    debtor = client_debtor(patient, on=service_on, practice=practice)
    if not usable_connections(practice):
        reason, fix = _("No payment partner is connected."), Fix("partner", _("Connect one"))
        return TypeChoice(PaymentType.ONLINE, "", False, reason, fix)
    if not debtor.email:
        reason = _("%(name)s has no e-mail address.") % {"name": debtor.greeting}
        place = "guarantor" if debtor.guarantor else "patient"
        return TypeChoice(PaymentType.ONLINE, "", False, reason, Fix(place, _("Add it here")))
    when = _("%(name)s gets the invoice with a payment link.") % {"name": debtor.greeting}
    return TypeChoice(PaymentType.ONLINE, when, True)


def _other_choice(practice: Practice, patient: Patient, service_on: date) -> TypeChoice:
    if refusal := _no_debtor(PaymentType.OTHER, practice, patient, service_on):
        return refusal
    return TypeChoice(PaymentType.OTHER, _("Cash, transfer or card machine. No payment link."), True)


def _no_debtor(
    payment_type: PaymentType, practice: Practice, patient: Patient, service_on: date
) -> TypeChoice | None:
    try:
        client_debtor(patient, on=service_on, practice=practice)
    except BadInput:
        word = practice.profile.words.responsible_person
        reason = _("%(name)s is under 18 and has no %(word)s.") % {"name": patient.first_name, "word": word}
        return TypeChoice(payment_type, "", False, reason, Fix("guarantor", _("Add one here")))
    return None


def _insurance_choice(practice: Practice, service_on: date, coverages: Sequence[Coverage]) -> TypeChoice:
    word = practice.profile.words.coverage
    valid = [each for each in coverages if each.is_valid_on(service_on)]
    if not valid:
        reason = _("No %(word)s on file.") % {"word": word}
        if coverages:
            reason = _("No %(word)s on file covers this day.") % {"word": word}
        return TypeChoice(PaymentType.INSURANCE, "", False, reason, Fix("coverage", _("Add it here")))
    when = _("%(payer)s is billed. Record its payment when it comes; until then it waits on your list.")
    return TypeChoice(PaymentType.INSURANCE, when % {"payer": valid[0].payer.name}, True)


def _title(step: Step, subject: Subject) -> str:
    if subject.priced is None:
        return _title_without_amount(step)
    # Who is billed first is asked for their own part; the paper is of the whole bill.
    asked = subject.owed if step is Step.REQUEST_PAYMENT else subject.total
    amount = format_money(asked, subject.practice.locale)
    return {
        Step.REQUEST_PAYMENT: _("Request payment of %(amount)s"),
        Step.SEND: _("Send the invoice for %(amount)s"),
        Step.SEND_RECEIPT: _("Send receipt"),
        Step.GENERATE: _("Generate the invoice for %(amount)s"),
        Step.ISSUE: _("Issue the invoice for %(amount)s"),
        Step.SAVE: _("Save and review"),
    }[step] % {"amount": amount}


def _title_without_amount(step: Step) -> str:
    return {
        Step.REQUEST_PAYMENT: _("Request payment"),
        Step.SEND: _("Send the invoice"),
        Step.SEND_RECEIPT: _("Send receipt"),
        Step.GENERATE: _("Generate the invoice"),
        Step.ISSUE: _("Issue the invoice"),
        Step.SAVE: _("Save and review"),
    }[step]


def _consequence(step: Step, subject: Subject, debtor: Debtor | None, undo_seconds: int) -> str:
    if subject.priced is None:
        return _("First put right what is marked.")
    if debtor is None:
        return _("Nobody can be billed yet.")
    facts = {
        "amount": format_money(subject.owed, subject.practice.locale),
        "address": debtor.email,
        "name": debtor.name,
        "seconds": undo_seconds,
    }
    if step is Step.SAVE and not subject.is_session:
        return _("Keeps a draft. Sends nothing.")
    if step is Step.SAVE:
        return _("Keeps a draft and completes the session. Sends nothing.")
    if step is Step.GENERATE and (co_payer := co_payer_for(subject)):
        facts |= {
            "client": co_payer.name,
            "part": format_money(subject.co_payment, subject.practice.locale),
            "rest": format_money(subject.owed, subject.practice.locale),
        }
        return (
            _(
                "Issues the account: %(rest)s waits for %(name)s, %(part)s is owed by %(client)s. Sends nothing."
            )
            % facts
        )
    if step is Step.GENERATE:
        return _("Issues the account, waiting for %(name)s. Sends nothing, to nobody.") % facts
    if step is Step.ISSUE:
        return _("Issues it in the place of the old one. Sends nothing: %(name)s gets it from you.") % facts
    if not debtor.email:
        if step is Step.SEND_RECEIPT:
            return (
                _("Records the payment and makes the receipt. %(name)s has no e-mail address: print it.")
                % facts
            )
        return _("%(name)s has no e-mail address.") % facts
    return {
        Step.REQUEST_PAYMENT: _(
            "E-mails invoice and payment link for %(amount)s to %(address)s. %(seconds)d seconds to undo."
        ),
        Step.SEND: _(
            "E-mails the invoice with bank details and payment reference to %(address)s. %(seconds)d seconds to undo."
        ),
        Step.SEND_RECEIPT: _(
            "Records the money and e-mails the receipt to %(address)s. %(seconds)d seconds to undo."
        ),
    }[step] % facts
