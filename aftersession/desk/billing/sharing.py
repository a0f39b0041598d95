# SPDX-License-Identifier: Apache-2.0
"""A pay link to hand over by hand: as a picture to scan, as words for WhatsApp or a text message.

The words name the practice, the amount and the address: nothing about anybody's care.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import segno
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.lib.money import Money, format_money
from aftersession.payments.links import address_of
from aftersession.payments.models import PaymentLink
from aftersession.payments.routing import connection_for
from aftersession.practices.models import Practice

INTERNATIONAL: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
MARGIN: Final = 4
"""Modules of white that a reader wants around a code."""


@dataclass(frozen=True)
class Picture:
    """A QR code as one path in a square of `size` by `size`, its margin included."""

    path: str
    size: int


@dataclass(frozen=True)
class Sharing:
    """One pay link and whom it is for."""

    link: PaymentLink
    debtor: Debtor
    practice: Practice
    owed: Money

    @property
    def address(self) -> str:
        return address_of(self.link)

    @cached_property
    def is_test(self) -> bool:
        """Whether paying there moves no money."""
        connection = connection_for(self.link)
        return connection is not None and connection.is_test

    @cached_property
    def text(self) -> str:
        """The message, in the debtor's language."""
        with translation.override(self.debtor.language):
            return _("%(practice)s: %(amount)s is open. See it and pay here: %(address)s") % {
                "practice": self.practice.name,
                "amount": format_money(self.owed, self.practice.locale).replace("\u00a0", " "),
                "address": self.address,
            }

    @property
    def whatsapp_url(self) -> str:
        """WhatsApp with the message ready, to the debtor's number where there is one."""
        return f"https://wa.me/{self._number.removeprefix('+')}?text={quote(self.text, safe='')}"

    @property
    def sms_url(self) -> str:
        """The phone's own messages with the message ready."""
        return f"sms:{self._number}?body={quote(self.text, safe='')}"

    @cached_property
    def code(self) -> Picture:
        """The address as a QR code, drawn here: no third party turns a pay link into a picture."""
        return picture_of(self.address)

    @property
    def _number(self) -> str:
        holder = self.debtor.guarantor or self.debtor.patient
        number = holder.phone if holder is not None else ""
        return number if INTERNATIONAL.fullmatch(number) else ""


def picture_of(address: str) -> Picture:
    """An address as a QR code that is still read with a seventh of it dirty."""
    matrix = segno.make(address, error="m", micro=False).matrix
    squares = "".join(
        f"M{x + MARGIN} {y + MARGIN}h1v1h-1z"
        for y, row in enumerate(matrix)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return Picture(squares, len(matrix) + 2 * MARGIN)
