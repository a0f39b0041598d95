# SPDX-License-Identifier: Apache-2.0
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.catalog.models import Service
from aftersession.coverage.models import Coverage
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.guards import Graph, NoDelete, Statements
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.practices.models import Location, Practitioner
from aftersession.practices.tenancy import TenantModel


class AppointmentStatus(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    BOOKED = "booked", _("Booked")
    FULFILLED = "fulfilled", _("Completed")
    NO_SHOW = "no_show", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


class PaymentType(models.TextChoices):
    """Who pays, and how: it decides which buttons and which documents there are."""

    ONLINE = "online", _("Online")
    OTHER = "other", _("Other")
    INSURANCE = "insurance", _("Insurance")


STATUS_EDGES: dict[str, tuple[str, ...]] = {
    "requested": ("booked", "cancelled"),
    "booked": ("fulfilled", "no_show", "cancelled"),
    # Undoing a completion, or a missed mark made by mistake, opens the session again.
    "fulfilled": ("booked",),
    "no_show": ("booked",),
    "cancelled": (),
}

# What stands already does not overlap, so only the latest that begins before the new one ends can be in
# its way: one step in an index, where a search for any overlap would read the whole past.
_LATEST_END = (
    "SELECT other.ends_at FROM scheduling_appointment other"
    " WHERE other.practitioner_id = NEW.practitioner_id AND other.id IS NOT NEW.id"
    " AND other.status IN ('booked', 'fulfilled') AND NOT other.is_overbooked"
    " AND other.starts_at < NEW.ends_at ORDER BY other.starts_at DESC LIMIT 1"
)
_LIVE = "NEW.status IN ('booked', 'fulfilled') AND NOT NEW.is_overbooked"


def _sqlite_overlap(event: str, name: str) -> str:
    return (
        f'CREATE TRIGGER "guard_scheduling_overlap_{name}" BEFORE {event} ON scheduling_appointment '
        f"WHEN {_LIVE} AND NEW.starts_at < ({_LATEST_END}) "
        "BEGIN SELECT RAISE(ABORT, 'guard: scheduling_appointment: overlap'); END"
    )


class Appointment(TenantModel):
    """A planned visit. What it costs was copied from the service when it was booked.

    `starts_at` and `ends_at` are instants; `time_zone` keeps the zone they were meant in.
    *Open* is no state: it is a booked appointment whose end has passed. `is_prepaid`: an invoice of its own
    bills it already, so that completing it bills nothing twice.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    status = models.CharField(
        max_length=10, choices=AppointmentStatus.choices, default=AppointmentStatus.BOOKED
    )
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    is_overbooked = models.BooleanField(default=False)

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    service_name = models.CharField(max_length=120)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    tax_treatment = models.CharField(max_length=8)
    procedure_code = models.CharField(max_length=16, blank=True)
    payment_type = models.CharField(max_length=12, choices=PaymentType.choices)
    is_prepaid = models.BooleanField(default=False)

    status_reason = models.CharField(max_length=300, blank=True)
    status_at = models.DateTimeField()
    status_by = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField()

    guards = (
        NoDelete(),
        Graph("status", STATUS_EDGES),
        Statements(sqlite=(_sqlite_overlap("INSERT", "insert"), _sqlite_overlap("UPDATE", "update"))),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="appointment_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "status", "ends_at", "id"], name="appointment_queue"),
            models.Index(fields=["practice", "status", "starts_at", "id"], name="appointment_by_start"),
            models.Index(fields=["practitioner", "starts_at"], name="appointment_of_practitioner"),
            # The latest sessions of somebody, whatever became of them: the search reads it backwards.
            models.Index(fields=["practice", "starts_at", "id"], name="appointment_by_time"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def starts_local(self) -> datetime:
        return clock.local(self.starts_at, self.time_zone)

    @property
    def ends_local(self) -> datetime:
        return clock.local(self.ends_at, self.time_zone)

    def is_open_at(self, instant: datetime) -> bool:
        """Booked, over, and not yet dealt with."""
        return self.status == AppointmentStatus.BOOKED and self.ends_at <= instant


class Attendee(TenantModel):
    """A patient at an appointment: one row now, several for groups."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="attendees")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="attendances")
    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "patient"], name="attendee_once"),
        ]
