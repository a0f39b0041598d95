# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: test mode, loopback only, databases that refuse changes to the past."""

from __future__ import annotations

import os

# Before anything imports the settings: they are read once, from the environment.
os.environ.setdefault("AFTERSESSION_MODE", "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.database",
    "tests.fixtures.clock",
    "tests.fixtures.mail",
    "tests.fixtures.server",
    "tests.fixtures.browser",
    "tests.fixtures.torture",
]
