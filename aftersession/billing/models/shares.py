# SPDX-License-Identifier: Apache-2.0
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models.invoices import Invoice
from aftersession.coverage.models import Payer
from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, NoDelete
from aftersession.lib.money import Money
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.tenancy import TenantModel


class DebtorKind(models.TextChoices):
    PATIENT = "patient", _("Client")
    GUARANTOR = "guarantor", _("Responsible person")
    PAYER = "payer", _("Insurer")


SETTLED = (
    models.F("allocated_minor")
    + models.F("credited_minor")
    + models.F("written_off_minor")
    - models.F("transferred_minor")
)
"""What a share's amount must cover, as a condition on columns: transfers in make room, transfers out take it."""
OPEN = models.Q(amount_minor__gt=SETTLED)
OPEN_MINOR = models.F("amount_minor") - SETTLED


def due_before(day: date) -> models.Q:
    """Shares whose day to pay has passed on a day, as a condition on their columns and their invoice's."""
    return models.Q(due_on__lt=day) | models.Q(due_on=None, invoice__due_on__lt=day)


class InvoiceShare(TenantModel):
    """What one debtor owes of an invoice. Money hangs on shares: an invoice has one, or several once it is split.

    `amount_minor` is what was billed and never changes; `transferred_minor` is what came from (positive) or
    went to (negative) other shares of the invoice. That column and the three of what is settled move only
    by `SET x = x + ?` in the action that writes the matching rows, and never past what is due.
    `account` is the client on whose account it stands: the invoice's, kept here so that what a client owes
    is counted from open shares alone.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="shares")
    position = models.PositiveSmallIntegerField(default=1)
    debtor_kind = models.CharField(max_length=9, choices=DebtorKind.choices)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    guarantor = models.ForeignKey(Guarantor, on_delete=models.PROTECT, null=True, related_name="+")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="shares")
    debtor_name = models.CharField(max_length=240)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    transferred_minor = models.BigIntegerField(default=0)
    allocated_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)
    written_off_minor = models.BigIntegerField(default=0)
    # Its own day to pay, where it is not the invoice's: of a part that came to this debtor later.
    due_on = models.DateField(null=True)

    guards = (
        NoDelete(),
        Frozen("debtor_kind", (), ("invoice_id", "account_id", "debtor_kind", "amount_minor", "currency")),
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="share_position_once"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=SETTLED)
                & models.Q(
                    amount_minor__gte=0,
                    allocated_minor__gte=0,
                    credited_minor__gte=0,
                    written_off_minor__gte=0,
                ),
                name="share_never_oversettled",
            ),
            models.CheckConstraint(
                condition=models.Q(debtor_kind="patient", patient__isnull=False)
                | models.Q(debtor_kind="guarantor", guarantor__isnull=False)
                | models.Q(debtor_kind="payer", payer__isnull=False),
                name="share_has_its_debtor",
            ),
        ]
        indexes = [
            # Few shares are open at any time, however many there are: what is owed is counted from here.
            models.Index(
                fields=["practice", "debtor_kind", "invoice"],
                condition=OPEN,
                name="share_open",
            ),
            models.Index(
                fields=["practice", "account", "invoice"], condition=OPEN, name="share_open_of_account"
            ),
            models.Index(
                fields=["practice", "guarantor", "invoice"],
                condition=OPEN & models.Q(guarantor__isnull=False),
                name="share_open_of_guarantor",
            ),
        ]

    @property
    def pay_by(self) -> date | None:
        """The day by which this debtor is to pay: the invoice's, or the part's own if it came to them later."""
        return self.due_on or self.invoice.due_on

    @property
    def due_minor(self) -> int:
        """What this debtor had to pay in all: as billed, and what moved here or away since."""
        return self.amount_minor + self.transferred_minor

    @property
    def settled_minor(self) -> int:
        return self.allocated_minor + self.credited_minor + self.written_off_minor

    @property
    def open_minor(self) -> int:
        """What is still owed, if the invoice stands (a draft or void one owes nothing)."""
        return self.due_minor - self.settled_minor

    @property
    def open(self) -> Money:
        return Money(self.open_minor, self.currency)
