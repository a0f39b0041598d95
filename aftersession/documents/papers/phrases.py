# SPDX-License-Identifier: Apache-2.0
"""The small pieces every document is made of: amounts, sentences in two tones, parties, the practice's head."""

import re
from collections.abc import Iterable
from decimal import Decimal

from babel import Locale
from babel.numbers import get_decimal_symbol
from django.utils.translation import gettext as _

from aftersession.documents.contexts import ACCENT, Labelled, Note, PatientBlock, PaymentLine, PracticeBlock
from aftersession.documents.papers.dates import long_date
from aftersession.documents.papers.shape import Block, Pair, Remark, Tone
from aftersession.lib.money import STYLES, Money, format_money

MAX_FOOTER = 60
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Figures:
    """Writes the amounts, percentages and quantities of one document: one currency, one locale."""

    def __init__(self, currency: str, locale: str) -> None:
        self.currency = currency
        self.locale = locale

    def amount(self, minor: int) -> str:
        return format_money(Money(minor, self.currency), self.locale)

    def percent(self, rate: str) -> str:
        return _("{number}%").format(number=self.quantity(rate))

    def quantity(self, quantity: str) -> str:
        """A plain decimal number, with the same decimal sign as the amounts beside it."""
        sign = STYLES[self.locale].decimal if self.locale in STYLES else get_decimal_symbol(self.locale)
        return f"{Decimal(quantity).normalize():f}".replace(".", sign)


def tones(sentence: str, **facts: str) -> tuple[Tone, ...]:
    """A translated sentence in two tones: what stands between <b> and </b> is strong.

    The marks are looked for before the facts go in, so a name holding "<b>" is only a name.
    """
    pieces = []
    for index, piece in enumerate(sentence.replace("</b>", "<b>").split("<b>")):
        if piece:
            pieces.append(Tone(text=piece.format(**facts), is_strong=index % 2 == 1))
    return tuple(pieces)


def practice_lines(practice: PracticeBlock) -> tuple[str, ...]:
    """What stands under the practice's name: legal name, address, numbers, how to reach it."""
    reach = ", ".join(part for part in (practice.email, practice.phone) if part)
    legal = practice.legal_name if practice.legal_name != practice.trading_name else ""
    return tuple(
        part for part in (legal, *postal(practice.address_lines), *labelled(practice.numbers), reach) if part
    )


def postal(lines: Iterable[str]) -> tuple[str, ...]:
    """An address in as few lines as it needs: the paper's width breaks it."""
    address = ", ".join(line for line in lines if line)
    return (address,) if address else ()


def labelled(numbers: Iterable[Labelled]) -> tuple[str, ...]:
    return tuple(f"{number.label} {number.value}" for number in numbers)


def pairs(numbers: Iterable[Labelled]) -> tuple[Pair, ...]:
    return tuple(Pair(label=number.label, value=number.value) for number in numbers)


def filled(*candidates: tuple[str, str]) -> tuple[Pair, ...]:
    """The pairs that have a value."""
    return tuple(Pair(label=label, value=value) for label, value in candidates if value)


def patient_block(patient: PatientBlock, locale: str) -> Block:
    born = (_("Born {date}").format(date=long_date(patient.born_on, locale)),) if patient.born_on else ()
    return Block(label=_("Client"), name=patient.name, lines=(*born, *labelled(patient.numbers)))


def payment_words(payment: PaymentLine, locale: str) -> str:
    """One payment in a line: "Paid by Umhlaba Health, 18 November 2026, transfer, RA-20931"."""
    start = _("Paid by {payer}").format(payer=payment.payer) if payment.payer else _("Paid")
    rest = (long_date(payment.received_on, locale), payment.method, payment.reference)
    return ", ".join(part for part in (start, *rest) if part)


def remarks(notes: Iterable[Note], terms: str) -> tuple[Remark, ...]:
    shown = [Remark(title=note.title, paragraphs=_paragraphs(note.text)) for note in notes]
    if terms:
        shown.append(Remark(title=_("Terms"), paragraphs=_paragraphs(terms)))
    return tuple(shown)


def footer(practice: PracticeBlock) -> str:
    name = practice.trading_name
    return name if len(name) <= MAX_FOOTER else f"{name[: MAX_FOOTER - 1]}…"


def accent(practice: PracticeBlock) -> str:
    """The practice's colour, or ours where it is not one."""
    return practice.accent_colour if COLOUR.fullmatch(practice.accent_colour) else ACCENT


def language_of(locale: str) -> tuple[str, str, bool]:
    """Language, region and whether it reads from the right: ("en", "GB", False)."""
    parsed = Locale.parse(locale)
    return parsed.language, parsed.territory or "", parsed.text_direction == "rtl"


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for line in (line.strip() for line in text.splitlines()) if line)
