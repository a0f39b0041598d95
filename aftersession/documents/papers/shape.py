# SPDX-License-Identifier: Apache-2.0
"""A document as it reads: only strings, in order, the same for the PDF and for the page in the browser."""

from dataclasses import dataclass

INVOICE_LAYOUT = "invoice"
ACCOUNT_LAYOUT = "account"
RECEIPT_LAYOUT = "receipt"
SHEET_LAYOUT = "sheet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tone:
    """A piece of the opening sentence: a fact in ink, or the connecting words in grey."""

    text: str
    is_strong: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    label: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A labelled party or fact above the table: a name, lines under it, and labelled values."""

    label: str
    name: str = ""
    lines: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """`is_figure`: set to the right and never broken. `is_wide`: takes the room that is left."""

    label: str
    is_figure: bool = False
    is_wide: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pay:
    """How to pay. `url`, `url_shown` and `qr_svg` are empty without a payment link."""

    title: str
    sentence: str
    url: str = ""
    url_shown: str = ""
    qr_svg: str = ""
    qr_alt: str = ""
    facts: tuple[Pair, ...] = ()
    bank_line: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """Everything a template prints. `page_of` holds the places {page} and {pages}."""

    layout: str
    language: str
    region: str
    is_rtl: bool
    size: str
    accent: str
    document_name: str
    author: str
    title: str
    number: str
    mark: str
    dates: tuple[Pair, ...]
    practice: str
    practice_lines: tuple[str, ...]
    lead: tuple[Tone, ...]
    blocks: tuple[Block, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Pair, ...]
    balance: Pair
    pay: Pay | None
    remarks: tuple[Remark, ...]
    footer: str
    page_of: str
