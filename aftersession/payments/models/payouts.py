# SPDX-License-Identifier: Apache-2.0
"""What partners pay out to the bank, and money at partners that nothing here explains."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, Graph, NoDelete
from aftersession.lib.money import Money
from aftersession.payments.models.disputes import Dispute
from aftersession.payments.models.payments import Payment, ProviderConnection
from aftersession.payments.models.refunds import Refund
from aftersession.practices.tenancy import TenantModel


class Payout(TenantModel):
    """One settlement of a partner to the practice's bank account; `amount_minor` is what reaches it.

    `fees_minor` is what the books have as costs with it: what the partner kept, but for fees that were
    posted before. Both together left the partner's account in the books. `returned_at` is when the partner said
    that it failed after all: the amount is back on the partner's account, the fees are not.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    paid_on = models.DateField()
    recorded_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    guards = (
        NoDelete(),
        Frozen("external_id", (), ("connection_id", "external_id", "amount_minor", "currency")),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="payout_external_once"),
        ]
        indexes = [models.Index(fields=["practice", "-paid_on", "-id"], name="payout_newest")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fees(self) -> Money:
        return Money(self.fees_minor, self.currency)


class LineKind(models.TextChoices):
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    DISPUTE = "dispute", _("Dispute")
    FEE = "fee", _("Fee")
    RETURNED = "returned", _("Payout that came back")
    OTHER = "other", _("Other")


class PayoutLine(TenantModel):
    """One thing a payout is made of, tied to our own row of it where there is one.

    `amount_minor` is gross, negative for money that went back; `fee_minor` was taken off it.
    """

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=8, choices=LineKind.choices)
    external_id = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="payout_lines")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="payout_lines")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, null=True, related_name="payout_lines")
    returned = models.ForeignKey(Payout, on_delete=models.PROTECT, null=True, related_name="later_lines")

    guards = (
        NoDelete(),
        Frozen("kind", (), ("payout_id", "kind", "external_id", "amount_minor", "fee_minor")),
    )

    class Meta:
        ordering = ["pk"]


class StrayReason(models.TextChoices):
    """Why money at a partner is in nobody's account here."""

    UNKNOWN_REFERENCE = "unknown_reference", _("It was not begun on a pay page of this practice")
    WRONG_ACCOUNT = "wrong_account", _("It is of another account, or of test mode")
    TEST_MONEY = "test_money", _("It is of test mode: no money moved")


class StrayState(models.TextChoices):
    OPEN = "open", _("Needs a look")
    TAKEN_IN = "taken_in", _("Taken in")
    SET_ASIDE = "set_aside", _("Set aside")


class StrayPayment(TenantModel):
    """A payment at a partner that settles no attempt of ours: kept in sight until somebody decides.

    It is not in the books: it may be of another business of the same account. Taken in, it becomes a
    `payment`; set aside, `note` says why.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=80)
    reference = models.CharField(max_length=120, blank=True)
    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField(null=True)
    paid_on = models.DateField()
    reason = models.CharField(max_length=20, choices=StrayReason.choices)
    state = models.CharField(max_length=9, choices=StrayState.choices, default=StrayState.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="stray")

    guards = (
        NoDelete(),
        Graph(
            "state", {"open": ("taken_in", "set_aside"), "set_aside": ("open", "taken_in"), "taken_in": ()}
        ),
        Frozen("state", (), ("connection_id", "external_id", "amount_minor", "currency")),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "external_id"], name="stray_external_once"),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
