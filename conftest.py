# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: test mode, loopback only, databases that refuse changes to the past."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path

import django
import hypothesis
from django.conf import settings

# Before anything imports the settings: they are read once, from the environment. (Named in pyproject.toml
# they would be read before this file is.)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["AFTERSESSION_MODE"] = "test"
# Each test process keeps its documents and its database to itself.
os.environ["AFTERSESSION_DATA"] = tempfile.mkdtemp(prefix="aftersession-tests-")
atexit.register(shutil.rmtree, os.environ["AFTERSESSION_DATA"], ignore_errors=True)
# The fixtures below import models.
django.setup()
# A test process that pytest-xdist started has read its settings before this file: with its parent's folder.
settings.DATA_DIR = Path(os.environ["AFTERSESSION_DATA"])

# The collector would walk through all of Django again and again, for garbage that is not there.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
# Tests judge results, never how long a busy machine takes for them.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.database",
    "tests.fixtures.clock",
    "tests.fixtures.language",
    "tests.cast",
    "tests.fixtures.mail",
    "tests.fixtures.sandbox",
    "tests.fixtures.server",
    "tests.fixtures.browser",
    "tests.fixtures.torture",
    "tests.contracts",
]
