# SPDX-License-Identifier: Apache-2.0
from aftersession.encounters.actions import reopen_encounter
from aftersession.encounters.models import Encounter
from aftersession.ledger.actions import post
from aftersession.messaging.actions import cancel_waiting
from aftersession.practices.actors import Actor
from aftersession.prepaid.packages import give_back
from aftersession.scheduling.actions import unfulfil


def reopen_session(encounter: Encounter, *, actor: Actor) -> str:
    """Take a completion back, inside a caller's transaction: the session is open again. Returns its code.

    A session that a package paid for goes back to the package.

    What became of its bill (or of the invoice that bills it from elsewhere) is the caller's part. Raises InvalidTransition if it was open again before.
    """
    reopen_encounter(encounter)
    unfulfil(encounter.appointment, actor=actor)
    post(give_back(encounter, actor=actor), actor=actor)
    cancel_waiting(about_kind="appointment", about_codes=[encounter.appointment.code])
    return encounter.appointment.code
