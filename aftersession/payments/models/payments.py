# SPDX-License-Identifier: Apache-2.0
"""Connections, pay pages, attempts, money and what it settles."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import InvoiceShare
from aftersession.coverage.models import Payer
from aftersession.documents.models import Document
from aftersession.lib.codes import new_code
from aftersession.lib.guards import AppendOnly, Frozen, Graph, NoDelete
from aftersession.lib.money import Money
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.tenancy import TenantModel


class ConnectionState(models.TextChoices):
    ACTIVE = "active", _("Connected")
    PAUSED = "paused", _("Paused")
    DISCONNECTED = "disconnected", _("Not connected")


class ProviderConnection(TenantModel):
    """A practice's account with a payment partner. `sealed_secrets` opens only with the connection keys.

    `checked_at` is when the partner last said whose keys these are and `check_problem` why it did not since;
    `currencies` are those it told, parted by spaces. While `keys_changed_at` is set, notices signed with the
    keys before are taken as well. Secrets are wiped once nothing of a disconnected account is under way.
    `swept_at` is when all that the partner has was last gone through, `sweep_after` when to try again.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=24)
    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4, default="test")
    state = models.CharField(max_length=12, choices=ConnectionState.choices, default=ConnectionState.ACTIVE)
    is_default = models.BooleanField(default=False)
    sealed_secrets = models.TextField()
    created_at = models.DateTimeField()
    rejected_notices = models.PositiveIntegerField(default=0)
    currencies = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField(null=True)
    check_problem = models.CharField(max_length=60, blank=True)
    keys_changed_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)
    swept_at = models.DateTimeField(null=True)
    sweep_after = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice"], condition=models.Q(is_default=True), name="connection_default_once"
            ),
            # A partner may name an account the same in test and live mode: they are two connections.
            models.UniqueConstraint(
                fields=["practice", "kind", "account", "mode"], name="connection_account_once"
            ),
        ]

    @property
    def is_test(self) -> bool:
        """Whether no real money moves."""
        return self.mode == "test"


class PaymentLink(TenantModel):
    """The address of our pay page: for one share, or for all that a client or responsible person owes.

    The token is derived from a key, never stored. A revoked address answers like one that never was, or
    says what became of its invoice. `version` is part of what the token is derived from: a link that is
    to get another address gets another version. `connection` is the partner that was chosen for it; None is
    the practice's default at the time the payer presses Pay.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, null=True, related_name="payment_links")
    # Whose account it opens, where it is not for one share.
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    guarantor = models.ForeignKey(Guarantor, on_delete=models.PROTECT, null=True, related_name="+")
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    key_id = models.CharField(max_length=16)
    token_sha256 = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, default="pay")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    first_used_at = models.DateTimeField(null=True)

    guards = (NoDelete(),)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["share"], condition=models.Q(revoked_at__isnull=True), name="payment_link_live_once"
            ),
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(revoked_at__isnull=True), name="account_link_live_once"
            ),
            models.UniqueConstraint(
                fields=["guarantor"],
                condition=models.Q(revoked_at__isnull=True),
                name="guarantor_link_live_once",
            ),
            models.CheckConstraint(
                condition=models.Q(share__isnull=False, patient=None, guarantor=None)
                | models.Q(share=None, patient__isnull=False, guarantor=None)
                | models.Q(share=None, patient=None, guarantor__isnull=False),
                name="payment_link_opens_one",
            ),
        ]


class AttemptState(models.TextChoices):
    CREATED = "created", _("Started")
    PENDING = "pending", _("At the partner")
    UNKNOWN = "unknown", _("In doubt")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Failed")
    ABANDONED = "abandoned", _("Abandoned")
    EXPIRED = "expired", _("Expired")


ATTEMPT_EDGES: dict[str, tuple[str, ...]] = {
    "created": ("pending", "unknown", "succeeded", "failed", "abandoned", "expired"),
    "pending": ("unknown", "succeeded", "failed", "abandoned", "expired"),
    "unknown": ("pending", "succeeded", "failed", "abandoned", "expired"),
    # Late success is real money: it is never dropped.
    "failed": ("succeeded",),
    "abandoned": ("succeeded",),
    "expired": ("succeeded",),
    "succeeded": (),
}


class PaymentAttempt(TenantModel):
    """One try to pay at a partner: committed, with its reference, before the first byte leaves.

    `share` is the first of what it is meant to settle; `parts` are all of it, and sum to the amount.
    `external_id` is the checkout's at the partner; `payer_email` what a partner that demands one was given.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    reference = models.CharField(max_length=40, unique=True)
    link = models.ForeignKey(PaymentLink, on_delete=models.PROTECT, related_name="attempts")
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="payment_attempts")
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=9, choices=AttemptState.choices, default=AttemptState.CREATED)
    external_id = models.CharField(max_length=80, blank=True)
    checkout_url = models.CharField(max_length=2000, blank=True)
    payer_email = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    checks = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=120, blank=True)

    guards = (
        NoDelete(),
        Graph("state", ATTEMPT_EDGES),
        Frozen("state", (), ("reference", "amount_minor", "currency", "share_id", "connection_id")),
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(next_check_at__isnull=False),
                name="attempt_to_check",
            ),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class AttemptPart(TenantModel):
    """What an attempt is meant to settle of one share, as the payer was told before paying."""

    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, related_name="parts")
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="attempt_parts")
    amount_minor = models.BigIntegerField()

    guards = (AppendOnly(),)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "share"], name="attempt_part_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="attempt_part_is_something"),
        ]


class PaymentMethod(models.TextChoices):
    CASH = "cash", _("Cash")
    TRANSFER = "transfer", _("Transfer")
    CARD_MACHINE = "card_machine", _("Card machine")
    OTHER = "other", _("Other")
    ONLINE = "online", _("Online")
    INSURER = "insurer", _("Insurer")


class PaymentState(models.TextChoices):
    RECORDED = "recorded", _("Received")
    REVERSED = "reversed", _("Reversed")


class TrayReason(models.TextChoices):
    """Why money settles nothing yet. It stays in sight until somebody decides."""

    AMOUNT_DIFFERS = "amount_differs", _("The amount differs from what was asked")
    NOTHING_OPEN = "nothing_open", _("Nothing was open any more")
    UNKNOWN_REFERENCE = "unknown_reference", _("The reference is not known")
    CURRENCY_DIFFERS = "currency_differs", _("The currency differs")
    MORE_THAN_OPEN = "more_than_open", _("More came in than was open")
    IN_ADVANCE = "in_advance", _("Paid in advance")
    RELEASED = "released", _("Freed by a correction")
    REFUND_FAILED = "refund_failed", _("A refund did not go through")
    DISPUTE_WON = "dispute_won", _("A dispute was won")
    TAKEN_IN = "taken_in", _("Found at the partner")


USED = (
    models.F("allocated_minor")
    + models.F("refunded_minor")
    + models.F("refunding_minor")
    + models.F("disputed_minor")
)
"""What of a payment is spoken for, as an expression on its columns."""
UNUSED = models.Q(state="recorded", amount_minor__gt=USED)
"""Payments of which something settles nothing yet."""


class Payment(TenantModel):
    """Money that came in. What it settles are its allocations; the rest stays visible, never dropped.

    `patient` is whose account it came for; `guarantor` or `payer` is set when it is that party's money.
    `connection` is the partner's account that holds it, for money that came online.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    method = models.CharField(max_length=12, choices=PaymentMethod.choices)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="payments")
    guarantor = models.ForeignKey(Guarantor, on_delete=models.PROTECT, null=True, related_name="payments")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, related_name="+")
    from_name = models.CharField(max_length=240)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    received_on = models.DateField()
    reference = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=9, choices=PaymentState.choices, default=PaymentState.RECORDED)
    allocated_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    refunding_minor = models.BigIntegerField(default=0)  # asked back of a partner, not confirmed yet
    disputed_minor = models.BigIntegerField(default=0)  # taken back by a partner, in disputes not won
    is_disputed = models.BooleanField(default=False)  # a dispute is open: nothing else may go back
    fee_minor = models.BigIntegerField(null=True)  # what the partner keeps of it, once it says
    tray_reason = models.CharField(max_length=20, choices=TrayReason.choices, blank=True)
    attempt = models.ForeignKey(PaymentAttempt, on_delete=models.PROTECT, null=True, related_name="payments")
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, null=True, related_name="+")
    provider = models.CharField(max_length=24, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=160)
    reversed_at = models.DateTimeField(null=True)
    reversal_reason = models.CharField(max_length=300, blank=True)

    guards = (
        NoDelete(),
        Graph("state", {"recorded": ("reversed",), "reversed": ()}),
        Frozen("state", (), ("amount_minor", "currency", "method", "received_on", "external_id")),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    amount_minor__gt=0,
                    allocated_minor__gte=0,
                    refunded_minor__gte=0,
                    refunding_minor__gte=0,
                    disputed_minor__gte=0,
                )
                & models.Q(amount_minor__gte=USED),
                name="payment_never_overused",
            ),
            models.UniqueConstraint(
                fields=["connection", "external_id"],
                condition=~models.Q(external_id=""),
                name="payment_external_once",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "-received_on", "-id"], name="payment_newest"),
            models.Index(fields=["practice", "patient", "-received_on"], name="payment_of_patient"),
            models.Index(
                fields=["practice"],
                condition=models.Q(state="recorded", amount_minor__gt=USED),
                name="payment_in_tray",
            ),
            models.Index(
                fields=["practice", "patient"],
                condition=models.Q(state="recorded", amount_minor__gt=USED),
                name="payment_credit_of_patient",
            ),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def unallocated_minor(self) -> int:
        """What of it settles nothing yet (a reversed payment has nothing left)."""
        if self.state == PaymentState.REVERSED:
            return 0
        spoken_for = self.allocated_minor + self.refunded_minor + self.refunding_minor + self.disputed_minor
        return self.amount_minor - spoken_for

    @property
    def unallocated(self) -> Money:
        return Money(self.unallocated_minor, self.currency)


class Allocation(TenantModel):
    """A payment settling a part of a share. Undoing writes a second row with the amount negated."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="allocations")
    amount_minor = models.BigIntegerField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    at = models.DateTimeField()

    guards = (AppendOnly(),)


class Receipt(TenantModel):
    """The numbered proof of one payment. Its own series (RCT)."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    series = models.CharField(max_length=8, default="RCT")
    number = models.PositiveBigIntegerField()
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="receipt")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    guards = (AppendOnly(),)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "series", "number"], name="receipt_number_once"),
        ]
        indexes = [models.Index(fields=["practice", "-number"], name="receipt_newest")]

    @property
    def number_label(self) -> str:
        return f"{self.series}-{self.number:06d}"
