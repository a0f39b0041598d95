# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from tests.sweep.world import World, make_world


@pytest.fixture
def ours(db: None) -> World:
    return make_world("Aa", reference_key="AA")


@pytest.fixture
def theirs(db: None) -> World:
    return make_world("Bb", reference_key="BB")
