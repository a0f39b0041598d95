# SPDX-License-Identifier: Apache-2.0
"""What every staff page shows around its own content: practice, person, navigation with counts.

`ui` knows no models. The desk says who counts what (`use_counts`); the rest is read from
`request.member`, by the few names that stand in the protocols below.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, cast

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

DEFAULT_LOCALE = "en"
DEFAULT_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place of the main navigation. It is shown once its route exists."""

    name: str
    label: str
    icon: str
    route: str
    keys: str
    """Single keys, one after the other, with a blank between: "g t"."""
    count: int | None = None
    is_pressing: bool = False
    """Whether the count is work that waits here and now: it is drawn filled."""
    also: tuple[str, ...] = ()
    """Beginnings of further addresses that belong to this place."""
    url: str = ""
    """The address, once it is looked up for a page."""


MAIN_NAV = (
    NavItem("today", cast(str, _("Today")), "today", "desk:today", "g t"),
    NavItem(
        "appointments", cast(str, _("Appointments")), "cal", "desk:appointment_list", "g a", is_pressing=True
    ),
    NavItem("clients", cast(str, _("Clients")), "people", "desk:patient_list", "g c", also=("/coverage/",)),
    NavItem(
        "billing",
        cast(str, _("Billing")),
        "bill",
        "desk:invoice_list",
        "g b",
        also=("/invoices/", "/payments/", "/receipts/"),
    ),
    NavItem("claims", cast(str, _("Claims")), "shield", "desk:claim_list", "g l"),
    NavItem("messages", cast(str, _("Messages")), "mail", "desk:message_list", "g m"),
    NavItem("mailbox", cast(str, _("Demo mailbox")), "bell", "desk:mailbox", "g d"),
)
# A phone's dock has room for four and "More".
DOCK_PLACES = 4


class PracticeFacts(Protocol):
    """What is read of a practice."""

    name: str
    tagline: str
    locale: str
    time_zone: str
    support_email: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a staff page."""

    practice: PracticeFacts
    person: str
    role: str
    nav: tuple[NavItem, ...]
    place: str
    """The entry whose address begins the page's own; a view overrules it with `place` in its context."""

    @property
    def docked(self) -> tuple[NavItem, ...]:
        return self.nav[:DOCK_PLACES]

    @property
    def undocked(self) -> tuple[NavItem, ...]:
        return self.nav[DOCK_PLACES:]


Counts = Callable[[HttpRequest], Mapping[str, int]]
_counts: list[Counts] = []


def use_counts(counts: Counts) -> None:
    """Say how many things wait in which place, by `NavItem.name`. Called once, when the desk is ready.

    `counts` runs on every staff page: it must be one cheap query or two.
    """
    _counts[:] = [counts]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `shell` (drawn only where it is used), `practice_locale`, `practice_zone`."""
    member = getattr(request, "member", None)
    practice = getattr(member, "practice", None)
    return {
        "shell": SimpleLazyObject(partial(_shell, request, member)) if member is not None else None,
        "practice_locale": getattr(practice, "locale", DEFAULT_LOCALE),
        "practice_zone": getattr(practice, "time_zone", DEFAULT_ZONE),
    }


def _shell(request: HttpRequest, member: Any) -> Shell:
    counts = _counts[0](request) if _counts else {}
    nav = tuple(
        replace(item, url=url, count=counts.get(item.name)) for item in MAIN_NAV if (url := _address(item))
    )
    return Shell(
        practice=member.practice,
        person=str(member.user),
        role=str(member.get_role_display()),
        nav=nav,
        place=_place(nav, request.path),
    )


def _address(item: NavItem) -> str:
    """Nothing where the route does not exist."""
    try:
        return reverse(item.route)
    except NoReverseMatch:
        return ""


def _place(nav: tuple[NavItem, ...], path: str) -> str:
    """The entry that owns an address; "/" owns only itself."""
    for item in nav:
        if path == item.url or any(path.startswith(own) for own in (item.url, *item.also) if own != "/"):
            return item.name
    return ""
