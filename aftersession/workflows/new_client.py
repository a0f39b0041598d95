# SPDX-License-Identifier: Apache-2.0
"""A client met for the first time while booking: the few facts that are known then."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.lib import clock
from aftersession.lib.errors import BadInput
from aftersession.patients.actions import make_findable
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practitioner


@dataclass(frozen=True, kw_only=True)
class NewClient:
    """What is asked of somebody new. Names and contacts are clean already.

    The last three are the responsible person, whom a minor needs.
    """

    given_names: str
    family_name: str = ""
    email: str = ""
    phone: str = ""
    born_on: date | None = None
    responsible_given_names: str = ""
    responsible_family_name: str = ""
    responsible_email: str = ""


def register_client(new: NewClient, *, practitioner: Practitioner, actor: Actor) -> Patient:
    """Write the client, and the responsible person if one is named, in the caller's transaction."""
    guarantor = _guarantor(new, actor)
    patient = Patient(
        practice=actor.practice,
        given_names=new.given_names,
        family_name=new.family_name,
        email=new.email,
        phone=new.phone,
        born_on=new.born_on,
        guarantor=guarantor,
        usual_practitioner=practitioner,
        created_at=clock.now(),
    )
    if guarantor is None and patient.is_minor_on(clock.today(actor.practice.time_zone)):
        raise BadInput(
            _("A client under eighteen needs a responsible person, who gets the bills."),
            field="responsible_given_names",
        )
    patient.save(force_insert=True)
    make_findable(patient)
    record_facts([Fact("patient.created", "patient", patient.code, patient_code=patient.code)], actor=actor)
    return patient


def _guarantor(new: NewClient, actor: Actor) -> Guarantor | None:
    if not new.responsible_given_names:
        return None
    guarantor: Guarantor = Guarantor.objects.create(
        practice=actor.practice,
        given_names=new.responsible_given_names,
        family_name=new.responsible_family_name,
        email=new.responsible_email,
    )
    return guarantor
