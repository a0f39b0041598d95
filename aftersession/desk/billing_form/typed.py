# SPDX-License-Identifier: Apache-2.0
"""What somebody has typed into a billing form so far, raw: as posted, as kept on the server, as shown again.

Nothing here judges a value. What is known by name is kept, whatever it says; everything else is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.http import HttpRequest, QueryDict

MAX_LINES: Final = 60
MAX_DIAGNOSES: Final = 12
MAX_KEPT: Final = 400
"""How much of one value is kept: more than any field takes, so that too much is still seen to be too much."""

VERSION: Final = 1
FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")

HEAD: Final = (
    "payment_type",
    "service_on",
    "template",
    "package",
    "discount_value",
    "discount_kind",
    "discount_reason",
    "partner",
    "coverage",
    "authorisation_number",
    "co_payment",
    "method",
    "received_on",
    "reference",
    "amount",
    "diagnosis_text",
)
LINE: Final = (
    "description",
    "procedure_code",
    "quantity",
    "price",
    "tax_treatment",
    "discount_value",
    "discount_kind",
    "discount_reason",
)
DIAGNOSIS: Final = "diagnosis"

_PART_NAME: Final = re.compile(r"part_\d{1,3}", re.ASCII)
_LINE_NAME: Final = re.compile(rf"lines-(\d{{1,3}})-({'|'.join(LINE)})", re.ASCII)
# What no database keeps in a text: it is dropped from the copy, and refused beside its field all the same.
_UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")

Line = dict[str, str]


@dataclass
class Typed:
    """The fields of the head by name, the lines in order, and the codes chosen in order."""

    head: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    diagnoses: list[str] = field(default_factory=list)

    def data(self) -> dict[str, str]:
        """As a form reads it: the head by name, each line as `lines-N-name`."""
        numbered = {
            f"{prefix_of(number)}-{name}": value
            for number, line in enumerate(self.lines)
            for name, value in line.items()
        }
        return {**self.head, **numbered}

    def kept(self) -> dict[str, Any]:
        """As the server keeps it."""
        return {
            "version": VERSION,
            "head": {name: _keepable(value) for name, value in self.head.items()},
            "lines": [{name: _keepable(value) for name, value in line.items()} for line in self.lines],
            "diagnoses": [_keepable(code) for code in self.diagnoses],
        }


def prefix_of(number: int) -> str:
    """The prefix of a line's fields, counted from 0."""
    return f"lines-{number}"


def check_envelope(request: HttpRequest) -> None:
    """Refuse what no form of ours sends: another content type, or one field several times. Raises BadRequest."""
    if request.content_type not in FORM_TYPES:
        raise BadRequest("not a form")
    twice = [name for name, values in request.POST.lists() if len(values) > 1 and name != DIAGNOSIS]
    if twice or request.FILES:
        raise BadRequest("not a form of ours")
    if not 1 <= len(request.POST.get("key", "")) <= 64:
        raise BadRequest("no key")


def read_posted(posted: QueryDict) -> Typed:
    """What a form sent, by the names we know; at most as many lines and codes as a bill may have."""
    return _read({name: posted.get(name, "") for name in posted}, posted.getlist(DIAGNOSIS))


def read_kept(data: Any) -> Typed | None:
    """A kept copy, or None where it is of another version or not what we wrote."""
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        return None
    head, lines, diagnoses = data.get("head"), data.get("lines"), data.get("diagnoses")
    if not isinstance(head, Mapping) or not isinstance(lines, list) or not isinstance(diagnoses, list):
        return None
    flat = {str(name): value for name, value in head.items()}
    for number, line in enumerate(lines):
        if not isinstance(line, Mapping):
            return None
        flat |= {f"{prefix_of(number)}-{name}": value for name, value in line.items()}
    if not all(isinstance(value, str) for value in [*flat.values(), *diagnoses]):
        return None
    return _read(flat, diagnoses)


def _read(flat: Mapping[str, str], diagnoses: list[str]) -> Typed:
    lines: dict[int, Line] = {}
    for name, value in flat.items():
        if match := _LINE_NAME.fullmatch(name):
            lines.setdefault(int(match[1]), {})[match[2]] = value
    return Typed(
        head={name: value for name, value in flat.items() if name in HEAD or _PART_NAME.fullmatch(name)},
        lines=[lines[number] for number in sorted(lines)][:MAX_LINES],
        diagnoses=list(dict.fromkeys(code[:MAX_KEPT] for code in diagnoses if code))[:MAX_DIAGNOSES],
    )


def _keepable(value: str) -> str:
    return _UNKEEPABLE.sub("", value[:MAX_KEPT])
