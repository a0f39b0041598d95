# SPDX-License-Identifier: Apache-2.0
import pytest
from django.test import Client

from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import cash, complete
from tests.cast import Cast, signed_in
from tests.fixtures.database import QueryCount


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def shown(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


@pytest.mark.parametrize("step", [Step.SAVE, Step.SEND, Step.SEND_RECEIPT])
def test_it_shows_an_invoice_in_every_state(cast: Cast, owner: Client, step: Step) -> None:
    outcome = complete(cast, step, payment=cash() if step is Step.SEND_RECEIPT else None)
    page = shown(owner, f"/invoices/{outcome.invoice_code}/")
    assert "Individual therapy" in page


def test_it_shows_lists(cast: Cast, owner: Client, query_count: QueryCount) -> None:
    complete(cast, Step.SEND)
    complete(cast, Step.SEND_RECEIPT, payment=cash(500_00))
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    shown(owner, "/billing/")
    for address in ("/billing/", "/payments/", "/receipts/", "/claims/"):
        with query_count() as queries:
            page = shown(owner, address)
        print(address, len(queries))
        assert "INV-00000" in page or "RCT" in page
