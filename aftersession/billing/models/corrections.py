# SPDX-License-Identifier: Apache-2.0
"""What changes an issued invoice without touching it: each a row of its own, written once, with its reason."""

from django.db import models

from aftersession.billing.models.invoices import Invoice, InvoiceLine
from aftersession.billing.models.shares import InvoiceShare
from aftersession.documents.models import Document
from aftersession.lib.codes import new_code
from aftersession.lib.guards import AppendOnly
from aftersession.lib.money import Money
from aftersession.practices.tenancy import TenantModel


class CreditNote(TenantModel):
    """The numbered paper that takes back an invoice, all of it or a part. Its own series (CRN).

    Amounts are minor units of `currency` and positive; never more than what is left of the invoice, per
    line and so per tax rate.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    series = models.CharField(max_length=8, default="CRN")
    number = models.PositiveBigIntegerField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=160)

    guards = (AppendOnly(),)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "series", "number"], name="credit_note_number_once"),
            models.CheckConstraint(
                condition=models.Q(
                    total_minor=models.F("net_minor") + models.F("tax_minor"), total_minor__gt=0
                )
                & models.Q(net_minor__gte=0, tax_minor__gte=0),
                name="credit_note_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["practice", "-number"], name="credit_note_newest")]

    def __str__(self) -> str:
        return self.number_label

    @property
    def number_label(self) -> str:
        """CRN-000042."""
        return f"{self.series}-{self.number:06d}"

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


class CreditNoteLine(TenantModel):
    """What a credit note takes back of one line of its invoice, in minor units."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credits")
    tax_rate_bp = models.PositiveIntegerField(default=0)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()

    guards = (AppendOnly(),)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "invoice_line"], name="credit_note_line_once"),
            models.CheckConstraint(
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor"))
                & models.Q(net_minor__gte=0, tax_minor__gte=0),
                name="credit_note_line_adds_up",
            ),
        ]


class CreditNoteShare(TenantModel):
    """What a credit note takes off one share, in minor units.

    `document` is that debtor's own paper, where several owe; one debtor alone has the credit note itself.
    """

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="shares")
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="credits")
    amount_minor = models.BigIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")

    guards = (AppendOnly(),)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "share"], name="credit_note_share_once"),
        ]


class WriteOff(TenantModel):
    """What a practice no longer expects of a share, and why. Undoing writes a second row, negated."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="write_offs")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    guards = (AppendOnly(),)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.share.currency)


class ShareTransfer(TenantModel):
    """A part of what one debtor owed of an invoice, moved to another one of it. Moving it back is a second row."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    from_share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="transfers_out")
    to_share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="transfers_in")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    guards = (AppendOnly(),)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0) & ~models.Q(from_share=models.F("to_share")),
                name="transfer_moves_something",
            ),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.from_share.currency)
