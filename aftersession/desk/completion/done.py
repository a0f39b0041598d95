# SPDX-License-Identifier: Apache-2.0
"""The sentences of the result page: what has happened, in the past tense only once it has."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.desk.billing.details import Details
from aftersession.lib import clock
from aftersession.lib.money import Money, format_money
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.models import Allocation
from aftersession.ui.formats import wall_time

UNDERWAY = (MessageState.WAITING, MessageState.SENDING)
UNDELIVERED = (MessageState.FAILED, MessageState.HELD)


@dataclass(frozen=True)
class Done:
    """A completed session as its bill stands now."""

    details: Details

    @property
    def letter(self) -> Message | None:
        """The newest letter about it that was not taken back."""
        letters = [each for each in self.details.messages if each.state != MessageState.CANCELLED]
        return letters[-1] if letters else None

    @property
    def payment(self) -> Allocation | None:
        """The money recorded with it, if it still counts."""
        rows = [
            row for row in self.details.settlements if row.undoes_id is None and not hasattr(row, "undone_by")
        ]
        return rows[-1] if rows else None

    @property
    def is_underway(self) -> bool:
        """Whether the page will soon say something else."""
        return self.letter is not None and self.letter.state in UNDERWAY

    @property
    def seconds_left(self) -> int:
        """How long the letter still waits; 0 once it may go."""
        letter = self.letter
        if letter is None or letter.state != MessageState.WAITING:
            return 0
        return max(0, round((letter.send_after - clock.now()).total_seconds()))

    @property
    def lead(self) -> SafeString:
        """The page's answer."""
        facts = self._facts()
        details, letter = self.details, self.letter
        if details.is_draft:
            return format_html(
                _(
                    '<b>{client}</b>’s session is completed. A draft over <b class="nw">{total}</b> waits for you.'
                ),
                **facts,
            )
        if letter is not None:
            return format_html(self._letter_text(letter), **facts)
        if details.is_insured:
            text = _(
                '<b>{number}</b> over <b class="nw">{total}</b> is issued and waits for <b>{debtor}</b>.'
                " Nothing was sent, to nobody."
            )
        elif self.payment:
            text = _(
                '<b class="nw">{paid}</b> from <b>{debtor}</b> is recorded on <b>{number}</b>. Nothing was sent.'
            )
        else:
            text = _("<b>{number}</b> is issued. Nothing was sent.")
        return format_html(text, **facts)

    @property
    def facts(self) -> Sequence[str]:
        """What else is true now, a line each."""
        details, facts = self.details, self._facts()
        lines = [_("The session moved from Open to Completed") + "."]
        if details.is_issued:
            lines.append(_("{number} is issued for {total}.").format(**facts))
        if self.payment:
            method = self.payment.payment.get_method_display()
            lines.append(_("{paid} recorded, paid by: {method}.").format(method=method, **facts))
        lines += [
            _("Receipt {number} is made.").format(number=each.number_label) for each in details.receipts
        ]
        if details.pay_address:
            lines.append(_("The pay page is open: it shows the amount, and nothing about health."))
        if details.is_insured and details.is_issued:
            lines.append(_("No payment link exists, and none can."))
        return lines

    def _letter_text(self, letter: Message) -> str:
        if letter.state in UNDERWAY:
            if self.payment:
                return _(
                    '<b class="nw">{paid}</b> from <b>{debtor}</b> is recorded.'
                    " Sending the receipt to <b>{address}</b>."
                )
            return _("Sending <b>{number}</b> to <b>{address}</b>.")
        if letter.state in UNDELIVERED:
            return _("<b>{number}</b> did not reach <b>{address}</b>. Nothing is lost: look at the message.")
        if self.payment and letter.kind == "receipt":
            return _(
                '<b class="nw">{paid}</b> from <b>{debtor}</b> is recorded.'
                " The receipt was sent to <b>{address}</b> at {time}."
            )
        return _("<b>{number}</b> was sent to <b>{address}</b> at {time}.")

    def _facts(self) -> dict[str, str]:
        details, practice, letter = self.details, self.details.practice, self.letter
        sent_at = letter.sent_at if letter else None
        paid = Money(self.payment.amount_minor if self.payment else 0, details.invoice.currency)
        return {
            "client": details.invoice.patient.full_name,
            "number": details.invoice.number_label,
            "debtor": details.share.debtor_name,
            "total": format_money(details.invoice.total, practice.locale),
            "paid": format_money(paid, practice.locale),
            "address": letter.to_address if letter else "",
            "time": wall_time(sent_at, practice.locale, practice.time_zone) if sent_at else "",
        }
