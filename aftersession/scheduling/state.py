# SPDX-License-Identifier: Apache-2.0
"""The life of an appointment, moved by compare-and-set: whoever comes second is told who was first."""

from django.db.models import Q
from django.utils.translation import gettext as _

from aftersession.lib import clock
from aftersession.lib.errors import AlreadyDone, InvalidTransition
from aftersession.practices.actors import Actor
from aftersession.scheduling.models import Appointment, AppointmentStatus
from aftersession.scheduling.wording import day_name


def move(
    appointment: Appointment,
    *,
    start: AppointmentStatus,
    end: AppointmentStatus,
    actor: Actor,
    reason: str = "",
    condition: Q | None = None,
) -> None:
    """Take the appointment from one status to another, if it still is in the first.

    Raises AlreadyDone, naming who and when, if it already is in the second, and InvalidTransition
    for everything else. `appointment` shows the new state afterwards.
    """
    now = clock.now()
    rows = Appointment.objects.filter(pk=appointment.pk, status=start)
    changed = rows.filter(condition or Q()).update(
        status=end, status_reason=reason, status_at=now, status_by=actor.label
    )
    if not changed:
        raise refusal(appointment, end)
    appointment.status, appointment.status_reason = end, reason
    appointment.status_at, appointment.status_by = now, actor.label


def refusal(appointment: Appointment, wanted: AppointmentStatus | None = None) -> InvalidTransition:
    """Why an appointment cannot take the step to `wanted` (or move at all), from what it is now."""
    appointment.refresh_from_db()
    at = clock.local(appointment.status_at, appointment.time_zone)
    facts = {"who": appointment.status_by, "time": f"{at:%H:%M}", "day": day_name(at.date())}
    if appointment.status == wanted:
        return AlreadyDone(_done_already(wanted) % facts)
    if appointment.status == AppointmentStatus.BOOKED and appointment.ends_at <= clock.now():
        return InvalidTransition(
            _("This session has ended. Complete it, or mark it as missed."), code="ended"
        )
    if appointment.status == AppointmentStatus.BOOKED:
        starts = appointment.starts_local
        return InvalidTransition(
            _("This session has not begun yet: it starts at %(time)s on %(day)s.")
            % {"time": f"{starts:%H:%M}", "day": day_name(starts.date())},
            code="not_started",
        )
    return InvalidTransition(_wrong_state(AppointmentStatus(appointment.status)) % facts)


def _done_already(status: AppointmentStatus) -> str:
    return {
        AppointmentStatus.FULFILLED: _("Already completed by %(who)s at %(time)s on %(day)s."),
        AppointmentStatus.CANCELLED: _("Already cancelled by %(who)s at %(time)s on %(day)s."),
        AppointmentStatus.NO_SHOW: _("Already marked as missed by %(who)s at %(time)s on %(day)s."),
    }.get(status, _("Already open again: %(who)s changed it at %(time)s on %(day)s."))


def _wrong_state(status: AppointmentStatus) -> str:
    return {
        AppointmentStatus.FULFILLED: _(
            "This session was completed by %(who)s at %(time)s on %(day)s. Nothing was changed."
        ),
        AppointmentStatus.CANCELLED: _(
            "This appointment was cancelled by %(who)s at %(time)s on %(day)s. Nothing was changed."
        ),
        AppointmentStatus.NO_SHOW: _(
            "This session was marked as missed by %(who)s at %(time)s on %(day)s. Nothing was changed."
        ),
    }.get(status, _("This appointment was only requested. Book it first."))
