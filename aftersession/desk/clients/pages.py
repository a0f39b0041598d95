# SPDX-License-Identifier: Apache-2.0
"""The list of clients: its address, its rows, its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.patients.queries import PatientPage, count_patients
from aftersession.practices.models import Member

COUNTED = 1000


@dataclass(frozen=True)
class ClientChoice:
    """What the reader asked for; whatever else stands in the address is not looked at."""

    search: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the parameters of an address; never raises."""
        return cls(
            search=_plain(query.get("q", ""), 100),
            after=_plain(query.get("after", ""), 16),
            before=_plain(query.get("before", ""), 16),
        )


def page_links(choice: ClientChoice, page: PatientPage) -> dict[str, str]:
    """Where the neighbouring pages are; empty where there is none."""
    return {
        "next": _url(choice, after=page.after) if page.after else "",
        "previous": _url(choice, before=page.before) if page.before else "",
    }


def lead(choice: ClientChoice, page: PatientPage, member: Member) -> SafeString:
    """How many clients there are, or what the search found. Never counts a large practice to its end."""
    if choice.search:
        found = len(page.patients)
        if not found:
            return format_html(_("Nobody is called <b>{search}</b>."), search=choice.search)
        if page.after or page.before:
            return format_html(
                _("Many are called <b>{search}</b>. A second word helps."), search=choice.search
            )
        text = ngettext("<b>{count} client</b> fits {search}.", "<b>{count} clients</b> fit {search}.", found)
        return format_html(text, count=found, search=choice.search)
    count = count_patients(member, most=COUNTED)
    if count >= COUNTED:
        return format_html(_("<b>More than {count} clients</b>, by family name."), count=COUNTED - 1)
    if not count:
        return format_html(_("<b>No client</b> is on file yet."))
    text = ngettext("<b>{count} client</b> is on file.", "<b>{count} clients</b> are on file.", count)
    return format_html(text, count=count)


def _url(choice: ClientChoice, **other: str) -> str:
    query = {"q": choice.search, **other}
    return (
        f"{reverse('desk:patient_list')}?{urlencode({name: value for name, value in query.items() if value})}"
    )


def _plain(value: str, limit: int) -> str:
    return value.replace("\x00", "")[:limit].strip()
