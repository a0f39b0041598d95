# SPDX-License-Identifier: Apache-2.0
"""The port: everything the product asks of a country.

A profile is pure: no tables, no network, no clock. What a method here does is what happens where
no law is known, so the bare profile is data only and a country overrides what its law says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.countries.facts import (
    AccountFacts,
    ClaimDates,
    DocumentKind,
    InvoiceDetail,
    InvoiceFacts,
    Missing,
    TaxPolicy,
)
from aftersession.countries.words import PLAIN_WORDS, Words
from aftersession.lib.money import MoneyStyle

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NO_TAX = TaxPolicy(version="none", since=date.min, rate_bp=0)


@dataclass(frozen=True, slots=True)
class FormField:
    """One part of an address or of bank details, in the order people write it."""

    name: str
    label: _StrPromise
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class DiagnosisRules:
    """How diagnosis codes look here and what a claim asks of them.

    `asks_external_cause`: injuries (S00-T98) need a cause (V01-Y98) beside them, in the form of
    `external_cause`. `withheld`: codes that say the diagnosis is not disclosed.
    """

    system: str = "icd-10"
    pattern: re.Pattern[str] = re.compile(r"[A-Z]\d{2}(\.\d{1,2})?")
    external_cause: re.Pattern[str] = re.compile(r"[V-Y]\d{2}\.\d{2}")
    asks_external_cause: bool = False
    is_required: bool = False
    withheld: frozenset[str] = frozenset()


ADDRESS_FIELDS = (
    FormField("line1", gettext_lazy("Street address")),
    FormField("line2", gettext_lazy("Building or unit"), is_required=False),
    FormField("city", gettext_lazy("Town or city")),
    FormField("postal_code", gettext_lazy("Postal code"), is_required=False),
)
BANK_FIELDS = (
    FormField("bank_name", gettext_lazy("Bank")),
    FormField("account_holder", gettext_lazy("Account holder")),
    FormField("account_number", gettext_lazy("Account number or IBAN")),
    FormField("branch_code", gettext_lazy("Branch code or BIC"), is_required=False),
)


@dataclass(frozen=True, kw_only=True)
class CountryProfile:
    """One country. Cleaners take what was typed and return what is kept, or raise ValueError with a sentence."""

    code: str
    name: _StrPromise
    currency: str
    locale: str
    """For money and dates, as Babel names it."""
    languages: tuple[str, ...]
    time_zone: str
    money_style: MoneyStyle | None = None
    words: Words = PLAIN_WORDS
    has_dependant_codes: bool = False
    prices_include_tax: bool = True
    tax_policies: tuple[TaxPolicy, ...] = ()
    diagnosis_rules: DiagnosisRules = DiagnosisRules()
    address_fields: tuple[FormField, ...] = ADDRESS_FIELDS
    bank_fields: tuple[FormField, ...] = BANK_FIELDS
    reference_limit: int = 18
    """How many characters of a payment reference reach the other side's bank statement."""

    # Tax and documents

    def tax_policy(self, on: date) -> TaxPolicy:
        """The policy in force on a day: what a registered practice charges then."""
        return next((p for p in reversed(self.tax_policies) if p.since <= on), NO_TAX)

    def tax_rate_bp(self, on: date) -> int:
        """The rate on a day in basis points; 0 where there is no tax."""
        return self.tax_policy(on).rate_bp

    def document_title(self, kind: DocumentKind, *, is_vendor: bool) -> str:
        """The words at the top of a document, which the law may fix for a registered practice."""
        return {
            DocumentKind.INVOICE: _("Invoice"),
            DocumentKind.ACCOUNT: _("Account for insurance"),
            DocumentKind.PAID_INVOICE: _("Paid invoice for insurance"),
            DocumentKind.RECEIPT: _("Receipt"),
        }[kind]

    def invoice_detail(self, gross_minor: int, *, is_vendor: bool) -> InvoiceDetail:
        """How much a tax invoice of this amount, tax included, must say."""
        return InvoiceDetail.NONE

    def invoice_requirements(self, facts: InvoiceFacts) -> list[Missing]:
        """What the tax law misses on an invoice; empty when it may be issued."""
        return []

    # Insurers

    def account_requirements(self, facts: AccountFacts) -> list[Missing]:
        """What an insurer's account misses; empty when it is complete."""
        return []

    def claim_dates(self, last_service_on: date) -> ClaimDates:
        """Until when a claim may reach the insurer."""
        return ClaimDates()

    def resubmit_by(self, returned_on: date) -> date | None:
        """Until when a claim that came back may be sent again; None: no limit known."""
        return None

    def answer_due(self, submitted_on: date) -> date | None:
        """The day by which the insurer owes an answer; None: no limit known."""
        return None

    # Formats

    def clean_phone(self, text: str) -> str:
        """A telephone number as + and digits; empty stays empty."""
        number = re.sub(r"[\s().\-/\u00a0]", "", text)
        number = re.sub(r"^00", "+", number)
        if number and not re.fullmatch(r"\+[1-9]\d{7,14}", number, re.ASCII):
            raise ValueError(_("Write the number with its country code, like +44 20 7946 0000."))
        return number

    def format_phone(self, number: str) -> str:
        """A kept telephone number as people here write it."""
        return number

    def clean_national_id(self, text: str) -> str:
        """An identity or passport number without blanks."""
        number = _compact(text).upper()
        if number and not re.fullmatch(r"[A-Z0-9\-/]{4,24}", number):
            raise ValueError(_("An ID number has letters and digits only, 4 to 24 of them."))
        return number

    def clean_practice_number(self, text: str) -> str:
        """The number insurers know the practice by."""
        return _letters_and_digits(text, 20)

    def format_practice_number(self, number: str) -> str:
        """A kept practice number, grouped for the eye."""
        return number

    def clean_tax_number(self, text: str) -> str:
        """The practice's number with the tax authority."""
        return _letters_and_digits(text, 20)

    def clean_member_number(self, text: str) -> str:
        """The policy or membership number, leading zeros kept."""
        return _letters_and_digits(text, 30)

    def clean_dependant_code(self, text: str) -> str:
        """Which person on the policy; blank and zero are not the same."""
        return _letters_and_digits(text, 4)

    def clean_account_number(self, text: str) -> str:
        """A bank account number or IBAN without blanks."""
        return _letters_and_digits(text, 34)

    def clean_branch_code(self, text: str) -> str:
        """The bank's branch code or BIC without blanks."""
        return _letters_and_digits(text, 11)

    def clean_postal_code(self, text: str) -> str:
        """A postal code, blanks folded."""
        code = " ".join(text.upper().split())
        if code and not re.fullmatch(r"[A-Z0-9 \-]{3,10}", code):
            raise ValueError(_("This is not a postal code."))
        return code

    def address_lines(self, parts: Mapping[str, str]) -> list[str]:
        """An address as it stands on a letter, empty parts left out."""
        return [parts[f.name].strip() for f in self.address_fields if parts.get(f.name, "").strip()]


def _compact(text: str) -> str:
    return re.sub(r"[\s\u00a0]", "", text)


def _letters_and_digits(text: str, limit: int) -> str:
    value = re.sub(r"[\s\u00a0\-./]", "", text).upper()
    if value and not re.fullmatch(rf"[A-Z0-9]{{1,{limit}}}", value):
        raise ValueError(_("Letters and digits only, at most %(limit)d of them.") % {"limit": limit})
    return value
