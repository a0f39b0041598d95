# SPDX-License-Identifier: Apache-2.0
"""A practice connected to the sandbox, a payment through it, and books that must agree afterwards."""

from collections.abc import Iterator

import pytest

from aftersession.integrations.tests.online import connected, paid
from aftersession.payments.models import Payment, ProviderConnection
from aftersession.workflows.invariants import check_invariants
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl


@pytest.fixture
def clean_books(in_practice: object) -> Iterator[None]:
    """Whatever happens in the test, no invariant is broken at its end."""
    yield
    assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def connection(cast: Cast, sandbox_partner: SandboxControl) -> ProviderConnection:
    return connected(cast, sandbox_partner)


@pytest.fixture
def payment(cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl) -> Payment:
    """One invoice, paid online in full."""
    return paid(cast, sandbox_partner)
