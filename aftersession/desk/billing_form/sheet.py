# SPDX-License-Identifier: Apache-2.0
"""Billing details as they stand on the page: what was typed, what is wrong with it, what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.forms import Form
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from aftersession.billing.actions import PartInput, tax_terms
from aftersession.billing.debtors import debtor_of
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.billing.pricing import Priced, PricedLine, price_invoice
from aftersession.coverage.models import Coverage
from aftersession.coverage.queries import coverages_of
from aftersession.desk.billing_form.diagnoses import Diagnoses, read_diagnoses
from aftersession.desk.billing_form.forms import BillingForm, LineForm
from aftersession.desk.billing_form.typed import Typed, prefix_of
from aftersession.desk.partners.choosing import partner_choices, to_store
from aftersession.lib import clock
from aftersession.lib.errors import BadInput, DomainError
from aftersession.lib.money import Money, format_money
from aftersession.patients.models import Patient
from aftersession.payments.connections import usable_connections
from aftersession.payments.models import ProviderConnection
from aftersession.practices.models import Practice, Practitioner
from aftersession.prepaid.models import Package
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.checks import Subject, debtor_for, obstacles_for
from aftersession.workflows.complete_session import Billing
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.kept_split import field_of
from aftersession.workflows.review import TypeChoice, type_choices


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and the field it is about (its id; empty for none)."""

    label: str
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Covered:
    """How the session itself is paid apart from this bill: what is on the form comes on top of it."""

    label: str
    text: str
    package: Package | None = None


@dataclass(frozen=True, kw_only=True)
class Parties:
    """Whose bill it is, whether it bills a session or stands alone, and which invoice it corrects, if one.

    `covered`: the session is paid apart. `is_advance`: it bills what is still to come. `shares` are those
    of further debtors of the corrected invoice, who pay a part of this one.
    """

    practice: Practice
    patient: Patient
    practitioner: Practitioner
    is_session: bool = True
    corrects: Invoice | None = None
    is_advance: bool = False
    covered: Covered | None = None
    shares: Sequence[InvoiceShare] = ()


@dataclass
class Sheet:
    """A billing form as read. `problems` is empty when the pressed button may do its work."""

    parties: Parties
    typed: Typed
    form: BillingForm
    lines: list[LineForm]
    diagnoses: Diagnoses
    coverages: Sequence[Coverage]
    partners: Sequence[ProviderConnection]
    step: Step | None
    expected_on: date | None = None
    refusals: list[Problem] = field(default_factory=list)

    @property
    def payment_type(self) -> str:
        return str(self.form.cleaned_data.get("payment_type") or "")

    @property
    def service_on(self) -> date:
        """The day of the service; today while none can be read."""
        day = self.form.cleaned_data.get("service_on")
        return day if isinstance(day, date) else clock.today(self.parties.practice.time_zone)

    @cached_property
    def choices(self) -> list[TypeChoice]:
        """The payment types, each usable or with its reason."""
        found = type_choices(self.parties.practice, self.parties.patient, self.service_on, self.coverages)
        return [_not_in_advance(each) for each in found] if self.parties.is_advance else found

    @property
    def bills_nothing(self) -> bool:
        """Whether there is nothing to bill, because the session is paid apart and nothing came on top."""
        return self.parties.covered is not None and not self.billed

    @cached_property
    def priced(self) -> Priced | None:
        """Every figure, or None while something of it cannot be read."""
        if any(line.errors for line in self.lines) or self.form.has_error("discount_value"):
            return None
        if self.bills_nothing:
            return None
        try:
            tax = tax_terms(self.parties.practice, self.service_on)
            return price_invoice([line.line() for line in self.billed], self.form.discount(), tax)
        except BadInput as error:
            self.refuse(error)
            return None

    @cached_property
    def billed(self) -> list[LineForm]:
        """The lines that were filled in."""
        return [line for line in self.lines if not line.is_blank]

    def priced_line(self, line: LineForm) -> PricedLine | None:
        """The figures of a line, where it has any."""
        if self.priced is None or line not in self.billed:
            return None
        return self.priced.lines[self.billed.index(line)]

    @property
    def co_payment_minor(self) -> int:
        """What the client pays of an insurer's bill; 0 while it cannot be read."""
        minor = self.form.cleaned_data.get("co_payment") if self.coverage is not None else None
        return minor if isinstance(minor, int) else 0

    def check_co_payment(self) -> None:
        """Refuse a client's part that leaves the insurer nothing, beside its field."""
        if self.priced is None or "co_payment" in self.form.errors or not self.co_payment_minor:
            return
        if self.co_payment_minor >= self.priced.total_minor:
            sentence = _(
                "This must be less than the whole bill. If the client pays all of it, choose how above."
            )
            self.form.add_error("co_payment", sentence)

    @cached_property
    def others(self) -> list[PartInput]:
        """What further debtors of the corrected invoice pay of this one."""
        practice = self.parties.practice
        return [
            PartInput(debtor_of(part.share, practice), part.amount_minor, field_of(part.share))
            for part in self.form.parts
            if part.amount_minor
        ]

    def check_parts(self) -> None:
        """Refuse parts that together leave less than nothing, or an insurer nothing, beside the last."""
        if (
            self.priced is None
            or not self.others
            or any(part.field in self.form.errors for part in self.others)
        ):
            return
        if "co_payment" in self.form.errors or self.subject.rest_minor >= (1 if self.coverage else 0):
            return
        locale, total = self.parties.practice.locale, self.subject.total
        facts = {
            "total": format_money(total, locale),
            "parts": format_money(total - Money(self.subject.rest_minor, total.currency), locale),
        }
        sentence = _("The parts come to %(parts)s, the whole bill to %(total)s. Write less here.") % facts
        self.form.add_error(self.others[-1].field, sentence)

    @property
    def coverage(self) -> Coverage | None:
        """The policy to bill, where the insurer is."""
        is_insured = self.payment_type == PaymentType.INSURANCE
        return self.form.chosen_coverage if is_insured else None

    @cached_property
    def subject(self) -> Subject:
        """What is about to be billed, for the checks and the words on the buttons."""
        return Subject(
            practice=self.parties.practice,
            practitioner=self.parties.practitioner,
            patient=self.parties.patient,
            payment_type=self.payment_type or PaymentType.OTHER,
            service_on=self.service_on,
            priced=self.priced,
            diagnoses=self.diagnoses.chosen,
            coverage=self.coverage,
            co_payment_minor=self.co_payment_minor,
            others=self.others,
            is_session=self.parties.is_session,
            invoice_pk=self.parties.corrects.pk if self.parties.corrects else None,
            is_correction=self.parties.corrects is not None,
        )

    @property
    def problems(self) -> list[Problem]:
        """All that is wrong, in the order of the page."""
        self.priced  # noqa: B018  # a discount that is too large shows itself only in the sum
        self.check_co_payment()
        self.check_parts()
        found = [*_of_form(self.form)]
        for number, line in enumerate(self.lines, 1):
            found += _of_form(line, before=_("Line %(number)d") % {"number": number})
        if self.diagnoses.error:
            found.append(Problem(_("Diagnosis"), self.diagnoses.error, "id_diagnosis"))
        return [*found, *self.refusals]

    def refuse(self, error: DomainError) -> None:
        """Put a refusal beside the field it is about, else at the top."""
        name = error.field or ""
        for number, line in enumerate(self.billed):
            if name.startswith(f"{prefix_of(number)}-"):
                line.add_error(name.removeprefix(f"{prefix_of(number)}-"), error.message)
                return
        if name in self.form.fields:
            self.form.add_error(name, error.message)
        else:
            self.refusals.append(Problem(_("What is billed") if name == "lines" else "", error.message))

    def check_button(self, *, shown_total: str, send_to: str) -> None:
        """Refuse the pressed button if it cannot do its work, or no longer does what its words said."""
        step, subject = self.step, self.subject
        if step is None or self.problems:
            return
        choice = next(each for each in self.choices if each.payment_type == self.payment_type)
        if not choice.is_available:
            self.form.add_error("payment_type", choice.reason)
            return
        self.refusals += [Problem("", check.text) for check in obstacles_for(subject, step)]
        if step is Step.SAVE or self.refusals:
            return
        if shown_total != str(subject.total.minor):
            self.refusals.append(Problem("", _("The total has changed since. Look again, then press.")))
        debtor = debtor_for(subject)
        email = debtor.email if debtor else ""
        if step not in (Step.GENERATE, Step.ISSUE) and send_to != email:
            self.refusals.append(Problem("", _("The address has changed since. Look again, then press.")))

    def billing(self) -> Billing:
        """The details as reviewed, once there are no problems."""
        values = self.form.cleaned_data
        return Billing(
            payment_type=self.payment_type,
            service_on=values["service_on"],
            lines=tuple(line.line() for line in self.billed),
            discount=self.form.discount(),
            diagnoses=tuple(self.diagnoses.chosen),
            coverage=self.coverage,
            authorisation_number=values.get("authorisation_number", "") if self.coverage else "",
            co_payment_minor=self.co_payment_minor,
            template=values["template"] or self.parties.practice.default_template,
        )

    def finish(self, step: Step, send_to: str) -> Finish:
        """The button as pressed."""
        payment = self.form.payment() if step is Step.SEND_RECEIPT else None
        partner = to_store(self.partners, self.form.cleaned_data.get("partner", ""))
        return Finish(
            step,
            payment,
            "" if step in (Step.GENERATE, Step.SAVE, Step.ISSUE) else send_to,
            partner if step is Step.REQUEST_PAYMENT else "",
        )


def read_sheet(
    typed: Typed,
    parties: Parties,
    *,
    step: Step | None = None,
    finds: bool = False,
    expected_on: date | None = None,
) -> Sheet:
    """Read what was typed. A bounded number of queries.

    `step`: the final button, if one was pressed. `finds`: a typed word is to be looked up.
    `expected_on`: the day it happened, as far as is known: another one is asked about.
    """
    coverages, partners = coverages_of(parties.patient), usable_connections(parties.practice)
    form = BillingForm(
        {**typed.data(), "partner": typed.head.get("partner") or next((each.code for each in partners), "")},
        practice=parties.practice,
        coverages=coverages,
        partners=partner_choices(partners),
        step=step,
        is_advance=parties.is_advance,
        shares=parties.shares,
    )
    data = typed.data()
    lines = [
        LineForm(data, prefix=prefix_of(number), practice=parties.practice)
        for number in range(len(typed.lines))
    ]
    diagnoses = read_diagnoses(typed, parties.patient, finds=finds, is_final=step is not None)
    form.full_clean()
    return Sheet(parties, typed, form, lines, diagnoses, coverages, partners, step, expected_on)


def _not_in_advance(choice: TypeChoice) -> TypeChoice:
    """An insurer is billed for what took place, and not before."""
    if choice.payment_type != PaymentType.INSURANCE:
        return choice
    return replace(choice, is_available=False, reason=_("Only what took place can be billed so."), fix=None)


def _of_form(form: Form, before: str = "") -> list[Problem]:
    return [
        Problem(
            ", ".join(
                part for part in (before, str(form[name].label) if name in form.fields else "") if part
            ),
            " ".join(str(error) for error in errors),
            form[name].id_for_label or form[name].auto_id if name in form.fields else "",
        )
        for name, errors in form.errors.items()
    ]
