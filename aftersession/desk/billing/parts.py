# SPDX-License-Identifier: Apache-2.0
"""What one debtor owes of an invoice, as the invoice's page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.models import DebtorKind, InvoiceShare
from aftersession.desk.billing.reasons import Reason
from aftersession.desk.billing.sharing import Sharing
from aftersession.lib.money import Money, format_money
from aftersession.payments.links import address_of
from aftersession.payments.models import PaymentLink
from aftersession.practices.models import Practice


@dataclass(frozen=True)
class Figure:
    """A labelled amount of a share."""

    label: str
    amount: Money


@dataclass(frozen=True)
class DebtorPart:
    """One share with its debtor, the rows that make its balance, and what could settle it.

    `is_standing`: its invoice is issued and not replaced. `usable`: the debtor's unused money.
    """

    share: InvoiceShare
    debtor: Debtor
    reasons: Sequence[Reason]
    link: PaymentLink | None
    usable: Money
    is_standing: bool
    practice: Practice

    @property
    def name(self) -> str:
        return str(self.share.debtor_name)

    @property
    def is_insured(self) -> bool:
        return bool(self.share.debtor_kind == DebtorKind.PAYER)

    @property
    def who(self) -> str:
        """What this debtor is to the practice, in its own words."""
        words = self.practice.profile.words
        word = {
            DebtorKind.PATIENT: _("client"),
            DebtorKind.GUARANTOR: words.responsible_person,
            DebtorKind.PAYER: words.payer,
        }[DebtorKind(self.share.debtor_kind)]
        text = str(word)
        return text[:1].upper() + text[1:]

    @property
    def open(self) -> Money:
        return Money(self.share.open_minor if self.is_standing else 0, self.share.currency)

    @property
    def is_owed(self) -> bool:
        return self.open.minor > 0

    @property
    def is_shown(self) -> bool:
        """Whether it says anything: a share that everything was moved off stays for its rows alone."""
        return bool(self.share.amount_minor or self.share.due_minor or self.share.settled_minor)

    @property
    def figures(self) -> list[Figure]:
        """Due, and how it was settled; nothing that is nothing."""
        share, currency = self.share, self.share.currency
        rows = (
            (_("Due"), share.due_minor),
            (_("Paid"), share.allocated_minor),
            (_("Credited"), share.credited_minor),
            (_("Written off"), share.written_off_minor),
        )
        shown = [Figure(label, Money(minor, currency)) for label, minor in rows if minor or label == _("Due")]
        return [*shown, Figure(_("Open"), self.open)]

    @property
    def why_title(self) -> str:
        """The heading over the rows that make the balance."""
        return _("Why %(amount)s") % {"amount": format_money(self.open, self.practice.locale)}

    @property
    def usable_now(self) -> Money:
        """How much of the unused money would settle this."""
        return min(self.usable, self.open)

    @property
    def can_use_credit(self) -> bool:
        return self.usable_now.minor > 0

    @property
    def has_actions(self) -> bool:
        """Whether something can be done about this part alone."""
        return self.is_owed or (self.is_standing and not self.is_insured and self.share.due_minor > 0)

    @property
    def pay_address(self) -> str:
        """Where this debtor can pay online, if there is such a page and something to pay."""
        return address_of(self.link) if self.link is not None and self.is_owed else ""

    @cached_property
    def sharing(self) -> Sharing | None:
        """The same to be handed over by hand."""
        if self.link is None or not self.is_owed:
            return None
        return Sharing(self.link, self.debtor, self.practice, self.open)
