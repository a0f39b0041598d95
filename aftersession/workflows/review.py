# SPDX-License-Identifier: Apache-2.0
"""What *Mark session complete* shows before anything is done: choices, checks and what each button will do.

Nothing here changes anything. The commands check again what must hold; this says it while it can
still be mended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill, DiagnosisInput
from aftersession.billing.debtors import Debtor, client_debtor, payer_debtor
from aftersession.billing.documents import People
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.billing.pricing import Priced
from aftersession.billing.queries import priced_of
from aftersession.catalog.code_checks import check_codes
from aftersession.catalog.code_tables import code_table_for
from aftersession.coverage.models import Coverage
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money, format_money
from aftersession.messaging.queries import has_received
from aftersession.patients.models import Patient
from aftersession.payments.connections import default_connection
from aftersession.practices.models import Practice, Practitioner
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.account_facts import missing_on_account
from aftersession.workflows.finalise import STEPS_OF_CORRECTION, STEPS_OF_TYPE, Step

OK, WARNING, ERROR, NOT_CHECKED = "ok", "warning", "error", "not_checked"


@dataclass(frozen=True)
class Fix:
    """Where something can be mended: a key that the page turns into an address ("patient", "coverage"…)."""

    place: str
    label: str


@dataclass(frozen=True)
class Check:
    """One thing looked at beforehand, in a sentence. An error stops `stops` from being pressed."""

    level: str
    text: str
    fix: Fix | None = None
    stops: tuple[Step, ...] = ()


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


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is about to be billed."""

    practice: Practice
    practitioner: Practitioner
    patient: Patient
    payment_type: str
    service_on: date
    priced: Priced | None
    diagnoses: Sequence[DiagnosisInput] = ()
    coverage: Coverage | None = None
    co_payment_minor: int = 0
    encounter_pk: int | None = None
    invoice_pk: int | None = None
    is_session: bool = True
    is_correction: bool = False

    @property
    def steps(self) -> Sequence[Step]:
        """The final buttons it has."""
        return (STEPS_OF_CORRECTION if self.is_correction else STEPS_OF_TYPE)[self.payment_type]

    @property
    def total(self) -> Money:
        return Money(self.priced.total_minor if self.priced else 0, self.practice.currency)

    @property
    def co_payment(self) -> Money:
        """What the client pays of an insurer's bill."""
        return Money(self.co_payment_minor, self.practice.currency)


def subject_of(bill: Bill, people: People) -> Subject:
    """A draft as the checks look at it: exactly its stored figures and diagnoses."""
    invoice = bill.invoice
    return Subject(
        practice=people.practice,
        practitioner=people.practitioner,
        patient=people.patient,
        payment_type=invoice.payment_type,
        service_on=invoice.service_on,
        priced=priced_of(bill),
        diagnoses=[DiagnosisInput(**each) for each in invoice.diagnoses],
        coverage=invoice.coverage,
        co_payment_minor=sum(share.amount_minor for share in bill.shares[1:]),
        invoice_pk=invoice.pk,
    )


def type_choices(
    practice: Practice, patient: Patient, service_on: date, coverages: Sequence[Coverage]
) -> list[TypeChoice]:
    """The three payment types, each usable or with its reason. `coverages`: the patient's policies."""
    return [
        _online_choice(practice, patient, service_on),
        _other_choice(practice, patient, service_on),
        _insurance_choice(practice, service_on, coverages),
    ]


def debtor_for(subject: Subject) -> Debtor | None:
    """Who will owe it; None where nobody can be billed yet (a check says why)."""
    if subject.payment_type == PaymentType.INSURANCE:
        return payer_debtor(subject.coverage, subject.practice) if subject.coverage else None
    try:
        return client_debtor(subject.patient, on=subject.service_on, practice=subject.practice)
    except BadInput:
        return None


def checks_for(subject: Subject) -> list[Check]:
    """Everything that would fail later, and what is in order."""
    debtor = debtor_for(subject)
    if subject.payment_type == PaymentType.INSURANCE:
        return [*_account_checks(subject), *_co_payment_checks(subject), _double_billing(subject)]
    if debtor is None:
        return [_nobody_to_bill(subject), _double_billing(subject)]
    return [*_address_checks(subject, debtor), *_bank_checks(subject), _double_billing(subject)]


def obstacles_for(subject: Subject, step: Step) -> list[Check]:
    """What stops this button now: the errors among the checks, without those that only advise."""
    debtor = debtor_for(subject)
    if subject.payment_type == PaymentType.INSURANCE:
        checks = [*_account_checks(subject), *_co_payment_checks(subject)]
    elif debtor is None:
        checks = [_nobody_to_bill(subject)]
    else:
        checks = [*_missing_address(debtor), *_bank_checks(subject)]
    return [check for check in checks if check.level == ERROR and step in check.stops]


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


MAILING = (Step.REQUEST_PAYMENT, Step.SEND, Step.SEND_RECEIPT)
FINAL = (Step.REQUEST_PAYMENT, Step.SEND, Step.SEND_RECEIPT, Step.GENERATE, Step.ISSUE)


def _online_choice(practice: Practice, patient: Patient, service_on: date) -> TypeChoice:
    if refusal := _no_debtor(PaymentType.ONLINE, practice, patient, service_on):
        return refusal
    debtor = client_debtor(patient, on=service_on, practice=practice)
    if default_connection(practice) is None:
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


def _nobody_to_bill(subject: Subject) -> Check:
    try:
        client_debtor(subject.patient, on=subject.service_on, practice=subject.practice)
    except BadInput as error:
        fix = Fix("guarantor", _("Add one"))
        return Check(ERROR, error.message, fix, (*FINAL, Step.SAVE))
    raise AssertionError("somebody can be billed")


def _address_checks(subject: Subject, debtor: Debtor) -> list[Check]:
    if missing := _missing_address(debtor):
        return missing
    if has_received(debtor.email):
        return [Check(OK, _("%(address)s has received mail before") % {"address": debtor.email})]
    text = _("%(address)s has not received mail from here yet: look at it once") % {"address": debtor.email}
    return [Check(WARNING, text)]


def _missing_address(debtor: Debtor) -> list[Check]:
    if debtor.email:
        return []
    text = _("%(name)s has no e-mail address: nothing can be sent.") % {"name": debtor.name}
    place = "guarantor" if debtor.guarantor else "patient"
    return [Check(ERROR, text, Fix(place, _("Add it")), (Step.REQUEST_PAYMENT, Step.SEND))]


def _bank_checks(subject: Subject) -> list[Check]:
    if subject.payment_type != PaymentType.OTHER or subject.practice.bank_account_number:
        return []
    text = _("The practice has no bank details: the invoice would not say where to pay.")
    return [Check(ERROR, text, Fix("settings", _("Add them")), (Step.SEND,))]


def _double_billing(subject: Subject) -> Check:
    taken_back = InvoiceShare.objects.filter(
        credited_minor__gt=0,
        credited_minor=F("amount_minor") + F("transferred_minor"),
        invoice=OuterRef("pk"),
    )
    others = Invoice.objects.filter(
        ~Exists(taken_back),
        patient=subject.patient,
        service_on=subject.service_on,
        state__in=[InvoiceState.DRAFT, InvoiceState.ISSUED],
        superseded_at=None,
    )
    if subject.encounter_pk is not None:
        others = others.exclude(encounter_id=subject.encounter_pk)
    if subject.invoice_pk is not None:
        others = others.exclude(pk=subject.invoice_pk)
    other = others.order_by("-id").first()
    if other is None:
        return Check(OK, _("No other invoice for this client on this day"))
    name = other.number_label or _("a draft")
    text = _("%(name)s already has %(number)s for this day")
    return Check(WARNING, text % {"name": subject.patient.full_name, "number": name})


def _account_checks(subject: Subject) -> list[Check]:
    coverage = subject.coverage
    if coverage is None or subject.priced is None:
        text = _("Choose the %(word)s to bill.") % {"word": subject.practice.profile.words.coverage}
        return [Check(ERROR, text, Fix("coverage", _("Add it here")), (Step.GENERATE, Step.SAVE))]
    if not coverage.is_valid_on(subject.service_on):
        text = _("%(policy)s does not cover this day.") % {"policy": coverage}
        return [Check(ERROR, text, Fix("coverage", _("Correct it")), (Step.GENERATE,))]
    missing = missing_on_account(
        subject.practice,
        subject.practitioner,
        subject.patient,
        coverage,
        subject.priced.lines,
        subject.diagnoses,
        subject.service_on,
    )
    checks = [
        Check(
            ERROR if each.is_blocking else WARNING,
            each.sentence,
            Fix(each.owner, each.fix),
            (Step.GENERATE,) if each.is_blocking else (),
        )
        for each in missing
    ]
    if not checks:
        text = _("Everything %(payer)s asks for is on the account") % {"payer": coverage.payer.name}
        checks = [Check(OK, text)]
    return [*checks, *_code_checks(subject)]


def co_payer_for(subject: Subject) -> Debtor | None:
    """Who owes the client's part of an insurer's bill; None where there is none, or nobody to owe it."""
    if not subject.co_payment_minor:
        return None
    try:
        return client_debtor(subject.patient, on=subject.service_on, practice=subject.practice)
    except BadInput:
        return None


def _co_payment_checks(subject: Subject) -> list[Check]:
    if not subject.co_payment_minor or subject.coverage is None:
        return []
    debtor = co_payer_for(subject)
    if debtor is None:
        return [_nobody_to_bill(subject)]
    facts = {
        "name": debtor.name,
        "part": format_money(subject.co_payment, subject.practice.locale),
        "rest": format_money(subject.total - subject.co_payment, subject.practice.locale),
        "payer": subject.coverage.payer.name,
    }
    return [Check(OK, _("%(payer)s is billed %(rest)s, %(name)s %(part)s") % facts)]


def _code_checks(subject: Subject) -> list[Check]:
    table = code_table_for(subject.practice, subject.practice.profile.diagnosis_rules.system)
    if table is None or not subject.diagnoses:
        return []
    found = check_codes(
        [each.code for each in subject.diagnoses],
        table,
        service_on=subject.service_on,
        patient_birth_on=subject.patient.born_on,
        patient_sex=subject.patient.sex,
        rules=subject.practice.profile.diagnosis_rules,
    )
    faults = [
        Check(
            each.level,
            f"{each.message} {each.fix}".strip(),
            stops=(Step.GENERATE,) if each.level == ERROR else (),
        )
        for each in found
        if each.level in (ERROR, WARNING)
    ]
    if not faults:
        codes = ", ".join(each.code for each in subject.diagnoses)
        faults = [Check(OK, _("%(codes)s: in the code table, and in order") % {"codes": codes})]
    # A poor table leaves several rules unchecked for one and the same reason.
    reasons = dict.fromkeys(each.message for each in found if each.level == NOT_CHECKED)
    unchecked = [Check(NOT_CHECKED, _("Not checked: %(reason)s") % {"reason": each}) for each in reasons]
    return [*faults, *unchecked]


def _title(step: Step, subject: Subject) -> str:
    if subject.priced is None:
        return _title_without_amount(step)
    amount = format_money(subject.total, subject.practice.locale)
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
        "amount": format_money(subject.total, subject.practice.locale),
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
            "rest": format_money(subject.total - subject.co_payment, subject.practice.locale),
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
