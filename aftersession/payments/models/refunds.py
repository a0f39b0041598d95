# SPDX-License-Identifier: Apache-2.0
"""Money given back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.documents.models import Document
from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, Graph, NoDelete
from aftersession.lib.money import Money
from aftersession.payments.models.payments import Payment
from aftersession.practices.tenancy import TenantModel


class RefundMethod(models.TextChoices):
    CASH = "cash", _("Cash")
    TRANSFER = "transfer", _("Transfer")
    CARD_MACHINE = "card_machine", _("Card machine")
    PARTNER = "partner", _("Payment partner")


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("Asked for at the partner")
    PENDING = "pending", _("On its way")
    DONE = "done", _("Paid back")
    FAILED = "failed", _("Failed")


class Refund(TenantModel):
    """Money of one payment given back, all or a part. Its own series (RFD).

    What is given back by hand is done at once. What a partner gives back is reserved on the payment
    (`refunding_minor`) until the partner says what became of it; the books move only then. One that somebody
    made at the partner (`is_made_there`) is written once it is done, and waits until staff have seen it.

    The `told_` columns are what a partner says that differs from what was asked for;
    `decided_at` is when somebody said which is true.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    series = models.CharField(max_length=8, default="RFD")
    number = models.PositiveBigIntegerField()
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=12, choices=RefundMethod.choices)
    refunded_on = models.DateField()
    reference = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=RefundState.choices, default=RefundState.DONE)
    external_id = models.CharField(max_length=80, blank=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=160)
    settled_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    checks = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=120, blank=True)
    told_minor = models.BigIntegerField(null=True)
    told_currency = models.CharField(max_length=3, blank=True)
    told_state = models.CharField(max_length=9, choices=RefundState.choices, blank=True)
    told_id = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    is_made_there = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True)

    guards = (
        NoDelete(),
        Graph(
            "state",
            {
                "requested": ("pending", "done", "failed"),
                "pending": ("done", "failed"),
                # A partner may bounce what it called paid.
                "done": ("failed",),
                "failed": (),
            },
        ),
        Frozen("state", (), ("number", "payment_id", "amount_minor", "currency", "method", "refunded_on")),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "series", "number"], name="refund_number_once"),
            models.UniqueConstraint(
                fields=["payment", "external_id"],
                condition=~models.Q(external_id=""),
                name="refund_external_once",
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_gives_something"),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(next_check_at__isnull=False),
                name="refund_to_check",
            ),
        ]

    def __str__(self) -> str:
        return self.number_label

    @property
    def number_label(self) -> str:
        """RFD-000042."""
        return f"{self.series}-{self.number:06d}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def told(self) -> Money | None:
        """What its partner says that it comes to, where that differs from what was asked for."""
        return None if self.told_minor is None else Money(self.told_minor, self.told_currency)
