# SPDX-License-Identifier: Apache-2.0
"""Paid online, whole: from the completed session to the receipt in the client's mailbox.

Real HTTP both ways, the sandbox partner's own service, a real mail server; the worker's own jobs.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from threading import Barrier

import httpx
import pytest
from django import db
from pytest_django import Settings

from aftersession.billing.models import InvoiceShare
from aftersession.billing.queries import invoice_for
from aftersession.integrations.management.commands.worker import jobs
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import Payment, PaymentAttempt, ProviderConnection, Receipt, TrayReason
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import complete
from tests.cast import Cast, make_cast
from tests.fixtures.clock import FrozenClock
from tests.fixtures.mail import SmtpServer
from tests.fixtures.sandbox import SandboxControl

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PENDING = "4000 0000 0000 3220"


@dataclass
class Journey:
    """One session at 950.00, asked for online, and everybody who has a part in its payment."""

    cast: Cast
    outcome: Outcome
    connection: ProviderConnection
    partner: SandboxControl
    mail: SmtpServer
    clock: FrozenClock
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=20))

    def work(self, minutes: int = 1) -> None:
        """Let time pass and the worker do what is due; then the undo window of what it wrote."""
        for wait in (minutes, 1):
            self.clock.tick(minutes=wait)
            for job in jobs():
                job.run()

    def read_mail(self) -> EmailMessage:
        """The newest mail."""
        return self.mail.messages[-1]

    def link(self) -> str:
        """The pay page's address, from the first mail."""
        body = self.mail.messages[0].get_body(("plain",))
        found = re.search(r"http\S+/p/[\w-]{22}", body.get_content() if body else "")
        assert found
        return found[0]

    def page(self) -> str:
        return self.browser.get(self.link()).text.replace("\u00a0", " ")

    def press_pay(self) -> str:
        """The partner's page."""
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', self.page()))
        answer = self.browser.post(f"{self.link()}/checkout", data=form)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def pay(self, card: str = "4242 4242 4242 4242") -> str:
        """Pay at the partner; where it sends the browser back to."""
        return self.partner.pay(self.press_pay(), card).headers["Location"]

    def reference(self) -> str:
        with practice_scope(self.cast.practice):
            return PaymentAttempt.objects.latest("pk").reference

    def wait_for_notices(self, count: int) -> None:
        """Until the partner's notices are in: one that met a busy database comes again after a pause."""
        for _ in range(600):
            if InboundEvent.unscoped.count() >= count:
                return
            time.sleep(0.05)
        raise AssertionError("the partner's notices did not come")

    def mails_of(self, kind: str) -> int:
        with practice_scope(self.cast.practice):
            return Message.objects.filter(kind=kind, state=MessageState.SENT).count()

    def assert_paid_once(self) -> None:
        with practice_scope(self.cast.practice):
            assert InvoiceShare.objects.get().open_minor == 0
            payment = Payment.objects.get()
            assert (payment.unallocated_minor, payment.tray_reason) == (0, "")
            assert Receipt.objects.count() == 1
        assert (self.mails_of("invoice"), self.mails_of("receipt")) == (1, 1)
        assert len(self.mail.deliveries) == 2

    def payments(self) -> list[tuple[int, int, str]]:
        with practice_scope(self.cast.practice):
            rows = Payment.objects.order_by("pk").values_list(
                "amount_minor", "allocated_minor", "tray_reason"
            )
            return list(rows)


@pytest.fixture
def country() -> str:
    return "za"


@pytest.fixture
def journey(
    live: str,
    country: str,
    frozen_clock: FrozenClock,
    sandbox_partner: SandboxControl,
    smtp_server: SmtpServer,
    settings: Settings,
) -> Iterator[Journey]:
    """The session is complete and its mail has come. Whatever happens then, the books must agree."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_server.port
    frozen_clock.move_to(NOW)
    cast = make_cast(country=country)
    connection = connect_provider(
        practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect()
    )
    with practice_scope(cast.practice):
        outcome = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    made = Journey(cast, outcome, connection, sandbox_partner, smtp_server, frozen_clock)
    made.work()
    yield made
    made.browser.close()
    assert [str(breach) for breach in check_invariants()] == []


@pytest.mark.parametrize("country", ["za", "zz"])
def test_a_session_is_paid_online_and_receipted_by_itself(journey: Journey) -> None:
    assert journey.read_mail()["To"].addresses[0].addr_spec == "naledi@example.com"
    assert "Naledi" in journey.page()
    back = journey.pay()
    journey.wait_for_notices(2)
    journey.work()
    journey.assert_paid_once()
    assert "is paid" in journey.browser.get(back).text
    assert "You owe nothing on it" in journey.page()
    (attached,) = journey.read_mail().iter_attachments()
    downloaded = journey.browser.get(f"{journey.link()}/receipt.pdf")
    assert attached.get_payload(decode=True) == downloaded.content
    assert downloaded.content.startswith(b"%PDF-")


def test_the_invoice_in_the_mail_is_the_one_behind_the_link(journey: Journey) -> None:
    (attached,) = journey.read_mail().iter_attachments()
    downloaded = journey.browser.get(f"{journey.link()}/invoice.pdf")
    assert attached.get_payload(decode=True) == downloaded.content


def test_notices_five_times_over_pay_once(journey: Journey) -> None:
    journey.partner.misbehave(copies=5)
    journey.pay()
    journey.wait_for_notices(2)
    journey.work()
    journey.partner.deliver(journey.reference())
    journey.work()
    journey.assert_paid_once()


def test_notices_in_the_wrong_order_pay_once(journey: Journey) -> None:
    journey.partner.misbehave(hold=True)
    journey.pay()
    journey.partner.deliver(reverse=True)
    journey.wait_for_notices(2)
    journey.work()
    journey.assert_paid_once()


def test_a_notice_after_the_return_page_changes_nothing(journey: Journey) -> None:
    journey.partner.misbehave(hold=True)
    journey.browser.get(journey.pay())
    journey.work()
    journey.assert_paid_once()
    journey.partner.deliver()
    journey.wait_for_notices(2)
    journey.work()
    journey.assert_paid_once()


def test_forged_notices_are_counted_and_believed_in_nothing(journey: Journey) -> None:
    journey.partner.misbehave(forge=True)
    journey.pay()
    for _ in range(100):
        journey.connection.refresh_from_db(
            from_queryset=ProviderConnection.objects.for_practice(journey.cast.practice)
        )
        if journey.connection.rejected_notices:
            break
        time.sleep(0.05)
    assert journey.connection.rejected_notices
    assert not InboundEvent.unscoped.exists()
    assert journey.payments() == []
    journey.work(minutes=2)
    journey.assert_paid_once()


def test_a_payment_nobody_tells_of_is_found_by_asking(journey: Journey) -> None:
    journey.partner.misbehave(drop=True)
    journey.pay()
    journey.work(minutes=2)
    journey.assert_paid_once()


def test_a_payment_that_a_bank_confirms_much_later_is_found(journey: Journey) -> None:
    journey.partner.misbehave(drop=True)
    back = journey.pay(PENDING)
    assert "is being confirmed" in journey.browser.get(back).text
    journey.work(minutes=5)
    assert journey.payments() == []
    journey.partner.decide(journey.reference(), "succeeded")
    journey.work(minutes=10)
    journey.assert_paid_once()


def test_return_pages_and_worker_at_the_same_moment_give_one_receipt(journey: Journey) -> None:
    back = journey.pay()
    journey.wait_for_notices(2)
    readers = 3
    barrier = Barrier(readers + 1)

    def come_back(_: int) -> int:
        barrier.wait()
        return httpx.get(back, trust_env=False, timeout=30).status_code

    def apply_notices(_: int) -> int:
        try:
            barrier.wait()
            return jobs()[0].run()
        finally:
            db.connection.close()

    with ThreadPoolExecutor(readers + 1) as pool:
        applied = pool.submit(apply_notices, 0)
        assert list(pool.map(come_back, range(readers))) == [200] * readers
        applied.result()
    journey.work()
    journey.assert_paid_once()


def test_two_tries_paid_keep_the_second_payment_in_sight(journey: Journey) -> None:
    journey.press_pay()
    first = journey.reference()
    journey.pay()
    journey.wait_for_notices(2)
    journey.work()
    journey.partner.decide(first, "succeeded")
    journey.work(minutes=3)
    assert journey.payments() == [(950_00, 950_00, ""), (950_00, 0, TrayReason.NOTHING_OPEN)]
    assert "You paid R 950.00 more than was open" in journey.page()


def test_money_for_an_invoice_voided_meanwhile_stays_in_sight(journey: Journey) -> None:
    page = journey.press_pay()
    with practice_scope(journey.cast.practice):
        invoice = invoice_for(journey.cast.owner, journey.outcome.invoice_code)
    void_invoice(invoice=invoice, reason="Wrong client", actor=journey.cast.owner, key=new_code())
    back = journey.partner.pay(page).headers["Location"]
    assert "is paid" in journey.browser.get(back).text
    assert "nothing is owed on it" in journey.page()
    assert journey.payments() == [(950_00, 0, TrayReason.NOTHING_OPEN)]


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        ({"paid_amount": 1_00}, (1_00, 0, TrayReason.AMOUNT_DIFFERS)),
        ({"paid_currency": "USD"}, (950_00, 0, TrayReason.CURRENCY_DIFFERS)),
    ],
)
def test_other_money_than_was_asked_for_is_kept_and_shown(
    journey: Journey, fault: dict[str, object], kept: tuple[int, int, str]
) -> None:
    journey.partner.misbehave(**fault)
    journey.pay()
    journey.wait_for_notices(2)
    journey.work()
    assert journey.payments() == [kept]
    assert "R 950.00" in journey.page()


def test_an_answer_of_another_account_is_set_aside(journey: Journey) -> None:
    journey.pay()
    journey.wait_for_notices(2)
    ProviderConnection.objects.for_practice(journey.cast.practice).update(account="another")
    journey.work()
    states = InboundEvent.objects.for_practice(journey.cast.practice).values_list("state", flat=True)
    assert set(states) == {InboundState.QUARANTINED}
    assert journey.payments() == []
