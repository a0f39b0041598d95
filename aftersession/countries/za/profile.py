# SPDX-License-Identifier: Apache-2.0
"""South Africa."""

from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.countries.facts import (
    AccountFacts,
    ClaimDates,
    DocumentKind,
    InvoiceDetail,
    InvoiceFacts,
    Missing,
)
from aftersession.countries.port import CountryProfile, DiagnosisRules, FormField
from aftersession.countries.words import PLAIN_WORDS
from aftersession.countries.za import account, deadlines, formats, vat
from aftersession.lib.money import MoneyStyle

WORDS = replace(
    PLAIN_WORDS,
    coverage=gettext_lazy("medical aid"),
    payer=gettext_lazy("medical aid"),
    payers=gettext_lazy("medical aids"),
    plan=gettext_lazy("plan or option"),
    member_number=gettext_lazy("membership number"),
    registration_number=gettext_lazy("HPCSA registration number"),
    procedure_code=gettext_lazy("tariff code"),
    diagnosis_code=gettext_lazy("ICD-10 code"),
    tax=gettext_lazy("VAT"),
    tax_number=gettext_lazy("VAT number"),
    tax_vendor=gettext_lazy("VAT vendor"),
    national_id=gettext_lazy("ID or passport number"),
    province=gettext_lazy("province"),
)


@dataclass(frozen=True, kw_only=True)
class SouthAfrica(CountryProfile):
    """Rules of the Medical Schemes Act regulations, the VAT Act and the banks."""

    def document_title(self, kind: DocumentKind, *, is_vendor: bool) -> str:
        """Only a vendor may write Tax invoice, and must."""
        plain = {
            DocumentKind.INVOICE: _("Invoice"),
            DocumentKind.ACCOUNT: _("Account for medical aid"),
            DocumentKind.PAID_INVOICE: _("Paid invoice for medical aid"),
            DocumentKind.RECEIPT: _("Receipt"),
        }
        taxed = {
            DocumentKind.INVOICE: _("Tax invoice"),
            DocumentKind.ACCOUNT: _("Tax invoice: account for medical aid"),
            DocumentKind.PAID_INVOICE: _("Paid tax invoice for medical aid"),
        }
        return taxed.get(kind, plain[kind]) if is_vendor else plain[kind]

    def invoice_detail(self, gross_minor: int, *, is_vendor: bool) -> InvoiceDetail:
        """None up to R50, full above R5,000."""
        return vat.invoice_detail(gross_minor) if is_vendor else InvoiceDetail.NONE

    def invoice_requirements(self, facts: InvoiceFacts) -> list[Missing]:
        return vat.invoice_requirements(facts)

    def account_requirements(self, facts: AccountFacts) -> list[Missing]:
        return account.requirements(facts)

    def claim_dates(self, last_service_on: date) -> ClaimDates:
        return deadlines.claim_dates(last_service_on)

    def resubmit_by(self, returned_on: date) -> date:
        return deadlines.resubmit_by(returned_on)

    def answer_due(self, submitted_on: date) -> date:
        return deadlines.answer_due(submitted_on)

    def clean_phone(self, text: str) -> str:
        return formats.clean_phone(text)

    def format_phone(self, number: str) -> str:
        return formats.format_phone(number)

    def clean_national_id(self, text: str) -> str:
        return formats.clean_national_id(text)

    def clean_practice_number(self, text: str) -> str:
        return formats.clean_practice_number(text)

    def format_practice_number(self, number: str) -> str:
        return formats.format_practice_number(number)

    def clean_tax_number(self, text: str) -> str:
        return formats.clean_vat_number(text)

    def clean_dependant_code(self, text: str) -> str:
        return formats.clean_dependant_code(text)

    def clean_account_number(self, text: str) -> str:
        return formats.clean_account_number(text)

    def clean_branch_code(self, text: str) -> str:
        return formats.clean_branch_code(text)

    def clean_postal_code(self, text: str) -> str:
        return formats.clean_postal_code(text)


PROFILE = SouthAfrica(
    code="za",
    name=gettext_lazy("South Africa"),
    currency="ZAR",
    locale="en_ZA",
    languages=("en",),
    time_zone="Africa/Johannesburg",
    # CLDR writes R950,00 here; practices, banks and medical aids write R 950.00.
    money_style=MoneyStyle(group="\u00a0", decimal=".", is_spaced=True),
    words=WORDS,
    has_dependant_codes=True,
    tax_policies=vat.POLICIES,
    diagnosis_rules=DiagnosisRules(
        asks_external_cause=True, is_required=True, withheld=frozenset({"U98.0", "U98.1"})
    ),
    address_fields=(
        FormField("line1", gettext_lazy("Street address")),
        FormField("line2", gettext_lazy("Building or unit"), is_required=False),
        FormField("suburb", gettext_lazy("Suburb"), is_required=False),
        FormField("city", gettext_lazy("Town or city")),
        FormField("postal_code", gettext_lazy("Postal code")),
    ),
    bank_fields=(
        FormField("bank_name", gettext_lazy("Bank")),
        FormField("account_holder", gettext_lazy("Account holder")),
        FormField("account_number", gettext_lazy("Account number")),
        FormField("branch_code", gettext_lazy("Branch code")),
        FormField("account_type", gettext_lazy("Account type"), is_required=False),
    ),
    reference_limit=20,
)
