# SPDX-License-Identifier: Apache-2.0
"""A server with a bad setting must not start, and must say which setting it is."""

import base64
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
OPEN_KEY = "ZGVtby1hbmQtdGVzdHMtb25seS1rZXktb3Blbi10by0="


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


PRODUCTION = {
    "AFTERSESSION_MODE": "production",
    "AFTERSESSION_URL": "https://desk.example.org",
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz" * 3,
    "AFTERSESSION_FIELD_KEYS": f"a:{key('f')}",
    "AFTERSESSION_LINK_KEYS": f"a:{key('l')}",
    "AFTERSESSION_CONNECTION_KEYS": f"a:{key('c')}",
    "EMAIL_URL": "smtps://mail.example.org",
}


def without_ours() -> dict[str, str]:
    ours = ("AFTERSESSION_", "SECRET_KEY", "EMAIL_URL", "DATABASE_URL", "SANDBOX_URL", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in set(os.environ) - set(without_ours()):
        monkeypatch.delenv(name)
    for name, value in (PRODUCTION | {"AFTERSESSION_DATA": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def read_settings() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "config" / "settings.py"), run_name="config.settings_under_test")


def run(*arguments: str, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = without_ours() | {"AFTERSESSION_DATA": str(tmp_path)} | variables
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AFTERSESSION_MODE", "staging"),
        ("AFTERSESSION_URL", ""),
        ("AFTERSESSION_URL", "http://desk.example.org"),
        ("AFTERSESSION_URL", "https://*.example.org"),
        ("AFTERSESSION_URL", "https://.example.org"),
        ("AFTERSESSION_URL", "https://desk.example.org/office"),
        ("AFTERSESSION_URL", "https://desk.example.org:port"),
        ("AFTERSESSION_DEBUG", "yes"),
        ("AFTERSESSION_DEBUG", "perhaps"),
        ("AFTERSESSION_CLOCK", "2026-11-23T14:00:00+02:00"),
        ("AFTERSESSION_SECOND_FACTOR", "no"),
        ("AFTERSESSION_TRUSTED_PROXIES", "many"),
        ("AFTERSESSION_IDLE_MINUTES", "0"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "open-to-all-" + "demo-and-tests-only-" * 3),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("AFTERSESSION_FIELD_KEYS", ""),
        ("AFTERSESSION_FIELD_KEYS", "a:c2hvcnQ="),
        ("AFTERSESSION_FIELD_KEYS", f"a:{key('x')},a:{key('y')}"),
        ("AFTERSESSION_FIELD_KEYS", f"mine:{key('x')},theirs:{OPEN_KEY}"),
        ("AFTERSESSION_LINK_KEYS", ""),
        ("AFTERSESSION_LINK_KEYS", f"open:{OPEN_KEY}"),
        ("AFTERSESSION_CONNECTION_KEYS", ""),
        ("AFTERSESSION_CONNECTION_KEYS", f"open:{OPEN_KEY}"),
        ("AFTERSESSION_CONNECTION_KEYS", f"b:{key('c')},a:{key('f')}"),
        ("AFTERSESSION_CONNECTION_KEYS", f"a:{key('l')}"),
        ("EMAIL_URL", ""),
        ("EMAIL_URL", "https://mail.example.org"),
        ("EMAIL_URL", "smtp://sender:password@mail.example.org"),
        ("DATABASE_URL", "mysql://db/books"),
        ("SECRET_KEY_FILE", "/nowhere"),
    ],
)
def test_production_refuses(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name.removesuffix("_FILE")) as refusal:
        read_settings()
    assert not value or len(value) < 8 or value not in str(refusal.value)


def test_production_takes_good_settings(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    assert settings["ALLOWED_HOSTS"] == ["desk.example.org"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://desk.example.org"]
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert settings["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert settings["SECOND_FACTOR_REQUIRED"]
    assert not settings["DEBUG"]


def test_a_secret_may_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from-a-file-" * 6 + "\n")
    environment.delenv("SECRET_KEY")
    environment.setenv("SECRET_KEY_FILE", str(path))
    assert read_settings()["SECRET_KEY"] == "from-a-file-" * 6


def test_the_demo_needs_no_variable_at_all(environment: pytest.MonkeyPatch) -> None:
    for name in PRODUCTION:
        environment.delenv(name)
    environment.setenv("AFTERSESSION_MODE", "demo")
    settings = read_settings()
    assert settings["DEMO"]
    assert not settings["SECOND_FACTOR_REQUIRED"]


@pytest.mark.parametrize("mode", ["demo", "test"])
def test_open_modes_stay_on_this_machine(environment: pytest.MonkeyPatch, mode: str) -> None:
    environment.setenv("AFTERSESSION_MODE", mode)
    with pytest.raises(ImproperlyConfigured, match="this machine only"):
        read_settings()
    environment.setenv("AFTERSESSION_URL", "http://localhost:8000")
    assert read_settings()["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]


def test_a_command_says_what_is_wrong_in_one_sentence(tmp_path: Path) -> None:
    result = run("manage.py", "check", tmp_path=tmp_path)
    assert result.returncode == 1
    assert (
        result.stderr == "Aftersession cannot start. AFTERSESSION_URL must be set, to a value of your own.\n"
    )


def test_the_web_process_refuses_too(tmp_path: Path) -> None:
    result = run("-c", "import config.wsgi", tmp_path=tmp_path, **PRODUCTION | {"SECRET_KEY": ""})
    assert result.returncode != 0
    assert "SECRET_KEY must be set" in result.stderr


def test_production_passes_the_deployment_check(tmp_path: Path) -> None:
    result = run("manage.py", "check", "--deploy", "--fail-level=WARNING", tmp_path=tmp_path, **PRODUCTION)
    assert result.returncode == 0, result.stderr


ROUTE_OF_THE_DEMO = "import config.wsgi; from django.urls import reverse; reverse('demo_sign_in')"


def test_the_demo_door_exists_in_the_demo_only(tmp_path: Path) -> None:
    assert run("-c", ROUTE_OF_THE_DEMO, tmp_path=tmp_path, AFTERSESSION_MODE="demo").returncode == 0
    for variables in (PRODUCTION, {"AFTERSESSION_MODE": "test"}):
        assert "NoReverseMatch" in run("-c", ROUTE_OF_THE_DEMO, tmp_path=tmp_path, **variables).stderr
