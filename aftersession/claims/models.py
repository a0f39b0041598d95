# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import Invoice, InvoiceLine, InvoiceShare
from aftersession.coverage.models import Coverage, Payer
from aftersession.documents.models import Document
from aftersession.lib.codes import new_code
from aftersession.lib.guards import AppendOnly, Frozen, Graph, NoDelete
from aftersession.practices.tenancy import TenantModel


class ClaimState(models.TextChoices):
    DRAFT = "draft", _("Not sent yet")
    SUBMITTED = "submitted", _("Submitted")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


class Claim(TenantModel):
    """The demand on an insurer for its share of an invoice.

    `safe_on` is the day to have it in without argument, `legal_on` the last day by law;
    `answer_due_on` when the insurer must have answered a submission.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="claims")
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="claims")
    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=ClaimState.choices, default=ClaimState.DRAFT)
    last_service_on = models.DateField()
    safe_on = models.DateField(null=True)
    legal_on = models.DateField(null=True)
    answer_due_on = models.DateField(null=True)
    submitted_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    guards = (
        NoDelete(),
        Graph(
            "state",
            {
                "draft": ("submitted", "answered", "closed"),
                # Cancelling its letter before it leaves takes a submission back.
                "submitted": ("answered", "closed", "draft"),
                # Reversing the insurer's payment takes its answer back.
                "answered": ("closed", "submitted", "draft"),
                "closed": ("submitted", "draft", "answered"),
            },
        ),
        Frozen("state", (), ("invoice_id", "share_id", "coverage_id", "payer_id", "last_service_on")),
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["share"], name="claim_once_a_share")]
        indexes = [models.Index(fields=["practice", "state", "legal_on", "id"], name="claim_worklist")]


class ClaimLine(TenantModel):
    """A line of a claim: the invoice line and what is charged for it."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    charge_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    guards = (AppendOnly(),)


class Submission(TenantModel):
    """A claim that left for the insurer: to whom, and exactly which document."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="submissions")
    channel = models.CharField(max_length=12, default="email")
    to_address = models.CharField(max_length=254)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    document_sha256 = models.CharField(max_length=64)
    message_code = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    guards = (AppendOnly(),)
