# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.coverage.models import Coverage
from aftersession.documents.models import Document
from aftersession.encounters.models import Encounter
from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, FrozenWithParent, Graph, NoDelete
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.practices.models import Practitioner
from aftersession.practices.tenancy import TenantModel
from aftersession.scheduling.models import PaymentType


class NumberSequence(TenantModel):
    """The next number of one series. Locked last in a transaction, and only there moved on."""

    series = models.CharField(max_length=8)
    last_number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "series"], name="number_sequence_once"),
        ]


class InvoiceState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    VOID = "void", _("Void")
    DISCARDED = "discarded", _("Discarded")


class Invoice(TenantModel):
    """A bill. A draft has no number; once issued nothing on it changes (triggers see to it).

    Amounts are minor units of `currency` and include what `tax_minor` says. Settlement is not here:
    it hangs on the shares.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    state = models.CharField(max_length=9, choices=InvoiceState.choices, default=InvoiceState.DRAFT)
    series = models.CharField(max_length=8, default="INV")
    number = models.PositiveBigIntegerField(null=True)
    payment_type = models.CharField(max_length=12, choices=PaymentType.choices)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, null=True, related_name="invoices")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="invoices")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, null=True, related_name="+")
    authorisation_number = models.CharField(max_length=40, blank=True)

    currency = models.CharField(max_length=3)
    discount_kind = models.CharField(max_length=8, blank=True)
    discount_value = models.BigIntegerField(default=0)
    discount_reason = models.CharField(max_length=120, blank=True)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    is_tax_invoice = models.BooleanField(default=False)
    prices_include_tax = models.BooleanField(default=True)
    tax_policy = models.CharField(max_length=24, blank=True)
    diagnoses = models.JSONField(default=list)  # [{"system", "code", "title"}] in order

    service_on = models.DateField()
    issued_on = models.DateField(null=True)
    issued_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    payment_reference = models.CharField(max_length=16, blank=True)
    template = models.CharField(max_length=40, default="standard")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")
    paid_document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, related_name="+")

    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    superseded_at = models.DateTimeField(null=True)  # since when a corrected successor stands in its place

    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=160)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)

    guards = (
        NoDelete(),
        Graph(
            "state",
            {"draft": ("issued", "discarded"), "issued": ("void",), "void": (), "discarded": ()},
        ),
        Frozen(
            "state",
            ("draft",),
            (
                "series",
                "number",
                "payment_type",
                "encounter_id",
                "patient_id",
                "practitioner_id",
                "coverage_id",
                "authorisation_number",
                "currency",
                "discount_kind",
                "discount_value",
                "discount_reason",
                "net_minor",
                "tax_minor",
                "total_minor",
                "is_tax_invoice",
                "prices_include_tax",
                "tax_policy",
                "diagnoses",
                "service_on",
                "issued_on",
                "issued_at",
                "due_on",
                "payment_reference",
                "template",
                "document_id",
                "corrects_id",
            ),
        ),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "series", "number"], name="invoice_number_once"),
            models.UniqueConstraint(
                fields=["encounter"],
                condition=models.Q(state__in=["draft", "issued"], superseded_at__isnull=True),
                name="invoice_current_once",
            ),
            models.UniqueConstraint(
                fields=["practice", "payment_reference"],
                condition=~models.Q(payment_reference=""),
                name="invoice_reference_once",
            ),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("net_minor") + models.F("tax_minor"))
                & models.Q(net_minor__gte=0, tax_minor__gte=0),
                name="invoice_total_is_net_and_tax",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "discarded"], number__isnull=True)
                | models.Q(state__in=["issued", "void"], number__isnull=False),
                name="invoice_numbered_once_issued",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "-id"], name="invoice_newest"),
            models.Index(fields=["practice", "state", "-id"], name="invoice_by_state"),
            models.Index(fields=["practice", "patient", "-id"], name="invoice_of_patient"),
            models.Index(fields=["practice", "service_on"], name="invoice_by_service_day"),
        ]

    def __str__(self) -> str:
        return self.number_label or self.code

    @property
    def number_label(self) -> str:
        """INV-000042, or nothing while it is a draft."""
        return "" if self.number is None else f"{self.series}-{self.number:06d}"

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def ref(self) -> str:
        return f"invoice:{self.code}"


class InvoiceLine(TenantModel):
    """One position of an invoice. Written while the invoice is a draft, frozen with it.

    `discount_minor` is the line's own; `invoice_discount_minor` its part of the invoice's discount.
    `net_minor + tax_minor = gross_minor`, in the invoice's currency.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=200)
    procedure_code = models.CharField(max_length=16, blank=True)
    service_on = models.DateField()
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField()
    discount_kind = models.CharField(max_length=8, blank=True)
    discount_value = models.BigIntegerField(default=0)
    discount_reason = models.CharField(max_length=120, blank=True)
    discount_minor = models.BigIntegerField(default=0)
    invoice_discount_minor = models.BigIntegerField(default=0)
    tax_treatment = models.CharField(max_length=8)
    tax_rate_bp = models.PositiveIntegerField(default=0)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()

    guards = (FrozenWithParent("invoice_id", "billing_invoice", "state", ("draft",)),)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_once"),
            models.CheckConstraint(
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor"))
                & models.Q(net_minor__gte=0, tax_minor__gte=0, discount_minor__gte=0),
                name="invoice_line_adds_up",
            ),
        ]
