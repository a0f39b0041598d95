# SPDX-License-Identifier: Apache-2.0
"""What a form field needs to be drawn: which control it is, and what it must tell a screen reader."""

from typing import Any

from django import forms
from django.forms import BoundField

# Order matters: the first class that fits names the control.
CONTROLS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "options"),
    (forms.RadioSelect, "options"),
    (forms.CheckboxInput, "tick"),
    (forms.Select, "select"),
    (forms.Textarea, "text"),
)


def control_of(bound: BoundField) -> str:
    """tick, options, select, text (several lines) or line."""
    return next((name for kind, name in CONTROLS if isinstance(bound.field.widget, kind)), "line")


def read_field(
    bound: BoundField,
    *,
    label: str,
    hint: str,
    icon: str,
    sign: str,
    classes: str,
    aside: str,
    hide_label: bool,
    attrs: dict[str, Any],
) -> dict[str, Any]:
    """The parts of a field as `ui/parts/field.html` draws them.

    The ids of hint and error are those that Django gives them too, so that a field drawn by hand and
    one drawn by the tag read the same.
    """
    control = control_of(bound)
    hint = hint or str(bound.help_text or "")
    said_by = [f"{bound.auto_id}_helptext"] if hint else []
    if bound.errors:
        said_by.append(f"{bound.auto_id}_error")
    shown = {name.replace("_", "-"): value for name, value in attrs.items()}
    if said_by:
        shown["aria-describedby"] = " ".join(said_by)
    if control == "tick":
        shown["class"] = "tick"
    if sign:
        shown.setdefault("inputmode", "decimal")
        shown.setdefault("autocomplete", "off")
    return {
        "bound": bound,
        "control": control,
        "label": label or bound.label,
        "hint": hint,
        "icon": icon,
        "sign": sign,
        "classes": classes,
        "aside": aside,
        "hide_label": hide_label,
        "widget": "" if control == "options" else bound.as_widget(attrs=shown),
        "said_by": shown.get("aria-describedby", ""),
        "is_date": isinstance(bound.field.widget, forms.DateInput),
        "option_class": "radio" if isinstance(bound.field.widget, forms.RadioSelect) else "tick",
    }
