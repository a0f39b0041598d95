# SPDX-License-Identifier: Apache-2.0
"""Short words for tests of money at a partner: what was paid, what the partner tells, what the books say."""

from __future__ import annotations

from django.db.models import Sum
from django.test import Client

from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.ledger.models import Account, Line
from aftersession.lib.codes import new_code
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import Payment, PaymentAttempt, PaymentLink, ProviderConnection
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import start_checkout
from tests.billing import complete
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl

OWED = 950_00
FEE = 27_55
DISPUTE_FEE = 150_00


def connected(cast: Cast, partner: SandboxControl) -> ProviderConnection:
    """The practice takes payments through the sandbox, which keeps its notices until asked."""
    made = connect_provider(practice=cast.practice, kind="sandbox", connection=partner.connect())
    partner.misbehave(hold=True, refund="done")
    return made


def a_link(cast: Cast) -> PaymentLink:
    """The pay page of an invoice of R 950.00."""
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    found: PaymentLink = PaymentLink.objects.select_related("practice", "share__invoice").latest("pk")
    return found


def begun(link: PaymentLink, partner: SandboxControl, *, is_paid: bool = True) -> PaymentAttempt:
    """An attempt, paid at the partner unless said otherwise; nobody here knows yet."""
    actor = PayerActor(link.practice, link.code)
    page = start_checkout(link=link, actor=actor, key=new_code()).url
    if is_paid:
        partner.pay(page)
    return newest_attempt()


def newest_attempt() -> PaymentAttempt:
    found: PaymentAttempt = PaymentAttempt.objects.select_related("connection", "practice").latest("pk")
    return found


def paid(cast: Cast, partner: SandboxControl) -> Payment:
    """R 950.00 paid online that settles its invoice."""
    refresh_attempt(begun(a_link(cast), partner))
    return newest_payment()


def newest_payment() -> Payment:
    rows = Payment.objects.select_related("practice", "connection", "patient", "attempt")
    found: Payment = rows.latest("pk")
    return found


def tell(connection: ProviderConnection, partner: SandboxControl, reference: str, **which: slice) -> int:
    """Deliver what the partner has to say of a payment, and let the worker apply it."""
    for body, headers in partner.notices(reference)[which.get("only", slice(None))]:
        address = f"/webhooks/sandbox/{connection.code}/"
        answer = Client().post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code == 200
    return apply_due_notices(settle=settle_reference)


def book(account: Account) -> int:
    """What an account of the chart comes to."""
    return Line.objects.filter(account=account).aggregate(sum=Sum("amount_minor"))["sum"] or 0
