# SPDX-License-Identifier: Apache-2.0
"""What a document says, frozen: the contract between the apps that owe a document and the page that shows it.

Amounts are integer minor units of the document's one currency; words that differ by country (the title, "Medical
aid", "Practice number") come from the caller, in the practice's language. A context whose figures disagree cannot be
built, so no document can print a sum that is not the sum of its lines.
"""

from dataclasses import dataclass
from datetime import date

from aftersession.documents.frozen import BadContext

INVOICE = "invoice"
TAX_INVOICE = "tax_invoice"
INSURER_ACCOUNT = "insurer_account"
PAID_INVOICE = "paid_invoice"
RECEIPT = "receipt"

INVOICE_KINDS = (INVOICE, TAX_INVOICE, INSURER_ACCOUNT, PAID_INVOICE)
ACCENT = "#2d3bcb"


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A number with the name its country gives it: ("Practice number", "086 000 0451")."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BankAccount:
    """Where a transfer goes. `branch` is what the country calls it and its value: "branch 250 655", "SWIFT …"."""

    bank: str
    account_name: str
    account_number: str
    branch: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PracticeBlock:
    """Who bills: the head of the paper. `numbers`: practice, registration and tax numbers that the country asks for."""

    trading_name: str
    legal_name: str = ""
    address_lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    numbers: tuple[Labelled, ...] = ()
    accent_colour: str = ACCENT
    bank: BankAccount | None = None
    terms: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """Who is billed. `greeting`: what the opening sentence calls them ("Bongani"); empty: the whole name."""

    name: str
    greeting: str = ""
    address_lines: tuple[str, ...] = ()
    numbers: tuple[Labelled, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientBlock:
    """Whom the service was for. Printed when it is another person than the party billed."""

    name: str
    born_on: date | None = None
    numbers: tuple[Labelled, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionBlock:
    """The session billed and the person who held it, with that person's own numbers."""

    held_on: date
    practitioner: str
    practitioner_numbers: tuple[Labelled, ...] = ()
    place: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverageBlock:
    """What an insurer needs to find its member. Names as they stand on the card."""

    label: str
    payer: str
    member_number: str
    plan: str = ""
    payer_address_lines: tuple[str, ...] = ()
    principal_surname: str = ""
    principal_initials: str = ""
    dependant_code: str = ""
    patient_surname: str = ""
    patient_first_name: str = ""
    patient_initials: str = ""
    patient_born_on: date | None = None
    relationship: str = ""
    authorisation_number: str = ""
    referral: str = ""
    numbers: tuple[Labelled, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One service billed.

    `quantity` is a decimal number as text ("1", "2.5"). `amount_minor` is what the line comes to after its own
    discount. `discount_minor` is positive. `diagnoses` are codes in order, the first the main one, and stand here only
    where the document may show them. `tax_rate` is a percentage as text ("15"), empty without tax.
    """

    description: str
    amount_minor: int
    unit_price_minor: int
    quantity: str = "1"
    code_label: str = ""
    code: str = ""
    service_on: date | None = None
    discount_minor: int = 0
    discount_percent: str = ""
    discount_reason: str = ""
    tax_rate: str = ""
    diagnoses: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxRate:
    """What one tax rate adds up to: the net, and the tax on it. `rate` is a percentage as text ("15")."""

    rate: str
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tax:
    """The tax of a registered practice. `name` is the country's; `is_included`: line amounts hold it already."""

    name: str
    rates: tuple[TaxRate, ...]
    is_included: bool = True

    @property
    def tax_minor(self) -> int:
        return sum(rate.tax_minor for rate in self.rates)

    @property
    def net_minor(self) -> int:
        return sum(rate.net_minor for rate in self.rates)


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentLine:
    """Money that came: the day, how (in the practice's words), under which reference, from whom if another paid."""

    received_on: date
    method: str
    amount_minor: int
    reference: str = ""
    payer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A titled paragraph under the figures."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceContext:
    """An invoice, tax invoice, insurer's account or paid invoice. An empty number means a draft.

    Raises BadContext unless: lines less `discount_minor` (plus the tax that they do not include) are `total_minor`;
    net and tax by rate are `total_minor`; and the total less what others owe of it (`others_minor`, said with
    `others_label`) and less the payments is `balance_minor`. An insurer's account
    needs its coverage and can have no pay link. `pay_link` is the code of a payment link, `pay_reference` what a bank
    transfer must carry; with neither, and without a bank account, nothing on how to pay is printed.
    """

    kind: str
    title: str
    locale: str
    currency: str
    practice: PracticeBlock
    recipient: Party
    lines: tuple[Line, ...]
    total_minor: int
    balance_minor: int
    number: str = ""
    issued_on: date | None = None
    due_on: date | None = None
    paper: str = "a4"
    patient: PatientBlock | None = None
    session: SessionBlock | None = None
    coverage: CoverageBlock | None = None
    diagnosis_label: str = ""
    discount_minor: int = 0
    discount_percent: str = ""
    discount_reason: str = ""
    tax: Tax | None = None
    others_minor: int = 0
    others_label: str = ""
    payments: tuple[PaymentLine, ...] = ()
    pay_link: str = ""
    pay_reference: str = ""
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in INVOICE_KINDS:
            raise BadContext(f"{self.kind} is not a kind of invoice")
        added_tax = self.tax.tax_minor if self.tax and not self.tax.is_included else 0
        if (
            sum(line.amount_minor for line in self.lines) - self.discount_minor + added_tax
            != self.total_minor
        ):
            raise BadContext("the total is not the sum of the lines")
        if self.tax and self.tax.net_minor + self.tax.tax_minor != self.total_minor:
            raise BadContext("net and tax are not the total")
        if not 0 <= self.others_minor <= self.total_minor or bool(self.others_minor) != bool(
            self.others_label
        ):
            raise BadContext("what others owe is a named part of the total")
        paid_minor = sum(payment.amount_minor for payment in self.payments)
        if self.total_minor - self.others_minor - paid_minor != self.balance_minor:
            raise BadContext("the balance is not the total less what others owe and the payments")
        if self.kind == INSURER_ACCOUNT and (self.coverage is None or self.pay_link):
            raise BadContext("an insurer's account has a coverage and no pay link")

    @property
    def is_draft(self) -> bool:
        return not self.number

    @property
    def is_paid(self) -> bool:
        return bool(self.payments) and self.balance_minor <= 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What a payment settled: the document, how much of it, and what it leaves open."""

    number: str
    description: str
    total_minor: int
    applied_minor: int
    balance_minor: int
    issued_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptContext:
    """Proof of one payment. `unallocated_minor` is what is kept for later, `balance_minor` what is still owed.

    Raises BadContext unless what was applied and what is kept are together the payment.
    """

    title: str
    number: str
    issued_on: date
    locale: str
    currency: str
    practice: PracticeBlock
    received_from: Party
    payment: PaymentLine
    settles: tuple[Settled, ...]
    balance_minor: int
    unallocated_minor: int = 0
    paper: str = "a4"
    patient: PatientBlock | None = None
    notes: tuple[Note, ...] = ()
    kind: str = RECEIPT

    def __post_init__(self) -> None:
        if self.kind != RECEIPT:
            raise BadContext(f"{self.kind} is not a receipt")
        applied = sum(settled.applied_minor for settled in self.settles)
        if applied + self.unallocated_minor != self.payment.amount_minor:
            raise BadContext("what was applied and what is kept are not the payment")
