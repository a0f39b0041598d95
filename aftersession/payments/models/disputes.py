# SPDX-License-Identifier: Apache-2.0
"""Money that a payer's bank asked back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import InvoiceShare
from aftersession.lib.codes import new_code
from aftersession.lib.guards import AppendOnly, Frozen, Graph, NoDelete
from aftersession.lib.money import Money
from aftersession.payments.models.payments import Payment, ProviderConnection
from aftersession.practices.tenancy import TenantModel


class DisputeState(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Dispute(TenantModel):
    """A payer's bank has taken a payment back, in whole or in part.

    `taken_minor` is what of the payment it took when it opened, `takings` what more of it since; the rest had
    gone back to the payer before, so the practice lost it. `fee_minor` is what the partner charges for it and the books have as a cost. `parts` are what it
    took off shares: what is won goes back there. `seen_at` is when staff put aside that it was lost or won.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=80)
    state = models.CharField(max_length=4, choices=DisputeState.choices, default=DisputeState.OPEN)
    amount_minor = models.BigIntegerField()
    taken_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    respond_by = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    guards = (
        NoDelete(),
        # A lost one can be won on appeal.
        Graph("state", {"open": ("won", "lost"), "won": (), "lost": ("won",)}),
        Frozen("state", (), ("payment_id", "external_id", "amount_minor", "taken_minor", "currency")),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="dispute_external_once"),
            models.CheckConstraint(
                condition=models.Q(
                    amount_minor__gt=0, taken_minor__gte=0, taken_minor__lte=models.F("amount_minor")
                ),
                name="dispute_takes_its_amount",
            ),
        ]
        indexes = [models.Index(fields=["practice", "state"], name="dispute_by_state")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)


class InquiryState(models.TextChoices):
    ASKED = "asked", _("Waits for an answer")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


class Inquiry(TenantModel):
    """A payer's bank asks about a payment. No money has moved, so nothing here is in the books.

    It closes when the bank lets it be, or when it becomes a dispute, which has the same `external_id`.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="inquiries")
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=InquiryState.choices, default=InquiryState.ASKED)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    respond_by = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    guards = (
        NoDelete(),
        Graph("state", {"asked": ("answered", "closed"), "answered": ("asked", "closed"), "closed": ()}),
        Frozen("state", (), ("payment_id", "external_id", "amount_minor", "currency")),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="inquiry_external_once"),
        ]
        indexes = [models.Index(fields=["practice", "state"], name="inquiry_by_state")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class TakingReason(models.TextChoices):
    """Why a dispute takes another amount of its payment than when it opened."""

    REFUND_FAILED = "refund_failed", _("A refund did not go through, so the bank has that money too")
    OTHER_WON = "other_won", _("Another dispute of the payment was won")
    GIVEN_BACK_TOO = "given_back_too", _("It was given back at the partner as well, so it is lost")


class DisputeTaking(TenantModel):
    """What a dispute takes of its payment beyond what it took when it opened; negative, what it takes less."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="takings")
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=16, choices=TakingReason.choices)
    at = models.DateTimeField()

    guards = (AppendOnly(),)

    class Meta:
        ordering = ["pk"]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.dispute.currency)


class DisputePart(TenantModel):
    """What a dispute took off one share."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="parts")
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="dispute_parts")
    amount_minor = models.BigIntegerField()

    guards = (AppendOnly(),)

    class Meta:
        ordering = ["pk"]
