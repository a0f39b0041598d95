# SPDX-License-Identifier: Apache-2.0
"""What the rest of the product tells a country profile, and what the profile answers."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DocumentKind(StrEnum):
    """The documents whose titles and contents a country's law speaks about."""

    INVOICE = "invoice"
    ACCOUNT = "account"
    """An insurer's account: an invoice with everything the insurer needs."""
    PAID_INVOICE = "paid_invoice"
    """A settled invoice that the patient hands in to get the money back."""
    RECEIPT = "receipt"


class InvoiceDetail(StrEnum):
    """How much a tax invoice of some amount must say."""

    NONE = "none"
    ABRIDGED = "abridged"
    FULL = "full"

    @property
    def names_recipient(self) -> bool:
        return self is InvoiceDetail.FULL

    @property
    def shows_quantity(self) -> bool:
        return self is InvoiceDetail.FULL


@dataclass(frozen=True, slots=True)
class TaxPolicy:
    """A tax rate from a day on, in basis points (1500 is 15 %); invoices keep the version."""

    version: str
    since: date
    rate_bp: int


@dataclass(frozen=True, slots=True)
class ClaimDates:
    """Until when a claim is taken: surely (`safe_on`) and at the very last (`legal_on`). None: no limit known."""

    safe_on: date | None = None
    legal_on: date | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a document needs and does not have.

    `field` is "<owner>.<name>", the owner one of practice, practitioner, patient, coverage,
    recipient, line; `line` counts from 1. What does not block is worth a warning only.
    """

    field: str
    sentence: str
    fix: str
    line: int | None = None
    is_blocking: bool = True

    @property
    def owner(self) -> str:
        return self.field.partition(".")[0]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One service on an insurer's account; its diagnoses in order, the first is the primary."""

    description: str
    procedure_code: str
    service_on: date | None
    amount_minor: int | None
    diagnoses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What an insurer's account is about to say."""

    principal_surname: str = ""
    principal_initials: str = ""
    patient_surname: str = ""
    patient_first_names: str = ""
    payer_name: str = ""
    member_number: str = ""
    dependant_code: str = ""
    practice_number: str = ""
    is_group_practice: bool = False
    practitioner_name: str = ""
    practitioner_practice_number: str = ""
    practitioner_registration_number: str = ""
    lines: tuple[AccountLine, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What an invoice is about to say to the tax authority; amounts in minor units."""

    gross_minor: int
    is_vendor: bool
    supplier_name: str = ""
    supplier_address: str = ""
    supplier_tax_number: str = ""
    recipient_name: str = ""
    recipient_address: str = ""
