# SPDX-License-Identifier: Apache-2.0
"""What stands in the way of billing a session, seen from the list: a hint before the form is opened.

The checks that decide stand in the completion itself; these need no more than the list has loaded.
"""

from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from aftersession.coverage.models import Coverage
from aftersession.lib import clock
from aftersession.patients.models import Patient
from aftersession.practices.models import Practice
from aftersession.scheduling.models import Appointment, PaymentType


class AttendeeRow(Protocol):
    """An attendee as loaded for a list, with whether the patient has any policy in force."""

    is_covered: bool

    @property
    def patient(self) -> Patient: ...

    @property
    def coverage(self) -> Coverage | None: ...


@dataclass(frozen=True)
class Attendance:
    """An appointment and who comes to it."""

    appointment: Appointment
    attendees: list[AttendeeRow]


def warnings_of(practice: Practice, attendance: Attendance) -> tuple[str, ...]:
    """What to mend before the session can be billed as booked. No query: it reads what was loaded."""
    return tuple(_warnings(practice, attendance))


def _warnings(practice: Practice, attendance: Attendance) -> list[str]:
    kind = attendance.appointment.payment_type
    if kind == PaymentType.INSURANCE:
        return [text for each in attendance.attendees if (text := _coverage_gap(practice, each))]
    missing = [_mail_gap(practice, each.patient) for each in attendance.attendees]
    if kind == PaymentType.OTHER and not practice.bank_account_number:
        missing.append(_("No bank details in the settings"))
    return [text for text in missing if text]


def _coverage_gap(practice: Practice, attendee: AttendeeRow) -> str:
    words = practice.profile.words
    coverage = attendee.coverage
    if coverage is None:
        return "" if attendee.is_covered else _("No %(coverage)s on file") % {"coverage": words.coverage}
    if not coverage.member_number:
        return _("No %(number)s for %(payer)s") % {
            "number": words.member_number,
            "payer": coverage.payer.name,
        }
    return ""


def _mail_gap(practice: Practice, patient: Patient) -> str:
    """Online and Other are sent by e-mail, to the responsible person where there is one."""
    if patient.guarantor is not None:
        return (
            ""
            if patient.guarantor.email
            else _("No e-mail address for %(name)s") % {"name": patient.guarantor.full_name}
        )
    if patient.is_minor_on(clock.today(practice.time_zone)):
        return _("No responsible person on file")
    return "" if patient.email else _("No e-mail address on file")
