# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import InvoiceShare
from aftersession.lib.codes import new_code
from aftersession.lib.guards import AppendOnly, Frozen, NoDelete
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import TenantModel

LONGEST_DAYS = 365


class ReminderStep(TenantModel):
    """One step of a practice's ladder: a letter, so many days after the invoice was sent.

    Empty words stand for the product's own, in the language of whoever owes. A step that is removed
    stays for the reminders that came of it.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    days = models.PositiveSmallIntegerField()
    is_on = models.BooleanField(default=True)
    subject = models.CharField(max_length=120, blank=True)
    body = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)

    guards = (NoDelete(),)

    class Meta:
        ordering = ["days"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "days"],
                condition=models.Q(removed_at__isnull=True),
                name="reminder_step_day_once",
            ),
            models.CheckConstraint(
                condition=models.Q(days__gte=1, days__lte=LONGEST_DAYS), name="reminder_step_has_its_day"
            ),
        ]


class HoldKind(models.TextChoices):
    PROMISE = "promise", _("Promised to pay")
    DISPUTE = "dispute", _("Disputed")
    PAUSE = "pause", _("Paused")


class Hold(TenantModel):
    """Why nobody is reminded for now: of one share, or of anything on a client's account.

    In force through `until_on`, without one until it is lifted. A promise always has its day.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=7, choices=HoldKind.choices)
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, null=True, related_name="holds")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="holds")
    reason = models.CharField(max_length=300, blank=True)
    until_on = models.DateField(null=True)
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=160)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=160, blank=True)

    guards = (
        NoDelete(),
        Frozen("kind", (), ("kind", "share_id", "patient_id", "reason", "until_on", "placed_at")),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(share__isnull=False, patient__isnull=True)
                | models.Q(share__isnull=True, patient__isnull=False, kind="pause"),
                name="hold_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="promise") | models.Q(until_on__isnull=False),
                name="promise_has_its_day",
            ),
            models.UniqueConstraint(
                fields=["share", "kind"],
                condition=models.Q(lifted_at__isnull=True, share__isnull=False),
                name="hold_once_a_share",
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(lifted_at__isnull=True, patient__isnull=False),
                name="hold_once_a_client",
            ),
        ]


class Reminder(TenantModel):
    """A reminder that was put into the outbox: of which share, by which step, to whom, on which day.

    The two constraints are the promise: no step twice for a share, no two on one day for whoever owes.
    `days` keeps how far up the ladder it was, whatever becomes of the step; none for one beyond it.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    share = models.ForeignKey(InvoiceShare, on_delete=models.PROTECT, related_name="reminders")
    step = models.ForeignKey(ReminderStep, on_delete=models.PROTECT, null=True, related_name="reminders")
    days = models.PositiveSmallIntegerField(null=True)
    debtor_ref = models.CharField(max_length=40)
    reminded_on = models.DateField()
    open_minor = models.BigIntegerField()
    message_code = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    guards = (AppendOnly(),)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["share", "step"], name="reminder_once_a_step"),
            models.UniqueConstraint(
                fields=["practice", "debtor_ref", "reminded_on"], name="reminder_once_a_day"
            ),
        ]
