# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.guards import AppendOnly
from aftersession.practices.tenancy import TenantModel


class Account(models.TextChoices):
    """The chart of accounts: fixed, because every practice keeps the same books here."""

    CLIENT_RECEIVABLE = "client_receivable", _("Owed by clients")
    PAYER_RECEIVABLE = "payer_receivable", _("Owed by insurers")
    INCOME = "income", _("Fees")
    TAX_OUTPUT = "tax_output", _("Tax charged")
    BANK = "bank", _("Bank")
    CASH = "cash", _("Cash")
    CARD_CLEARING = "card_clearing", _("Card machine, on its way")
    PARTNER_CLEARING = "partner_clearing", _("Payment partner, on its way")
    PARTNER_FEES = "partner_fees", _("Payment partners' fees")
    UNALLOCATED = "unallocated", _("Received, not yet used")
    WRITE_OFFS = "write_offs", _("Written off")
    DEFERRED_INCOME = "deferred_income", _("Paid in advance, still to be given")


class Entry(TenantModel):
    """One event in the books: its lines sum to zero. Never changed; a mistake is met by its opposite."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=32)
    source_code = models.CharField(max_length=16, blank=True)  # public code of the paper or row it tells of
    reason = models.CharField(max_length=300, blank=True)
    actor_label = models.CharField(max_length=160)

    guards = (AppendOnly(),)


class Line(TenantModel):
    """One side of an entry. `amount_minor` is positive for a debit, negative for a credit.

    `share`, `payment`, `patient` and `payer` are public codes of what it concerns: the books stand
    below billing and know no invoice.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    account = models.CharField(max_length=20, choices=Account.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    share_code = models.CharField(max_length=16, blank=True)
    payment_code = models.CharField(max_length=16, blank=True)
    patient_code = models.CharField(max_length=16, blank=True)
    payer_code = models.CharField(max_length=16, blank=True)

    guards = (AppendOnly(),)

    class Meta:
        indexes = [
            models.Index(
                fields=["practice", "share_code"], condition=~models.Q(share_code=""), name="line_of_share"
            ),
            models.Index(
                fields=["practice", "payment_code"],
                condition=~models.Q(payment_code=""),
                name="line_of_payment",
            ),
            # A client's account is read from its newest entry back. Which account of the chart is no condition
            # of the index: SQLite does not see that a list of them holds.
            models.Index(
                fields=["practice", "patient_code", "-entry"],
                condition=~models.Q(patient_code=""),
                name="line_of_account",
            ),
            models.Index(
                fields=["practice", "payer_code", "-entry"],
                condition=~models.Q(payer_code=""),
                name="line_of_payer",
            ),
            models.Index(fields=["practice", "account", "-entry"], name="line_of_book"),
        ]
