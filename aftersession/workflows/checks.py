# SPDX-License-Identifier: Apache-2.0
"""What is looked at before a final button is pressed: what would fail later, while it can still be mended.

Nothing here changes anything. The commands check again what must hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill, DiagnosisInput, PartInput
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
from aftersession.practices.models import Practice, Practitioner
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.account_facts import missing_on_account
from aftersession.workflows.finalise import STEPS_OF_CORRECTION, STEPS_OF_TYPE, Step

OK, WARNING, ERROR, NOT_CHECKED = "ok", "warning", "error", "not_checked"
MAILING = (Step.REQUEST_PAYMENT, Step.SEND, Step.SEND_RECEIPT)
FINAL = (Step.REQUEST_PAYMENT, Step.SEND, Step.SEND_RECEIPT, Step.GENERATE, Step.ISSUE)


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
    others: Sequence[PartInput] = ()
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

    @property
    def rest_minor(self) -> int:
        """What is left of the total to whoever is billed first (minor units)."""
        return self.total.minor - self.co_payment_minor - sum(part.amount_minor for part in self.others)

    @property
    def further(self) -> Sequence[PartInput]:
        """Who owes a part beside `debtor_for` and the co-payer: where nothing is left, the first of them leads."""
        return self.others[1:] if self._is_others_alone else self.others

    @property
    def owed(self) -> Money:
        """What `debtor_for` owes of it."""
        minor = self.others[0].amount_minor if self._is_others_alone else self.rest_minor
        return Money(minor, self.practice.currency)

    @property
    def _is_others_alone(self) -> bool:
        is_insured = self.payment_type == PaymentType.INSURANCE
        return bool(self.others) and not is_insured and self.priced is not None and not self.rest_minor


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


def debtor_for(subject: Subject) -> Debtor | None:
    """Who will owe it; None where nobody can be billed yet (a check says why)."""
    if subject.payment_type == PaymentType.INSURANCE:
        return payer_debtor(subject.coverage, subject.practice) if subject.coverage else None
    if len(subject.further) < len(subject.others):
        return subject.others[0].debtor
    try:
        return client_debtor(subject.patient, on=subject.service_on, practice=subject.practice)
    except BadInput:
        return None


def co_payer_for(subject: Subject) -> Debtor | None:
    """Who owes the client's part of an insurer's bill; None where there is none, or nobody to owe it."""
    if not subject.co_payment_minor:
        return None
    try:
        return client_debtor(subject.patient, on=subject.service_on, practice=subject.practice)
    except BadInput:
        return None


def checks_for(subject: Subject) -> list[Check]:
    """Everything that would fail later, and what is in order."""
    debtor = debtor_for(subject)
    if subject.payment_type == PaymentType.INSURANCE:
        checks = [*_account_checks(subject), *_co_payment_checks(subject)]
    elif debtor is None:
        checks = [_nobody_to_bill(subject)]
    else:
        checks = [*_address_checks(subject, debtor), *_bank_checks(subject)]
    return [*checks, *_split_checks(subject), _double_billing(subject)]


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


def _co_payment_checks(subject: Subject) -> list[Check]:
    if not subject.co_payment_minor or subject.coverage is None:
        return []
    debtor = co_payer_for(subject)
    if debtor is None:
        return [_nobody_to_bill(subject)]
    facts = {
        "name": debtor.name,
        "part": format_money(subject.co_payment, subject.practice.locale),
        "rest": format_money(subject.owed, subject.practice.locale),
        "payer": subject.coverage.payer.name,
    }
    return [Check(OK, _("%(payer)s is billed %(rest)s, %(name)s %(part)s") % facts)]


def _split_checks(subject: Subject) -> list[Check]:
    text = _("%(name)s owes %(part)s: send that part from the page of the new invoice")
    locale, currency = subject.practice.locale, subject.practice.currency
    amounts = [(part.debtor.name, Money(part.amount_minor, currency)) for part in subject.further]
    return [Check(OK, text % {"name": name, "part": format_money(part, locale)}) for name, part in amounts]


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
