# SPDX-License-Identifier: Apache-2.0
"""One payment for several invoices, and everything that can happen to them while the payer pays."""

from collections.abc import Iterator

import pytest

from aftersession.billing.debtors import guarantor_debtor
from aftersession.ledger.models import Account, Line
from aftersession.lib.codes import new_code
from aftersession.lib.errors import DomainError
from aftersession.messaging.models import Message
from aftersession.payments.connections import connect_provider
from aftersession.payments.links import open_account_link, token_of
from aftersession.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentLink,
    ProviderConnection,
    Receipt,
    TrayReason,
)
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.start_checkout import Asked, start_checkout
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import cash, complete, share_behind
from tests.cast import Cast, ended_appointment, make_patient
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

ALL = Asked(is_account=True)


@pytest.fixture
def clean_books(in_practice: object) -> Iterator[None]:
    yield
    assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def connection(cast: Cast, sandbox_partner: SandboxControl) -> ProviderConnection:
    made = connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())
    sandbox_partner.misbehave(hold=True)
    return made


@pytest.fixture
def links(cast: Cast, connection: ProviderConnection) -> list[PaymentLink]:
    """The pay pages of three invoices of one client, each at R 950.00, the oldest first."""
    for _ in range(3):
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    return list(PaymentLink.objects.select_related("practice", "share__invoice").order_by("pk"))


def press(link: PaymentLink, asked: Asked = ALL) -> tuple[PaymentAttempt, str]:
    page = start_checkout(
        link=link, actor=PayerActor(link.practice, link.code), key=new_code(), asked=asked
    ).url
    return PaymentAttempt.objects.select_related("connection", "practice").latest("pk"), page


def paid(attempt: PaymentAttempt) -> Payment:
    assert refresh_attempt(attempt) == AttemptState.SUCCEEDED
    found: Payment = Payment.objects.get(attempt=attempt)
    return found


def open_of(links: list[PaymentLink]) -> list[int]:
    shares = [share_behind(link) for link in links]
    for share in shares:
        share.refresh_from_db()
    return [share.open_minor for share in shares]


def test_all_of_it_is_one_payment_and_one_receipt(
    links: list[PaymentLink], sandbox_partner: SandboxControl
) -> None:
    attempt, page = press(links[1])
    sandbox_partner.pay(page)
    payment = paid(attempt)
    assert (payment.amount_minor, payment.unallocated_minor) == (2850_00, 0)
    assert open_of(links) == [0, 0, 0]
    assert Receipt.objects.count() == 1
    assert Message.objects.filter(kind="receipt").count() == 1


def test_the_receipt_of_a_part_says_what_is_still_open(
    links: list[PaymentLink], sandbox_partner: SandboxControl
) -> None:
    attempt, page = press(links[0], Asked(is_account=True, amount_minor=1000_00))
    sandbox_partner.pay(page)
    paid(attempt)
    assert open_of(links) == [0, 900_00, 950_00]
    body = Message.objects.get(kind="receipt").body.replace("\u00a0", " ")
    assert "R 900.00 of invoice INV-000002 is still open." in body


def test_what_was_settled_meanwhile_leaves_its_money_unused(
    cast: Cast, links: list[PaymentLink], sandbox_partner: SandboxControl
) -> None:
    attempt, page = press(links[0], Asked(is_account=True, amount_minor=1900_00))
    record_payment(
        invoice=share_behind(links[0]).invoice, payment=cash(), send_receipt_to="", actor=cast.owner, key="c"
    )
    sandbox_partner.pay(page)
    payment = paid(attempt)
    assert (payment.unallocated_minor, payment.tray_reason) == (950_00, TrayReason.MORE_THAN_OPEN)
    assert open_of(links) == [0, 0, 950_00]
    assert sum(line.amount_minor for line in Line.objects.filter(account=Account.UNALLOCATED)) == -950_00


def test_two_paid_links_keep_the_second_money_in_sight(
    links: list[PaymentLink], sandbox_partner: SandboxControl
) -> None:
    first, page = press(links[0], Asked())
    sandbox_partner.misbehave(answer="500", times=1, method="GET", hold=True)  # it cannot be closed
    second, other_page = press(links[1])
    sandbox_partner.pay(page)
    sandbox_partner.pay(other_page)
    assert paid(first).unallocated_minor == 0
    assert paid(second).unallocated_minor == 950_00
    assert open_of(links) == [0, 0, 0]


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"paid_amount": 950_00}, TrayReason.AMOUNT_DIFFERS),
        ({"paid_currency": "USD"}, TrayReason.CURRENCY_DIFFERS),
    ],
)
def test_other_money_than_was_asked_for_settles_none_of_them(
    links: list[PaymentLink],
    sandbox_partner: SandboxControl,
    faults: dict[str, object],
    reason: TrayReason,
) -> None:
    sandbox_partner.misbehave(hold=True, **faults)
    attempt, page = press(links[0])
    sandbox_partner.pay(page)
    payment = paid(attempt)
    assert (payment.tray_reason, payment.allocated_minor) == (reason, 0)
    assert open_of(links) == [950_00] * 3


@pytest.mark.parametrize("fate", ["void", "credited"])
def test_an_invoice_taken_back_meanwhile_takes_no_money(
    cast: Cast, links: list[PaymentLink], sandbox_partner: SandboxControl, fate: str
) -> None:
    attempt, page = press(links[0], Asked())
    invoice = share_behind(links[0]).invoice
    if fate == "void":
        void_invoice(invoice=invoice, reason="Twice", actor=cast.owner, key="v")
    else:
        credit_invoice(invoice=invoice, credit=CreditInput(reason="Twice"), actor=cast.owner, key="v")
    sandbox_partner.pay(page)
    payment = paid(attempt)
    assert (payment.unallocated_minor, payment.tray_reason) == (950_00, TrayReason.NOTHING_OPEN)
    assert open_of(links[1:]) == [950_00, 950_00]


def test_a_new_try_for_all_closes_the_page_of_one(
    links: list[PaymentLink], sandbox_partner: SandboxControl
) -> None:
    single, page = press(links[2], Asked())
    press(links[0])
    sandbox_partner.pay(page)
    assert refresh_attempt(single) == AttemptState.EXPIRED
    assert not Payment.objects.exists()


def test_one_found_paid_ends_the_try_for_all(
    links: list[PaymentLink], sandbox_partner: SandboxControl
) -> None:
    _single, page = press(links[2], Asked())
    sandbox_partner.pay(page)
    with pytest.raises(DomainError) as refusal:
        press(links[0])
    assert refusal.value.code == "balance_changed"
    assert open_of(links) == [950_00, 950_00, 0]


def test_the_partner_is_told_the_first_number_and_how_many_more(links: list[PaymentLink]) -> None:
    attempt, _page = press(links[0])
    assert attempt.reference.startswith(share_behind(links[0]).invoice.payment_reference)


def test_a_responsible_person_pays_for_all_whom_they_answer_for(
    cast: Cast, links: list[PaymentLink], sandbox_partner: SandboxControl
) -> None:
    assert cast.minor.guarantor is not None
    sister = make_patient(cast.practice, "Lesedi", "Sithole", guarantor=cast.minor.guarantor)
    for child in (cast.minor, sister):
        complete(
            cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE, send_to="thabo@example.com",
            appointment=ended_appointment(cast, patient=child),
        )  # fmt: skip
    link = open_account_link(guarantor_debtor(cast.minor.guarantor, cast.practice), actor=cast.owner)
    attempt, page = press(link, Asked())
    sandbox_partner.pay(page)
    payment = paid(attempt)
    assert (payment.amount_minor, payment.unallocated_minor) == (1900_00, 0)
    assert payment.guarantor == cast.minor.guarantor
    assert open_of(links) == [950_00] * 3
    assert token_of(link) not in str(Message.objects.values_list("body", flat=True))
