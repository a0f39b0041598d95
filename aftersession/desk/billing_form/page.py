# SPDX-License-Identifier: Apache-2.0
"""What a billing form shows: choices, lines with their figures, the sum, the checks and the final buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.billing.pricing import Discount, DiscountKind, PricedLine
from aftersession.catalog.models import Service
from aftersession.catalog.queries import active_services
from aftersession.desk.billing.finish import TONES, CheckLine, FinalButton, may_mend
from aftersession.desk.billing_form.forms import TEMPLATES, LineForm
from aftersession.desk.billing_form.sheet import Problem, Sheet
from aftersession.desk.billing_form.typed import MAX_LINES
from aftersession.desk.partners.choosing import partner_label
from aftersession.lib.money import Money, format_money, format_plain
from aftersession.practices.models import Member
from aftersession.scheduling.models import PaymentType
from aftersession.ui.formats import full_day
from aftersession.workflows.checks import ERROR, OK, WARNING, Check, Fix, checks_for, co_payer_for, debtor_for
from aftersession.workflows.finalise import Step
from aftersession.workflows.review import buttons_for

ICONS = {PaymentType.ONLINE: "link", PaymentType.OTHER: "cash", PaymentType.INSURANCE: "shield"}
KEYS = {Step.SAVE: ("mod+s", "Ctrl S")}
COMPLETE = "complete"
COMPLETE_AND_TELL = "complete_and_tell"
"""The buttons of a session that is paid apart."""
MAIN_KEYS = ("mod+enter", "Ctrl ↵")


@dataclass(frozen=True)
class Choice:
    """A payment type as `ui/parts/choice.html` draws it."""

    value: str
    label: str
    text: str
    icon: str
    key: str
    is_checked: bool
    reason: str = ""
    fix_url: str = ""
    fix_label: str = ""


@dataclass(frozen=True)
class LineRow:
    """One line: its form, what it says closed, and what it comes to."""

    number: int
    form: LineForm
    title: str
    note: str
    quantity: str
    price: str
    discount: str
    amount: str
    is_open: bool


@dataclass(frozen=True)
class SumItem:
    """One row of the sum."""

    label: str
    amount: Money


@dataclass(frozen=True)
class Finals:
    """What stands beside the form: the sum, who owes it, the checks and the buttons, the likeliest first.

    `owed` is what the debtor named in `total_label` pays of the total.
    """

    items: Sequence[SumItem]
    total_label: str
    total: Money | None
    owed: Money | None
    checks: Sequence[CheckLine]
    buttons: Sequence[FinalButton]
    keys: Sequence[tuple[str, str]]
    send_to: str

    @property
    def keyed(self) -> list[tuple[FinalButton, str, str]]:
        """Each button with the key that presses it."""
        return [(button, *keys) for button, keys in zip(self.buttons, self.keys, strict=True)]


@dataclass(frozen=True)
class BillingPage:
    """A billing form ready to be drawn. `back` is where a fix leads back to."""

    sheet: Sheet
    member: Member
    back: str
    fresh_line: int | None = None
    shows_problems: bool = False

    @property
    def problems(self) -> list[Problem]:
        return self.sheet.problems if self.shows_problems else []

    @property
    def choices(self) -> list[Choice]:
        return [
            Choice(
                value=each.payment_type,
                label=str(each.payment_type.label),
                text=each.when,
                icon=ICONS[each.payment_type],
                key=str(number),
                is_checked=each.payment_type == self.sheet.payment_type,
                reason=each.reason,
                fix_url=self.fix_url(each.fix),
                fix_label=each.fix.label if each.fix else "",
            )
            for number, each in enumerate(self.sheet.choices, 1)
        ]

    @property
    def rows(self) -> list[LineRow]:
        return [self._row(number, form) for number, form in enumerate(self.sheet.lines)]

    @cached_property
    def services(self) -> list[Service]:
        """What the catalogue offers for a further line."""
        return active_services(self.member.practice)

    @property
    def is_free(self) -> bool:
        """Whether the bill stands alone, so that no price was booked."""
        return not self.sheet.parties.is_session

    @property
    def can_add(self) -> bool:
        return len(self.sheet.lines) < MAX_LINES

    @property
    def has_templates(self) -> bool:
        return len(TEMPLATES) > 1

    @property
    def partner(self) -> str:
        """The partner that a payment goes through, where there is but one."""
        partners = self.sheet.partners
        return partner_label(partners[0]) if len(partners) == 1 else ""

    @property
    def has_partners(self) -> bool:
        """Whether there is a choice of partners."""
        return len(self.sheet.partners) > 1

    @property
    def is_taxed(self) -> bool:
        """Whether the practice charges tax, so that a line says at which rate."""
        return self.member.practice.is_tax_vendor_on(self.sheet.service_on)

    @property
    def policies(self) -> list[str]:
        """The policies on file with their numbers, as on the card."""
        words = self.member.practice.profile.words
        return [
            f"{each}: {words.member_number} {each.member_number}"
            + (f", {words.dependant_code} {each.dependant_code}" if each.dependant_code else "")
            for each in self.sheet.coverages
            if each.is_valid_on(self.sheet.service_on)
        ]

    @property
    def bills_nothing(self) -> bool:
        """Whether the form only completes: the session is paid apart, and nothing came on top."""
        return self.sheet.bills_nothing

    @cached_property
    def finals(self) -> Finals:
        sheet, practice = self.sheet, self.member.practice
        if sheet.bills_nothing:
            return self._closing
        checks = [*self._typing_checks(), *self._day_checks()]
        checks += checks_for(sheet.subject) if sheet.payment_type else []
        offered = (
            buttons_for(sheet.subject, checks, undo_seconds=practice.undo_seconds)
            if sheet.payment_type
            else []
        )
        if sheet.parties.is_advance:
            offered = [each for each in offered if each.step is not Step.SAVE]
        main = next((each for each in offered if each.is_enabled and each.step is not Step.SAVE), None)
        return Finals(
            items=sum_items(sheet),
            total_label=_total_label(sheet),
            total=sheet.subject.total if sheet.priced else None,
            owed=sheet.subject.owed if sheet.priced else None,
            checks=[self._check_line(each) for each in checks],
            buttons=[
                FinalButton(each.step, each.title, each.consequence, each is main, not each.is_enabled)
                for each in offered
            ],
            keys=[MAIN_KEYS if each is main else KEYS.get(each.step, ("", "")) for each in offered],
            send_to=next((each.send_to for each in offered if each.send_to), ""),
        )

    @property
    def _closing(self) -> Finals:
        """What stands beside the form where completing bills nothing: one button."""
        covered, checks = self.sheet.parties.covered, [*self._typing_checks(), *self._day_checks()]
        nothing = Money(0, self.member.practice.currency)
        is_stopped = any(each.level == ERROR for each in checks)
        buttons, send_to = closing_buttons(self.sheet, is_stopped=is_stopped)
        told = [Check(OK, covered.text)] if covered else []
        return Finals(
            items=[SumItem(covered.label, nothing)] if covered else [],
            total_label=_("To bill now"),
            total=nothing,
            owed=nothing,
            checks=[self._check_line(each) for each in [*told, *checks]],
            buttons=buttons,
            keys=[MAIN_KEYS if each.is_main else ("", "") for each in buttons],
            send_to=send_to,
        )

    def fix_url(self, fix: Fix | None) -> str:
        """Where something is mended, with the way back; nothing where this person may not or need not go."""
        if fix is None or not may_mend(self.member, fix.place):
            return ""
        patient, coverage = self.sheet.parties.patient, self.sheet.coverage
        routes = {
            "patient": ("desk:patient_edit", [patient.code]),
            "recipient": ("desk:patient_edit", [patient.code]),
            "guarantor": ("desk:patient_guarantor", [patient.code]),
            "practitioner": ("desk:practitioner_edit", [self.sheet.parties.practitioner.code]),
            "coverage": ("desk:coverage_edit", [coverage.code])
            if coverage
            else ("desk:coverage_new", [patient.code]),
            "settings": ("desk:practice_settings", []),
            "practice": ("desk:practice_settings", []),
            "partner": ("desk:partner_list", []),
        }
        if fix.place not in routes:
            return ""
        route, codes = routes[fix.place]
        return f"{reverse(route, args=codes)}?{urlencode({'next': self.back})}"

    def _check_line(self, check: Check) -> CheckLine:
        url = self.fix_url(check.fix)
        return CheckLine(check.text, TONES[check.level], url, check.fix.label if check.fix and url else "")

    def _typing_checks(self) -> list[Check]:
        """What cannot be read stops every button, and says so where the buttons are."""
        every = tuple(Step)
        return [
            Check(ERROR, f"{each.label}: {each.text}" if each.label else each.text, stops=every)
            for each in self.sheet.problems
        ]

    def _day_checks(self) -> list[Check]:
        """A day that is not the one of the session is asked about, and stops nothing."""
        sheet, practice = self.sheet, self.member.practice
        if sheet.expected_on is None or sheet.expected_on == sheet.service_on:
            return []
        day = full_day(sheet.expected_on, practice.locale, practice.time_zone)
        return [Check(WARNING, _("The session was on %(day)s: is the date of service right?") % {"day": day})]

    def _row(self, number: int, form: LineForm) -> LineRow:
        practice, priced = self.member.practice, self.sheet.priced_line(form)
        title = form["description"].value() or _("A new line")
        code = form["procedure_code"].value() or ""
        word = str(capfirst(str(practice.profile.words.procedure_code)))
        return LineRow(
            number=number,
            form=form,
            title=title,
            note=f"{word} {code}" if code else "",
            quantity=form["quantity"].value() or "",
            price=self._money(priced.given.unit_price_minor) if priced else form["price"].value() or "",
            discount=self._discount(priced),
            amount=self._money(priced.after_own_discount_minor) if priced else "",
            is_open=bool(form.errors) or form.is_blank or number == self.fresh_line,
        )

    def _discount(self, priced: PricedLine | None) -> str:
        if priced is None or not priced.discount_minor:
            return _("None")
        return "\u2212" + self._money(priced.discount_minor)

    def _money(self, minor: int) -> str:
        practice = self.member.practice
        return format_money(Money(minor, practice.currency), practice.locale)


def closing_buttons(sheet: Sheet, *, is_stopped: bool) -> tuple[list[FinalButton], str]:
    """The buttons that complete and bill nothing, and the address that the first one names."""
    package = sheet.parties.covered.package if sheet.parties.covered else None
    title = _("Mark session complete")
    if package is None:
        words = _("Completes the session. Bills nothing twice, and sends nothing.")
        return [FinalButton(COMPLETE, title, words, not is_stopped, is_stopped)], ""
    facts = {"left": package.left_count - 1, "count": package.session_count, "address": ""}
    quiet = _("Uses one session of the package: %(left)d of %(count)d are left then. Sends nothing.") % facts
    debtor = debtor_for(sheet.subject)
    if debtor is None or not debtor.email or debtor.payer:
        return [FinalButton(COMPLETE, title, quiet, not is_stopped, is_stopped)], ""
    facts["address"] = debtor.email
    told = _("Uses one session of the package, and e-mails %(address)s that %(left)d of %(count)d are left.")
    return [
        FinalButton(COMPLETE, title, quiet, not is_stopped, is_stopped),
        FinalButton(COMPLETE_AND_TELL, _("Complete, and tell what is left"), told % facts, False, is_stopped),
    ], debtor.email


def billing_page(
    sheet: Sheet,
    member: Member,
    *,
    back: str,
    shown_total: str = "",
    fresh_line: int | None = None,
    shows_problems: bool = False,
) -> BillingPage:
    """The page of a sheet. `shown_total`: the total that the amount on the form was filled in from."""
    follow_total(sheet, shown_total)
    return BillingPage(sheet, member, back, fresh_line, shows_problems)


def follow_total(sheet: Sheet, shown_total: str) -> None:
    """Keep the amount received in step with the total, until somebody types another."""
    if sheet.priced is None:
        return
    practice, typed = sheet.parties.practice, sheet.form.data.get("amount", "")
    before = (
        format_plain(Money(int(shown_total), practice.currency), practice.locale)
        if shown_total.isascii() and shown_total.isdigit() and len(shown_total) < 16
        else ""
    )
    if typed in ("", before):
        amount = format_plain(sheet.subject.total, practice.locale)
        sheet.typed.head["amount"] = amount
        sheet.form.data = {**sheet.form.data, "amount": amount}


def sum_items(sheet: Sheet) -> list[SumItem]:
    """What adds up to the total: the lines, the discount, the tax."""
    priced, practice = sheet.priced, sheet.parties.practice
    if priced is None:
        return []
    count = len(priced.lines)
    lines = ngettext("%(count)d line", "%(count)d lines", count) % {"count": count}
    items = [SumItem(lines, Money(priced.lines_minor, practice.currency))]
    if sheet.parties.covered:
        items.insert(0, SumItem(sheet.parties.covered.label, Money(0, practice.currency)))
    discount = sheet.form.discount()
    if discount is not None and priced.discount_minor:
        items.append(SumItem(_discount_label(discount), Money(-priced.discount_minor, practice.currency)))
    is_included = practice.prices_include_tax
    for tax in priced.taxes:
        if tax.tax_minor:
            words = _("of which %(tax)s %(rate)s%%") if is_included else _("%(tax)s %(rate)s%%")
            facts = {"tax": practice.profile.words.tax, "rate": _percent(tax.rate_bp)}
            items.append(SumItem(words % facts, Money(tax.tax_minor, practice.currency)))
    if sheet.payment_type == PaymentType.INSURANCE:
        co_payer = co_payer_for(sheet.subject)
        name = co_payer.greeting if co_payer else sheet.parties.patient.first_name
        items.append(SumItem(_("%(name)s owes") % {"name": name}, sheet.subject.co_payment))
    for part in sheet.subject.further:
        name = _("%(name)s owes") % {"name": part.debtor.name}
        items.append(SumItem(name, Money(part.amount_minor, practice.currency)))
    return items


def _discount_label(discount: Discount) -> str:
    if discount.kind is DiscountKind.PERCENT:
        return f"{discount.reason}, {_percent(discount.value)}%"
    return discount.reason


def _percent(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def _total_label(sheet: Sheet) -> str:
    debtor = debtor_for(sheet.subject) if sheet.payment_type else None
    if debtor is None:
        return _("Total")
    name = debtor.name if debtor.payer else debtor.greeting
    return _("%(name)s owes") % {"name": name}
