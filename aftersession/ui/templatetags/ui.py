# SPDX-License-Identifier: Apache-2.0
"""The tags of the design system: `{% load ui %}`. `docs/ui.md` lists them with their parameters."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from babel.numbers import get_currency_symbol
from django import template
from django.forms import BoundField
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.money import Money, format_money, format_plain
from aftersession.ui import formats
from aftersession.ui.context import DEFAULT_LOCALE, DEFAULT_ZONE
from aftersession.ui.fields import control_of, read_field
from aftersession.ui.instruments import Ring, Ruler, Scale, draw_ring, draw_ruler, draw_scale

register = template.Library()


def _locale(context: Context) -> str:
    return str(context.get("practice_locale") or DEFAULT_LOCALE)


def _zone(context: Context) -> str:
    return str(context.get("practice_zone") or DEFAULT_ZONE)


# Look


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """A symbol of the sprite. Without a label it is decoration and hidden from screen readers."""
    if label:
        return _drawn(name, classes, format_html('role="img" aria-label="{}"', label))
    return _decoration(name, classes)


@lru_cache(maxsize=512)
def _decoration(name: str, classes: str) -> SafeString:
    return _drawn(name, classes, SafeString('aria-hidden="true"'))


def _drawn(name: str, classes: str, spoken: SafeString) -> SafeString:
    return format_html(
        '<svg class="i{}" {}><use href="{}#{}"/></svg>',
        f" {classes}" if classes else "",
        spoken,
        static("ui/icons.svg"),
        name,
    )


@register.simple_tag
def status(label: str, glyph: str, tone: str = "") -> SafeString:
    """A state as glyph and word. `tone`: ok, warn, bad, wait, info or nothing."""
    return format_html(
        '<span class="st{}">{}{}</span>', f" {tone}" if tone else "", _decoration(glyph, ""), label
    )


# Words and figures


@register.simple_tag(takes_context=True)
def money(context: Context, amount: Money | None, empty: str = "") -> str:
    """An amount as the practice writes it; `empty` where there is none."""
    return empty if amount is None else format_money(amount, _locale(context))


@register.simple_tag(takes_context=True)
def money_plain(context: Context, amount: Money | None) -> str:
    """An amount without its currency sign, for the value of a field."""
    return "" if amount is None else format_plain(amount, _locale(context))


@register.simple_tag(takes_context=True)
def date_short(context: Context, value: date | datetime | None, empty: str = "") -> str:
    """23 Nov; with the year where it is not this one."""
    return formats.short_day(value, _locale(context), _zone(context)) if value else empty


@register.simple_tag(takes_context=True)
def date_long(context: Context, value: date | datetime | None, empty: str = "") -> str:
    """Monday 23 November; with the year where it is not this one."""
    return formats.long_day(value, _locale(context), _zone(context)) if value else empty


@register.simple_tag(takes_context=True)
def date_full(context: Context, value: date | datetime | None, empty: str = "") -> str:
    """23 November 2026."""
    return formats.full_day(value, _locale(context), _zone(context)) if value else empty


@register.simple_tag(takes_context=True)
def time_of_day(context: Context, value: datetime | None, empty: str = "") -> str:
    """11:50, in the practice's time zone."""
    return formats.wall_time(value, _locale(context), _zone(context)) if value else empty


@register.simple_tag(takes_context=True)
def relative_day(context: Context, value: date | datetime | None, empty: str = "") -> str:
    """today, tomorrow, yesterday, Friday, else 23 Nov."""
    return formats.near_day(value, _locale(context), _zone(context)) if value else empty


@register.simple_tag
def duration(value: timedelta | int | None, empty: str = "") -> str:
    """50 min, 1 h 20 min. A number counts minutes."""
    return formats.length(value) if value is not None else empty


@register.simple_tag
def time_since(value: datetime) -> str:
    """How long ago: "4 days"."""
    return formats.length(clock.now() - value)


# Forms


@register.simple_tag(takes_context=True)
def command_key(context: Context) -> SafeString:
    """The hidden `key` that makes a form safe to send twice; a form shown again keeps its own."""
    request = context.get("request")
    posted = request.POST.get("key", "") if request is not None and request.method == "POST" else ""
    return format_html('<input type="hidden" name="key" value="{}">', posted or new_code())


@register.inclusion_tag("ui/parts/field.html", takes_context=True)
def field(
    context: Context,
    bound: BoundField,
    *,
    label: str = "",
    hint: str = "",
    icon: str = "",
    currency: str = "",
    classes: str = "",
    aside: str = "",
    hide_label: bool = False,
    **attrs: Any,
) -> dict[str, Any]:
    """A label, its control, and the hint and error that belong to it. Keeps what was typed."""
    sign = get_currency_symbol(currency, _locale(context)) if currency else ""
    return read_field(
        bound,
        label=label,
        hint=hint,
        icon=icon,
        sign=sign,
        classes=classes,
        aside=aside or ("" if bound.field.required or label or sign else _("optional")),
        hide_label=hide_label,
        attrs=attrs,
    )


@register.inclusion_tag("ui/parts/errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """All that a form refuses, at its top, each with a link to its field. Draws nothing for a good form."""
    return {"form": form, "items": [form[name] for name in form.errors if name in form.fields]}


@register.inclusion_tag("ui/parts/filter.html")
def filter_field(bound: BoundField) -> dict[str, Any]:
    """One filter of a filter bar: its label inside the edge of its control."""
    control = control_of(bound)
    return {
        "bound": bound,
        "control": control,
        "is_search": getattr(bound.field.widget, "input_type", "") == "search",
    }


# Instruments


@register.inclusion_tag("ui/parts/ring.html")
def ring(ring: Ring) -> dict[str, Any]:
    """The day as segments of a circle, with its table beside it."""
    return {"ring": draw_ring(ring)}


@register.inclusion_tag("ui/parts/ruler.html")
def ruler(ruler: Ruler) -> dict[str, Any]:
    """The day as a ruler, with a needle at the present time."""
    return {"ruler": draw_ruler(ruler)}


@register.inclusion_tag("ui/parts/scale.html", takes_context=True)
def scale(context: Context, scale: Scale) -> dict[str, Any]:
    """A ticked bar of parts that make a whole, with the words and figures under it."""
    return {"scale": draw_scale(scale), "practice_locale": _locale(context)}
