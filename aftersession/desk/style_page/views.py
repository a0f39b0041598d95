# SPDX-License-Identifier: Apache-2.0
"""The living style page: every component in every state, built from the parts that pages use."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from aftersession.desk.style_page import samples
from aftersession.desk.style_page.forms import SampleFilters, SampleForm

SAMPLE_CURRENCY = "XTS"
TYPED = {
    "amount": "1 234 567.89",
    "member_number": "014 88",
    "day": "2026-11-23",
    "role": "client",
    "locked": "INV-000459",
}


@require_safe
def style_page(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    member = getattr(request, "member", None)
    currency = member.practice.currency if member else SAMPLE_CURRENCY
    money = samples.amount
    context = {
        "currency": currency,
        "colours": samples.COLOURS,
        "icons": samples.ICONS,
        "statuses": [{"glyph": g, "tone": t, "label": label} for g, t, label in samples.STATUSES],
        "tabs": samples.TABS,
        "history": samples.HISTORY,
        "checks": samples.CHECKS,
        "rows": samples.invoice_rows(currency),
        "ruler": samples.day_ruler(),
        "busy_ruler": samples.busy_ruler(),
        "ring": samples.day_ring(),
        "settlement": samples.settlement(currency),
        "ageing": samples.ageing(currency),
        "large": money(1234567.89, currency),
        "stats": [
            {"label": "Billed", "value": money(950, currency)},
            {"label": "Insurer paid", "value": money(637.5, currency)},
            {"label": "Client paid", "value": money(0, currency)},
            {"label": "Owed", "value": money(1234567.89, currency)},
        ],
        "sum_rows": [
            {"label": "2 lines", "amount": money(1070, currency)},
            {"label": "Student rate, 10%", "amount": money(-107, currency)},
        ],
        "total": money(963, currency),
        "chosen": [{"value": code, "code": code, "label": label} for code, label, _ in samples.CODES[2:5:2]],
        "sides": [_side(name) for name in ("light", "dark")],
        "keys": [("↑ ↓", "move"), ("c", "complete"), ("m", "missed")],
    }
    return render(request, "desk/style/style.html", context)


@require_safe
def style_codes(request: HttpRequest) -> HttpResponse:
    """Answers the sample combobox."""
    asked = request.GET.get("q", "").strip().lower()
    found = [
        {"value": code, "code": code, "label": label, "note": note, "shown": _marked(label, asked)}
        for code, label, note in samples.CODES
        if asked in f"{code} {label}".lower()
    ]
    return render(request, "ui/parts/options.html", {"options": found})


def _side(name: str) -> dict[str, Any]:
    """The forms of the light or the dark half; their ids differ, as ids must."""
    return {
        "name": name,
        "dx_id": f"{name}-dx",
        "choice_name": f"{name}_type",
        "refused": SampleForm(TYPED, initial={"locked": "INV-000459"}, auto_id=f"{name}_bad_%s"),
        "clean": SampleForm(initial={"reason": "Student rate", "receipt": True}, auto_id=f"{name}_%s"),
        "filters": SampleFilters({"owes": "client"}, auto_id=f"{name}_filter_%s"),
    }


def _marked(label: str, asked: str) -> str:
    at = label.lower().find(asked)
    if at < 0 or not asked:
        return label
    end = at + len(asked)
    return format_html("{}<mark>{}</mark>{}", label[:at], label[at:end], label[end:])
