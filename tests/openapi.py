# SPDX-License-Identifier: Apache-2.0
"""Requests held against a partner's published OpenAPI file.

The file says less than it could: unknown fields pass there. Here they do not, since a field that the partner
does not know is a field that does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml


class Contract:
    """One OpenAPI 3.0 file. `breaches_of` says in words what a request does that the file does not know."""

    def __init__(self, file: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.whole: dict[str, Any] = _as_json_schema(yaml.load(file.read_bytes(), Loader=loader))  # noqa: S506
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", path)), operations)
            for path, operations in self.whole["paths"].items()
        ]

    def breaches_of(self, method: str, path: str, query: Mapping[str, str], body: object = None) -> list[str]:
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path}: not in the contract"]
        known = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
        found = [f"{path}?{name}: unknown" for name in query if name not in known]
        found += [
            f"{path}?{name}: missing"
            for name, each in known.items()
            if each.get("required") and name not in query
        ]
        for name, value in query.items():
            found += self._misfits(f"{path}?{name}", _typed(value), known.get(name, {}).get("schema", {}))
        if body is not None:
            schema = self._resolved(operation["requestBody"]["content"]["application/json"]["schema"])
            unknown = set(body) - set(schema["properties"]) if isinstance(body, dict) else set()
            found += [f"{path}: {name}: unknown" for name in sorted(unknown)]
            found += self._misfits(path, body, schema)
        return found

    def misfits_of_answer(self, method: str, path: str, body: object) -> list[str]:
        """What an answer has that the contract does not let it have."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path}: not in the contract"]
        answer = self._resolved(operation["responses"]["200"])
        return self._misfits(path, body, answer["content"]["application/json"]["schema"])

    def examples(self, *words: str) -> list[Any]:
        """Every example of the schemas and answers whose name holds one of these words."""
        parts = {**self.whole["components"]["schemas"], **self.whole["components"]["responses"]}
        chosen = [part for name, part in parts.items() if any(word in name for word in words)]
        return [example for part in chosen for example in _examples_in(part)]

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, operations in self._paths:
            if pattern.fullmatch(path) and method.lower() in operations:
                operation: dict[str, Any] = operations[method.lower()]
                return operation
        return None

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self.whole
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def _misfits(self, place: str, value: object, schema: dict[str, Any]) -> list[str]:
        whole = {**schema, "components": self.whole["components"]}
        errors = jsonschema.Draft202012Validator(whole).iter_errors(value)
        return [f"{place}: {error.json_path}: {error.message[:200]}" for error in errors]


@cache
def contract_of(file: Path) -> Contract:
    """The file, read once in a run."""
    return Contract(file)


def _as_json_schema(part: Any) -> Any:
    """OpenAPI 3.0 writes `nullable: true` where JSON Schema has one more type."""
    if isinstance(part, list):
        return [_as_json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: _as_json_schema(value) for name, value in part.items()}
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def _typed(value: str) -> object:
    """A query parameter as its schema sees it: digits are a number there, words are texts."""
    return int(value) if re.fullmatch(r"[0-9]{1,15}", value) else value


def _examples_in(part: Any) -> list[Any]:
    if isinstance(part, list):
        return [example for each in part for example in _examples_in(each)]
    if not isinstance(part, dict):
        return []
    own = [part["example"]] if isinstance(part.get("example"), dict) else []
    return own + [example for each in part.values() for example in _examples_in(each)]
