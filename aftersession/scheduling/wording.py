# SPDX-License-Identifier: Apache-2.0
"""How lists and sentences name clients, days and spans of time."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.patients.models import Patient


def client_names(patients: Sequence[Patient]) -> str:
    """ "Naledi Mokoena"; "Thabo and Karabo Sithole" where a family name is shared."""
    if not patients:
        return _("nobody")
    families = {patient.family_name for patient in patients}
    if len(patients) == 1 or len(families) > 1 or families == {""}:
        return join_names([patient.full_name for patient in patients])
    return f"{join_names([patient.given_names for patient in patients])} {families.pop()}"


def join_names(names: Sequence[str]) -> str:
    """ "Ann", "Ann and Ben", "Ann, Ben and Carl"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def day_name(day: date) -> str:
    """ "Monday 23 November", in the reader's language."""
    return formats.date_format(day, "l j F")


def day_heading(day: date, today: date) -> str:
    """A group's heading: "Today, Monday 23 November"; the year where it is another."""
    text = day_name(day) if day.year == today.year else formats.date_format(day, "l j F Y")
    if day == today:
        return _("Today, %(day)s") % {"day": text}
    return text


def time_label(moment: datetime, today: date) -> str:
    """ "12:50" today; "Fri 16:50" in the week before; "4 Nov 16:50" else. `moment` is local."""
    distance = (today - moment.date()).days
    if distance == 0:
        return f"{moment:%H:%M}"
    pattern = "D H:i" if 0 < distance < 7 else "j M H:i"
    return str(formats.date_format(moment, pattern))


def how_long_ago(then: date, today: date) -> str:
    """ "today", "yesterday", "4 days ago"."""
    days = (today - then).days
    if days <= 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def in_how_long(minutes: int) -> str:
    """ "in 50 min", "in 1 h 50", "in 2 h"; "now" once begun."""
    if minutes <= 0:
        return _("now")
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("in %(minutes)d min") % {"minutes": rest}
    if not rest:
        return _("in %(hours)d h") % {"hours": hours}
    return _("in %(hours)d h %(minutes)02d") % {"hours": hours, "minutes": rest}
