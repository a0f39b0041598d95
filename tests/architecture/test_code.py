# SPDX-License-Identifier: Apache-2.0
"""Rules about the code that no linter of others knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.house import ROOT, imports_of, name_of, sources, tree_of

# Where rows of more than one practice may be asked for, and why.
UNSCOPED = {
    "aftersession/practices/tenancy.py": "declares it",
    "aftersession/practices/memberships.py": "before there is a practice",
    "aftersession/desk/demo_sign_in/people.py": "before anybody has signed in, in the demo only",
    "aftersession/payments/links.py": "the token says which practice",
    "aftersession/payments/connections.py": "whether another practice has connected the same account",
    "aftersession/payments/connection_keys.py": "sealing the keys of all practices anew",
    "aftersession/workflows/change_partner.py": "the worker's jobs are of all practices",
    "aftersession/integrations/inbox.py": "the address says which practice",
    "aftersession/integrations/apply_notices.py": "the worker's jobs are of all practices",
    "aftersession/messaging/delivery.py": "the worker's jobs are of all practices",
    "aftersession/documents/actions.py": "the worker's jobs are of all practices",
    "aftersession/documents/queries.py": "the check of all stored files",
    "aftersession/workflows/sweep_partners.py": "the worker's jobs are of all practices",
    "aftersession/workflows/watch_attempts.py": "the worker's jobs are of all practices",
    "aftersession/workflows/watch_refunds.py": "the worker's jobs are of all practices",
    "aftersession/workflows/produce_documents.py": "the worker draws papers of all practices",
}

# Where SQL is written by hand, and why the ORM does not do.
RAW_SQL = {
    "aftersession/practices/guards.py": "triggers",
    "aftersession/billing/numbers.py": "UPDATE … RETURNING",
    "aftersession/catalog/code_tables.py": "bulk load of a published table",
}
RAW_CALLS = {"cursor", "extra", "raw", "RawSQL", "executescript"}

# Signals of others that we listen to: of Django after a migration, of the sign-in library.
SIGNALS = {
    "aftersession/practices/apps.py",
    "aftersession/accounts/apps.py",
    "aftersession/accounts/factor_changes.py",
}

LONGEST_FILE = 450
LONGEST_FUNCTION = 75


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Line and last name of every call: `rows.filter(…)` is `filter`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            yield node.lineno, name


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_practices_are_mixed_only_where_it_is_meant() -> None:
    found = {
        name_of(path)
        for path in sources()
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in ("unscoped", "_base_manager"))
        or (isinstance(node, ast.Name) and node.id == "unscoped")
    }
    assert found == set(UNSCOPED)


def test_sql_is_written_by_hand_only_where_it_is_meant() -> None:
    found = {
        name_of(path)
        for path in sources()
        if "migrations" not in path.parts and "partner" not in path.parts
        for _line, name in calls(path)
        if name in RAW_CALLS
    }
    assert found == set(RAW_SQL)


def test_nothing_from_a_request_is_spread_into_keywords() -> None:
    spread = re.compile(r"\*\*\s*(dict\()?(self\.)?request\.|\*\*\w+\.(GET|POST)\b")
    found = [name_of(path) for path in sources() if spread.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_apps_do_not_signal_each_other() -> None:
    found = {
        name_of(path)
        for path in sources()
        if any(module.startswith("django.dispatch") or ".signals" in module for module in imports_of(path))
        or re.search(r"\bsignals\b", path.read_text(encoding="utf-8"))
    }
    assert found - SIGNALS == set()
    for path in sources():
        made = [name for _line, name in calls(path) if name == "Signal"]
        assert made == [], name_of(path)


def test_no_model_works_while_it_is_saved() -> None:
    hooks = {"save", "delete", "clean", "full_clean", "save_base"}
    found = [
        f"{name_of(path)}:{function.lineno} {function.name}"
        for path in sources()
        if path.name == "models.py" or path.parent.name == "models"
        for function in functions(path)
        if function.name in hooks
    ]
    assert found == []


def test_views_ask_no_table_by_themselves() -> None:
    asks = {"filter", "exclude", "get_or_create", "update_or_create", "bulk_create", "select_related"}
    found = [
        f"{name_of(path)}:{line} {name}"
        for path in sources()
        if path.name == "views.py"
        for line, name in calls(path)
        if name in asks
    ]
    assert found == []


def test_every_use_case_says_what_it_promises() -> None:
    silent = [
        f"{name_of(path)}:{function.lineno} {function.name}"
        for path in sources()
        if path.parent.name in ("workflows", "invariants")
        for function in tree_of(path).body
        if isinstance(function, ast.FunctionDef)
        and not function.name.startswith("_")
        and not ast.get_docstring(function)
    ]
    assert silent == []


def test_a_command_takes_nothing_by_position() -> None:
    """The actor and the key are named at every call, so that nobody mistakes one for another."""
    for path in sources():
        for function in functions(path):
            decorators = [ast.unparse(each) for each in function.decorator_list]
            if any(each.startswith("command(") for each in decorators):
                names = {each.arg for each in function.args.kwonlyargs}
                assert not function.args.args, f"{name_of(path)}: {function.name}"
                assert {"actor", "key"} <= names, f"{name_of(path)}: {function.name}"


def test_nothing_slow_happens_while_a_command_holds_the_database() -> None:
    """Commands write rows: what they promise is drawn, sent and asked for after their commit."""
    slow = {
        "produce",
        "produce_now",
        "produce_pending",
        "render_pdf",
        "deliver_due",
        "provider_of",
        "urlopen",
    }
    for path in sources():
        for function in functions(path):
            decorators = [ast.unparse(each) for each in function.decorator_list]
            if not any(each.startswith("command(") for each in decorators):
                continue
            called = {
                getattr(node.func, "attr", getattr(node.func, "id", ""))
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
            }
            assert not called & slow, f"{name_of(path)}: {function.name}"


def test_files_and_functions_stay_readable() -> None:
    for path in sources():
        if "migrations" in path.parts:
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST_FILE, f"{name_of(path)} has {lines} lines: split it by noun"
        for function in functions(path):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{name_of(path)}:{function.lineno} has {length} lines"


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils.py", "helpers.py", "services.py", "common.py", "misc.py"}
    assert [name_of(path) for path in sources() if path.name in drawers] == []


def test_every_source_names_its_licence() -> None:
    bare = [
        name_of(path)
        for path in sources(tests=True)
        if "migrations" not in path.parts
        and not path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: Apache-2.0")
    ]
    assert bare == []


def test_locks_name_no_address_of_a_registry() -> None:
    locks = [*ROOT.glob("requirements*.txt"), ROOT / "pyproject.toml"]
    assert len(locks) >= 3
    for lock in locks:
        pins = [
            line
            for line in lock.read_text(encoding="utf-8").splitlines()
            if not line.lstrip().startswith("#")
        ]
        assert not [line for line in pins if "://" in line], lock.name


def test_every_pin_has_its_hash() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        text = lock.read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9][^\n]*==[^\n]*", text, flags=re.IGNORECASE | re.MULTILINE)
        assert pins and text.count("--hash=sha256:") >= len(pins), lock.name


def test_every_variable_that_is_read_is_explained() -> None:
    text = (ROOT / "config/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"""(?:env\.\w+|required_keys)\(\s*"([A-Z_]+)\"""", text))
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([A-Z_]+)`", manual, re.MULTILINE))
    assert len(read) > 10
    assert read == told


def test_nothing_but_the_settings_reads_the_environment() -> None:
    # The sandbox partner is a program of its own.
    allowed = {"config/env.py", "config/wsgi.py", "aftersession/integrations/sandbox/partner/__main__.py"}
    found = {
        name_of(path)
        for path in sources()
        if re.search(r"os\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    }
    assert found <= allowed
