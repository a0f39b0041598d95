# SPDX-License-Identifier: Apache-2.0
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.messages import closing, greeting, letter_to
from aftersession.encounters.models import Encounter
from aftersession.lib.days import format_day
from aftersession.messaging.actions import Letter
from aftersession.practices.models import Practice
from aftersession.prepaid.models import Package


def use_letter(package: Package, encounter: Encounter, debtor: Debtor, practice: Practice) -> Letter:
    """What is left of a package after this session, to whoever pays for the client. It names no service."""
    with translation.override(debtor.language):
        facts = {
            "day": _day(encounter.service_on, practice),
            "left": package.left_count,
            "count": package.session_count,
            "until": _day(package.expires_on, practice),
            "practice": practice.name,
        }
        parts = [
            greeting(debtor),
            _("The session of %(day)s was paid from your package. %(left)d of %(count)d are left.") % facts,
            *([_("They can be used until %(until)s.") % facts] if package.expires_on else []),
            *closing(practice),
        ]
        subject = _("%(left)d of %(count)d sessions are left, %(practice)s") % facts
    return letter_to(
        debtor,
        kind="package",
        dedupe_key=f"package:{encounter.code}",
        subject=subject,
        parts=parts,
        about_kind="appointment",
        about_code=encounter.appointment.code,
        patient_code=encounter.patient.code,
    )


def _day(day: date | None, practice: Practice) -> str:
    return format_day(day, practice.locale) if day else ""
