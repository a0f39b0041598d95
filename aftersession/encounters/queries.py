# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from collections.abc import Iterable
from typing import Any

from aftersession.encounters.models import Encounter, EncounterDiagnosis, EncounterState, WorkingCopy
from aftersession.practices.models import Member, Practice
from aftersession.scheduling.models import Appointment


def working_copy(appointment: Appointment, member: Member) -> dict[str, Any] | None:
    """What this person has typed into the completion of this appointment so far."""
    copy = WorkingCopy.objects.filter(appointment=appointment, member=member).first()
    return copy.data if copy else None


def live_encounter(appointment: Appointment) -> Encounter | None:
    """The completion record that stands, if the session is completed."""
    return (
        Encounter.objects.filter(appointment=appointment, state=EncounterState.LIVE)
        .select_related("patient", "practitioner")
        .first()
    )


def reasons_for_no_charge(appointments: Iterable[Appointment]) -> dict[str, str]:
    """Why nothing was billed, by the code of the appointment; only those for which nothing was. One query."""
    free = Encounter.objects.filter(appointment__in=list(appointments), state=EncounterState.LIVE)
    rows = free.exclude(no_charge_reason="").values_list("appointment__code", "no_charge_reason")
    return dict(rows)


def codes_used_lately(practice: Practice) -> Counter[str]:
    """How often each diagnosis code stands among the practice's latest 500."""
    latest = EncounterDiagnosis.objects.for_practice(practice).order_by("-id")
    return Counter(latest.values_list("diagnosis_code", flat=True)[:500])
