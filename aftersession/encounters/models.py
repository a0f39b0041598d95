# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, Graph, NoDelete
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practitioner
from aftersession.practices.tenancy import TenantModel
from aftersession.scheduling.models import Appointment, Attendee, PaymentType


class EncounterState(models.TextChoices):
    LIVE = "live", _("Completed")
    REOPENED = "reopened", _("Reopened")


class Encounter(TenantModel):
    """A session that took place: the completion record. At most one is live for an attendance.

    `no_charge_reason` says why nothing is billed for it, where nothing is.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="encounters")
    attendee = models.ForeignKey(Attendee, on_delete=models.PROTECT, related_name="encounters")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters")
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    service_on = models.DateField()
    payment_type = models.CharField(max_length=12, choices=PaymentType.choices)
    state = models.CharField(max_length=8, choices=EncounterState.choices, default=EncounterState.LIVE)
    completed_at = models.DateTimeField()
    completed_by = models.CharField(max_length=160)
    no_charge_reason = models.CharField(max_length=300, blank=True)
    reopened_at = models.DateTimeField(null=True)

    guards = (
        NoDelete(),
        Graph("state", {"live": ("reopened",), "reopened": ()}),
        Frozen(
            "state", (), ("appointment_id", "attendee_id", "patient_id", "completed_at", "no_charge_reason")
        ),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["attendee"], condition=models.Q(state="live"), name="encounter_live_once"
            ),
        ]
        indexes = [models.Index(fields=["practice", "patient", "-service_on"], name="encounter_of_patient")]


class Charge(TenantModel):
    """One billable service of a session."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="charges")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=200)
    procedure_code = models.CharField(max_length=16, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    guards = (NoDelete(),)


class EncounterDiagnosis(TenantModel):
    """A diagnosis of a session, in order; the first is primary."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="diagnoses")
    position = models.PositiveSmallIntegerField()
    system = models.CharField(max_length=16)
    diagnosis_code = models.CharField(max_length=12)
    title = models.CharField(max_length=300)

    guards = (NoDelete(),)

    class Meta:
        ordering = ["position"]


class WorkingCopy(TenantModel):
    """What somebody has typed into *Mark session complete* so far, kept on the server.

    One for each appointment and person: a reload, the back button or another device shows it again.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "member"], name="working_copy_once"),
        ]
