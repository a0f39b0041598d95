# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.catalog.models import CodeTable
from aftersession.catalog.tests.small_table import load_bare_table, load_small_table
from aftersession.practices.models import Practice


@pytest.fixture
def table(db: None) -> CodeTable:
    return load_small_table()


@pytest.fixture
def bare_table(db: None) -> CodeTable:
    return load_bare_table()


def make_practice(key: str) -> Practice:
    return Practice.objects.create(
        name=f"Practice {key}",
        country="zz",
        currency="EUR",
        locale="en",
        time_zone="UTC",
        reference_key=key,
    )


@pytest.fixture
def practice(db: None) -> Practice:
    return make_practice("K7Q3")


@pytest.fixture
def other_practice(db: None) -> Practice:
    return make_practice("B2X9")
