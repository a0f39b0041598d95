# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator

import pytest

from aftersession.integrations.stripe.provider import StripeProvider
from aftersession.integrations.stripe.tests.scene import settings_of
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.lib import clock


@pytest.fixture(scope="session")
def _running_stripe() -> Iterator[StripeStandIn]:
    partner = StripeStandIn()
    with partner:
        yield partner


@pytest.fixture
def stripe(_running_stripe: StripeStandIn) -> StripeStandIn:
    """A Stripe with empty books, whose clock is the product's: a frozen test stays in step."""
    _running_stripe.forget()
    _running_stripe.clock = lambda: clock.now().timestamp()
    return _running_stripe


@pytest.fixture
def provider(stripe: StripeStandIn) -> StripeProvider:
    """The port, connected to a new account in test mode."""
    return StripeProvider(settings_of(stripe, stripe.books.open_account()))
