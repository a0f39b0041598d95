# SPDX-License-Identifier: Apache-2.0
import pytest
from django.test import Client

from aftersession.payments.models import ProviderConnection
from aftersession.practices.models import Practice
from tests.cast import Cast, signed_in
from tests.completion import connect


@pytest.fixture
def connected(cast: Cast) -> ProviderConnection:
    """A payment partner that the practice is connected to."""
    return connect(cast)


@pytest.fixture
def desk(cast: Cast, in_practice: Practice) -> Client:
    """The front desk, signed in; the test too looks into the practice."""
    return signed_in(cast.front_desk)
