# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.payments.connections import connect_provider
from aftersession.payments.models import PaymentLink, ProviderConnection
from aftersession.practices.models import Practice
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import complete
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl


@pytest.fixture
def connection(cast: Cast, sandbox_partner: SandboxControl) -> ProviderConnection:
    """The practice takes payments; the partner keeps its notices, so that only asking tells."""
    made = connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())
    sandbox_partner.misbehave(hold=True)
    return made


@pytest.fixture
def link(cast: Cast, connection: ProviderConnection, in_practice: Practice) -> PaymentLink:
    """The pay page of one session at R 950.00, asked of the adult client."""
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    found: PaymentLink = PaymentLink.objects.select_related("practice", "share__invoice").get()
    return found
