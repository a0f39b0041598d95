# SPDX-License-Identifier: Apache-2.0
"""The steps that change a billing form without finishing it: each a button, each a round trip without a script."""

import re
from collections.abc import Sequence
from typing import Final

from django.http import QueryDict

from aftersession.catalog.models import Service
from aftersession.desk.billing_form.typed import DIAGNOSIS, MAX_DIAGNOSES, MAX_LINES, Line, Typed
from aftersession.lib.money import format_plain
from aftersession.workflows.finalise import Step

_DO: Final = re.compile(r"(?P<name>[a-z_]{1,30})(:(?P<line>\d{1,3}))?", re.ASCII)
DIAGNOSIS_STEPS: Final = tuple(f"{DIAGNOSIS}_{name}" for name in ("find", "add", "up", "down", "remove"))


def final_step(posted: QueryDict) -> Step | None:
    """The final button that was pressed, if it was one."""
    wanted = posted.get("do", "")
    if any(name in posted for name in DIAGNOSIS_STEPS):
        return None
    return Step(wanted) if wanted in list(Step) else None


def asks_afresh(posted: QueryDict) -> bool:
    """Whether all that was typed is to be forgotten."""
    return posted.get("do") == "start_again"


def package_step(posted: QueryDict) -> str | None:
    """The package that is to pay for the session, by its code; nothing for none, None if nobody chose."""
    name, colon, code = posted.get("do", "").partition(":")
    return code[:16] if name == "package" and colon else None


def take_step(typed: Typed, posted: QueryDict, services: Sequence[Service]) -> int | None:
    """Do what a button asked for; the number of the line that is now to be filled in, if there is one."""
    _arrange_diagnoses(typed, posted)
    match = _DO.fullmatch(posted.get("do", ""))
    if match is None:
        return None
    number = int(match["line"]) if match["line"] else -1
    if match["name"] == "remove_line" and 0 <= number < len(typed.lines):
        del typed.lines[number]
    if match["name"] == "add_line" and len(typed.lines) < MAX_LINES:
        return _add_line(typed, posted.get("service", ""), services)
    return None


def line_of_service(service: Service, locale: str) -> Line:
    """A line as the catalogue has it now."""
    return {
        "description": service.name,
        "procedure_code": service.procedure_code,
        "quantity": "1",
        "price": format_plain(service.price, locale),
        "tax_treatment": service.tax_treatment,
    }


def _add_line(typed: Typed, code: str, services: Sequence[Service]) -> int:
    service = next((each for each in services if each.code == code), None)
    typed.lines.append(
        line_of_service(service, service.practice.locale) if service else {"description": "", "quantity": "1"}
    )
    return len(typed.lines) - 1


def _arrange_diagnoses(typed: Typed, posted: QueryDict) -> None:
    codes = typed.diagnoses
    added = posted.get(f"{DIAGNOSIS}_add", "")[:12]
    if added:
        typed.head["diagnosis_text"] = ""
        if added not in codes and len(codes) < MAX_DIAGNOSES:
            codes.append(added)
    for name, way in (("up", -1), ("down", 1)):
        code = posted.get(f"{DIAGNOSIS}_{name}")
        if code in codes:
            place = codes.index(code)
            other = place + way
            if 0 <= other < len(codes):
                codes[place], codes[other] = codes[other], codes[place]
    removed = posted.get(f"{DIAGNOSIS}_remove", "")
    if removed in codes:
        codes.remove(removed)
