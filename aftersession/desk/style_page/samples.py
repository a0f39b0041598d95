# SPDX-License-Identifier: Apache-2.0
"""What the style page shows: made-up people and figures, long names and large sums among them."""

from datetime import datetime
from typing import Any

from aftersession.lib.money import Money
from aftersession.ui.instruments import Block, Part, Ring, Ruler, Scale, Share

COLOURS = (
    *(("canvas", "Canvas"), ("surface", "Surface"), ("sunken", "Sunken"), ("line", "Line")),
    *(("line-strong", "Line, strong"), ("field", "Field edge"), ("ink", "Ink"), ("ink-2", "Ink 2")),
    *(("ink-3", "Ink 3"), ("accent", "Accent"), ("accent-ink", "Accent ink"), ("accent-soft", "Accent soft")),
    *(("ok", "Paid"), ("warn", "Client owes"), ("bad", "Overdue"), ("wait", "Insurer")),
)

ICONS = [
    "bank",
    "bell",
    "bill",
    "cal",
    "cash",
    "chart",
    "check",
    "code",
    "copy",
    "doc",
    "down",
    "draft",
    "edit",
    "eye",
    "film",
    "flag",
    "gear",
    "get",
    "help",
    "info",
    "key",
    "left",
    "link",
    "lock",
    "mail",
    "missed",
    "more",
    "none",
    "out",
    "over",
    "owes",
    "paid",
    "part",
    "people",
    "phone",
    "plus",
    "refund",
    "right",
    "search",
    "send",
    "sent",
    "shield",
    "sun",
    "switch",
    "today",
    "trash",
    "undo",
    "up",
    "user",
    "void",
    "wait",
    "warn",
    "x",
]

STATUSES = (
    *(
        ("draft", "", "Draft"),
        ("sent", "info", "Sending"),
        ("sent", "info", "Sent"),
        ("doc", "info", "Issued"),
    ),
    *(("wait", "wait", "Waiting for insurer"), ("send", "wait", "Claim submitted")),
    *(("part", "warn", "Part paid"), ("owes", "warn", "Client owes"), ("paid", "ok", "Paid")),
    *(("over", "bad", "Overdue"), ("plus", "ok", "In credit"), ("refund", "", "Refunded")),
    *(
        ("none", "", "Written off"),
        ("void", "", "Void"),
        ("missed", "bad", "Missed"),
        ("x", "bad", "Not sent"),
    ),
)

CODES = (
    ("F32.1", "Moderate depressive episode", "used 12 times"),
    ("F33.1", "Recurrent depressive disorder, current episode moderate", "used 4 times"),
    ("F41.1", "Generalised anxiety disorder", "used 31 times"),
    ("F41.2", "Mixed anxiety and depressive disorder", ""),
    ("F51.0", "Nonorganic insomnia", ""),
    ("F53.0", "Mental and behavioural disorders associated with the puerperium", ""),
)


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the sample day, on the wall clock."""
    return datetime(2026, 11, 23, hour, minute)  # noqa: DTZ001 - wall time has no zone


def amount(major: float, currency: str) -> Money:
    return Money(round(major * 100), currency)


def day_ruler() -> Ruler:
    """A day of one practitioner."""
    day = (
        *((8, 50, "Nomvula", "Paid", "done"), (9, 50, "Pieter", "Insurer", "done")),
        *((10, 50, "Zanele", "Missed", "missed"), (11, 50, "Naledi", "Open", "open")),
        *((12, 50, "Fatima", "Open", "open"), (13.5, 80, "Thabo and Karabo", "Open", "open")),
        *((15, 50, "Kirsten", "Open", "open"), (16, 50, "Siyabonga", "Now", "now")),
        *((17, 50, "Rashid", "17:00", "next"), (18, 50, "Hlengiwe", "18:00", "next")),
    )
    return Ruler([_block(*entry) for entry in day], now=at(16, 10), title="Monday 23 November")


def busy_ruler() -> Ruler:
    """Three practitioners side by side, from early to late."""
    day = (
        *((6.75, 45, "Ntombizodwa Mabuza-Hendricks", "Paid", "done"), (8, 50, "Pieter", "Insurer", "done")),
        *((8.25, 110, "Group of eight", "Open", "open"), (9, 50, "Lindiwe", "Open", "open")),
        *((9.5, 30, "Tshepo", "Missed", "missed"), (11, 50, "Naledi", "Open", "open")),
        *((11, 50, "Priya", "Open", "open"), (11.25, 50, "Yusuf", "Now", "now")),
        *((14, 50, "Rashid", "14:00", "next"), (19, 80, "Anele and Refilwe", "19:00", "next")),
    )
    return Ruler([_block(*entry) for entry in day], now=at(11, 40), title="Three practitioners")


def _block(hour: float, minutes: int, title: str, note: str, tone: str) -> Block:
    start = at(int(hour), round(60 * (hour % 1)))
    whole = 60 * start.hour + start.minute + minutes
    return Block(start, at(whole // 60, whole % 60), title, note, tone, url="#rule")


def day_ring() -> Ring:
    shares = (
        *(Share("Completed", 2, "done"), Share("Open", 4, "open"), Share("Missed", 1, "missed")),
        *(Share("Now", 1, "now"), Share("To come", 2, "next")),
    )
    return Ring(shares, "4", "of 10 open", "10 sessions today, 4 of them open")


def settlement(currency: str) -> Scale:
    parts = (
        Part("Umhlaba Health paid", amount(637.5, currency), "wait"),
        Part("Bongani owes", amount(312.5, currency), "owed"),
    )
    return Scale(parts, "Settlement", "Billed", amount(950, currency))


def ageing(currency: str) -> Scale:
    parts = (
        Part("Insurers, within their time", amount(1234567.89, currency), "wait"),
        Part("Clients, not yet due", amount(10725, currency), "owed"),
        Part("Overdue", amount(311750, currency), "bad"),
    )
    return Scale(parts, "Age of what is owed")


def invoice_rows(currency: str) -> list[dict[str, Any]]:
    rows = (
        ("INV-000458", "23 Nov", "Naledi Mokoena", "Client", STATUSES[2], "Due 7 December", 963, 963),
        (
            "INV-000442",
            "4 Nov",
            "Bongani Mkhize",
            "Umhlaba Health, client",
            STATUSES[7],
            "Due 27 November",
            950,
            312.5,
        ),
        (
            "INV-000436",
            "2 Nov",
            "Wolfeschlegelsteinhausenbergerdorff-van der Merwe, Maria da Conceição Ntombizodwa",
            "Baobab Medical Scheme for Public Servants",
            STATUSES[4],
            "Answer by 22 December",
            1234567.89,
            1234567.89,
        ),
    )
    names = ("number", "day", "client", "payer", "status", "next", "amount", "owed")
    return [
        dict(zip(names, (*row[:6], amount(row[6], currency), amount(row[7], currency)), strict=True))
        for row in rows
    ]


HISTORY = (
    {"icon": "bell", "tone": "later", "title": "Second reminder", "note": "Tomorrow 08:00, unless paid"},
    {
        "icon": "owes",
        "tone": "warn",
        "title": "R 312.50 moved to Bongani",
        "note": "18 November, 07:31, by rule",
    },
    {"icon": "paid", "tone": "ok", "title": "Umhlaba Health paid R 637.50", "note": "18 November, 07:31"},
    {
        "icon": "check",
        "tone": "",
        "title": "Session completed, INV-000442 issued",
        "note": "4 November, 11:53",
    },
)

CHECKS = (
    {
        "tone": "bad",
        "text": "No authorisation number: the insurer would reject the claim.",
        "url": "#checks",
        "label": "Add it",
    },
    {"tone": "warn", "text": "Another session of this client ends at the same time."},
    {"tone": "ok", "text": "naledi@example.com has received mail before"},
    {"tone": "unknown", "text": "Not checked: whether F43.2 may stand first. The code table does not say."},
)

TABS = (
    {"url": "#tabs", "label": "Requested", "count": 3},
    {"url": "#tabs", "label": "Upcoming", "count": 41},
    {"url": "#tabs", "label": "Open", "count": 9, "is_current": True, "is_pressing": True},
    {"url": "#tabs", "label": "Completed", "count": 1812},
    {"url": "#tabs", "label": "Missed", "count": 0},
    {"url": "#tabs", "label": "Cancelled", "count": None},
)
