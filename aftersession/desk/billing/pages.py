# SPDX-License-Identifier: Apache-2.0
"""What the billing lists say and link to, put together from counts and rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.billing.lists import Choice, Owed, Period, Tab
from aftersession.desk.billing.rows import RowPage
from aftersession.lib.money import format_money
from aftersession.payments import queries as payments
from aftersession.payments.models import PaymentMethod
from aftersession.practices.models import Practice, Role
from aftersession.ui.instruments import Part, Scale

NARROWER = {
    "desk:receivable_list": frozenset({Role.OWNER, Role.FRONT_DESK, Role.BILLER}),
    "desk:book_list": frozenset({Role.OWNER, Role.BILLER}),
    "desk:payout_list": frozenset({Role.OWNER, Role.BILLER}),
}


@dataclass(frozen=True)
class TabLink:
    """One tab; without a count where that would mean counting a whole table."""

    label: str
    url: str
    count: int | None
    is_current: bool


@dataclass(frozen=True)
class Section:
    """One of the lists of billing. `roles`: who may open it, as `config/policy.py` has it for its route."""

    label: str
    url: str
    is_current: bool
    roles: frozenset[str]
    count: int | None = None


def address(route: str, parameters: Mapping[str, str]) -> str:
    """A route with these parameters."""
    query = urlencode(parameters)
    return reverse(route) + (f"?{query}" if query else "")


def sections(current: str) -> list[Section]:
    """The lists of billing; each page shows those that its reader may open."""
    labels = {
        "desk:invoice_list": _("Invoices"),
        "desk:payment_list": _("Payments"),
        "desk:receipt_list": _("Receipts"),
        "desk:credit_note_list": _("Credit notes"),
        "desk:refund_list": _("Refunds"),
        "desk:payout_list": _("Payouts"),
        "desk:prepaid_list": _("Prepaid"),
        "desk:receivable_list": _("Receivables"),
        "desk:book_list": _("Books"),
    }
    return [
        Section(label, reverse(route), route == current, NARROWER.get(route, frozenset(Role.values)))
        for route, label in labels.items()
    ]


def invoice_tabs(choice: Choice, counts: Mapping[Tab, int]) -> list[TabLink]:
    """The states of invoices; a change of tab keeps the other filters, not the page."""
    labels = {
        Tab.ALL: _("All"),
        Tab.DRAFT: _("Draft"),
        Tab.CLIENT: _("Client owes"),
        Tab.INSURER: _("Waiting for insurer"),
        Tab.OVERDUE: _("Overdue"),
        Tab.PAID: _("Paid"),
        Tab.VOID: _("Void"),
    }
    return [
        TabLink(
            label,
            address("desk:invoice_list", choice.parameters(tab="" if tab == Tab.ALL else tab)),
            counts.get(tab),
            tab == choice.tab,
        )
        for tab, label in labels.items()
    ]


def payment_tabs(choice: payments.Choice, counts: Mapping[payments.Tab, int]) -> list[TabLink]:
    """All payments, those that settle nothing yet, and those taken back."""
    labels = {
        payments.Tab.ALL: _("All"),
        payments.Tab.TRAY: _("Not settling anything"),
        payments.Tab.REVERSED: _("Reversed"),
    }
    return [
        TabLink(
            label,
            address("desk:payment_list", choice.parameters(tab="" if tab == payments.Tab.ALL else tab)),
            counts[tab],
            tab == choice.tab,
        )
        for tab, label in labels.items()
    ]


def page_links(choice: Choice, page: RowPage) -> dict[str, str]:
    """Where the neighbouring pages are; empty where there is none."""
    route = "desk:invoice_list"
    return {
        "next": address(route, choice.parameters(after=page.after)) if page.after else "",
        "previous": address(route, choice.parameters(before=page.before)) if page.before else "",
    }


def owed_lead(owed: Owed, practice: Practice) -> SafeString:
    """What the practice is owed, and how much of that is late."""
    facts = {
        "total": format_money(owed.total, practice.locale),
        "overdue": format_money(owed.overdue, practice.locale),
    }
    if owed.total.is_zero:
        text = _("The practice is owed <b>nothing</b>. Every invoice is settled.")
    elif owed.overdue.is_zero:
        text = _('The practice is owed <b class="nw">{total}</b>. Nothing is overdue.')
    else:
        text = _(
            'The practice is owed <b class="nw">{total}</b>. Of that, <b class="nw">{overdue}</b> is overdue.'
        )
    return format_html(text, **facts)


def owed_scale(owed: Owed, practice: Practice) -> Scale | None:
    """Who owes it and how urgently, as a bar; nothing where nothing is owed."""
    if owed.total.is_zero:
        return None
    return Scale(
        parts=[
            Part(
                _("%(payers)s, within their time") % {"payers": _capital(practice.profile.words.payers)},
                owed.insurers,
                "wait",
            ),
            Part(_("Clients, not yet due"), owed.clients, "owed"),
            Part(_("Overdue"), owed.overdue, "bad"),
        ],
        title=_("What is owed, by age"),
    )


def received_lead(received: payments.Received, choice: payments.Choice, practice: Practice) -> SafeString:
    """How much came in, and what of it waits for a decision."""
    facts = {
        "total": format_money(received.total, practice.locale),
        "unused": format_money(received.unused, practice.locale),
        "period": period_phrase(choice.shown_period),
    }
    if not received.unused_count:
        return format_html(_('The practice received <b class="nw">{total}</b> {period}.'), **facts)
    text = _(
        'The practice received <b class="nw">{total}</b> {period}. '
        '<b class="nw">{unused}</b> settles nothing yet.'
    )
    return format_html(text, **facts)


def received_scale(received: payments.Received) -> Scale | None:
    """What came in, by method."""
    tones = ("owed", "ok", "done", "warn", "wait", "next")
    methods = [method for method in PaymentMethod if method in received.by_method]
    if not methods:
        return None
    return Scale(
        parts=[
            Part(str(method.label), received.by_method[method], tone)
            for method, tone in zip(methods, _tones_of(methods, tones), strict=True)
        ],
        title=_("What came in, by method"),
    )


def period_phrase(period: Period) -> str:
    """A period as it stands in a sentence."""
    return {
        Period.MONTH: _("in the last 30 days"),
        Period.QUARTER: _("in the last 90 days"),
        Period.YEAR: _("in the last 365 days"),
        Period.THIS_MONTH: _("this month"),
        Period.LAST_MONTH: _("last month"),
        Period.ANY: _("so far"),
    }[period]


def _tones_of(methods: Sequence[PaymentMethod], tones: Sequence[str]) -> list[str]:
    # A method keeps its colour whichever others there are.
    return [tones[list(PaymentMethod).index(method)] for method in methods]


def _capital(text: object) -> str:
    words = str(text)
    return words[:1].upper() + words[1:]
