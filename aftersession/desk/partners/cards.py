# SPDX-License-Identifier: Apache-2.0
"""How a connection stands, in words for its owner."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from aftersession.integrations.queries import last_notice_at
from aftersession.lib.encryption import CannotOpen
from aftersession.payments.connection_keys import open_keys
from aftersession.payments.connections import UnderWay, under_way
from aftersession.payments.models import ConnectionState, ProviderConnection
from aftersession.payments.provider import Guide
from aftersession.payments.registry import UnknownProvider, provider_class, provider_kinds

PROBLEMS: dict[str, str | Promise] = {
    "refused": _("The partner does not accept the keys any more. Change them."),
    "unavailable": _("The partner could not be reached. Test again in a moment."),
    "locked": _("This installation lacks the key that these were sealed with. Tell whoever runs it."),
    "mode": _("The keys are of another mode by now. Change them."),
    "account": _("The keys are of another account by now. Change them."),
    "currency": _("The account does not take the practice's currency."),
}


@dataclass(frozen=True)
class PartnerChoice:
    """A partner that this installation knows, to connect."""

    kind: str
    guide: Guide


@dataclass(frozen=True)
class PartnerCard:
    """A connection on the list. `title` is the partner's name, its kind where it is not known here any more."""

    connection: ProviderConnection
    title: str
    problem: str | Promise

    @property
    def state_glyph(self) -> str:
        return {"active": "check", "paused": "wait"}.get(self.connection.state, "none")

    @property
    def state_tone(self) -> str:
        return {"active": "ok", "paused": "wait"}.get(self.connection.state, "")

    @property
    def is_ended(self) -> bool:
        """Whether it takes no payments and never will without being connected again."""
        return self.connection.state == ConnectionState.DISCONNECTED


@dataclass(frozen=True, kw_only=True)
class PartnerSheet(PartnerCard):
    """A connection on its own page. `lacks_secret`: notices cannot be verified, so none is taken."""

    guide: Guide | None
    webhook_address: str
    last_notice_at: datetime | None
    lacks_secret: bool
    under_way: UnderWay

    @property
    def under_way_text(self) -> str:
        """What has not ended yet, counted; empty where nothing is."""
        waiting = self.under_way
        told = (
            (
                waiting.payments,
                ngettext("%d payment that is watched", "%d payments that are watched", waiting.payments),
            ),
            (waiting.refunds, ngettext("%d refund", "%d refunds", waiting.refunds)),
            (waiting.disputes, ngettext("%d dispute", "%d disputes", waiting.disputes)),
        )
        return ", ".join(text % count for count, text in told if count)


def choices() -> list[PartnerChoice]:
    """The partners that a practice can connect here."""
    return [PartnerChoice(kind, provider_class(kind).guide) for kind in provider_kinds()]


def guide_of(kind: str) -> Guide | None:
    """The guide of a kind; None for one that this installation does not know (any more)."""
    try:
        return provider_class(kind).guide
    except UnknownProvider:
        return None


def card_of(connection: ProviderConnection) -> PartnerCard:
    """A connection for the list."""
    return PartnerCard(connection, title_of(connection.kind), _problem(connection))


def sheet_of(connection: ProviderConnection) -> PartnerSheet:
    """A connection for its own page."""
    return PartnerSheet(
        connection=connection,
        title=title_of(connection.kind),
        problem=_problem(connection),
        guide=guide_of(connection.kind),
        webhook_address=settings.AFTERSESSION_URL
        + reverse("webhook", args=[connection.kind, connection.code]),
        last_notice_at=last_notice_at(connection),
        lacks_secret=_lacks_secret(connection),
        under_way=under_way(connection),
    )


def title_of(kind: str) -> str:
    """What people call a partner."""
    guide = guide_of(kind)
    return guide.title if guide else kind


def _problem(connection: ProviderConnection) -> str | Promise:
    return PROBLEMS.get(connection.check_problem, "")


def _lacks_secret(connection: ProviderConnection) -> bool:
    if not connection.sealed_secrets:
        return False
    try:
        return not open_keys(connection).webhook_secrets
    except CannotOpen:
        return False
