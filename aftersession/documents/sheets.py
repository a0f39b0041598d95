# SPDX-License-Identifier: Apache-2.0
"""What a paper of the account says, frozen: credit note, refund, statement, and why a balance is what it is.

They read alike: an opening sentence, rows that each move an amount, and what it comes to. Amounts are
integer minor units of the one currency; texts come in the reader's language.
"""

from dataclasses import dataclass
from datetime import date

from aftersession.documents.contexts import Labelled, Note, Party, PatientBlock, PracticeBlock, Tax
from aftersession.documents.frozen import BadContext

CREDIT_NOTE = "credit_note"
REFUND = "refund"
STATEMENT = "statement"
PART = "part"
BALANCE = "balance"

SHEET_KINDS = (CREDIT_NOTE, REFUND, STATEMENT, PART, BALANCE)


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRow:
    """One thing that happened: a text, small lines under it, and what it moved (None: nothing in that column)."""

    text: str
    amounts: tuple[int | None, ...]
    details: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A labelled amount under the table."""

    label: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One such paper. `lead` may mark what is strong with <b> and </b>; its {facts} are in `facts`.

    `columns` are the headings of the amounts, after `row_label`. Raises BadContext unless every row has as
    many amounts as there are columns, and unless, where `adds_up` names a column, the opening balance and
    that column come to the balance. `pay_link` is the code of a payment link, `pay_reference` what a bank
    transfer must carry; with neither, and nothing owed, nothing on how to pay is printed.
    """

    kind: str
    title: str
    locale: str
    currency: str
    practice: PracticeBlock
    recipient: Party
    lead: str
    facts: tuple[Labelled, ...]
    row_label: str
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    balance_label: str
    balance_minor: int
    number: str = ""
    issued_on: date | None = None
    paper: str = "a4"
    patient: PatientBlock | None = None
    opening_minor: int = 0
    adds_up: int | None = None
    totals: tuple[Figure, ...] = ()
    tax: Tax | None = None
    about: tuple[Labelled, ...] = ()
    pay_link: str = ""
    pay_reference: str = ""
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in SHEET_KINDS:
            raise BadContext(f"{self.kind} is not a kind of sheet")
        if any(len(row.amounts) != len(self.columns) for row in self.rows):
            raise BadContext("a row has more or fewer amounts than there are columns")
        if self.adds_up is not None:
            moved = sum(row.amounts[self.adds_up] or 0 for row in self.rows)
            if self.opening_minor + moved != self.balance_minor:
                raise BadContext("the rows do not come to the balance")
        if self.tax and self.tax.net_minor + self.tax.tax_minor != self.balance_minor:
            raise BadContext("net and tax are not the total")

    @property
    def is_draft(self) -> bool:
        """A sheet is made whole or not at all."""
        return False
