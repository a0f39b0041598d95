# SPDX-License-Identifier: Apache-2.0
"""Messages and the demo's mailbox in a real browser, at every width."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect
from pytest_django import Settings

from aftersession.desk.mailbox.tests import test_mailbox
from aftersession.lib import clock
from aftersession.messaging.actions import queue_letters
from aftersession.messaging.models import Message, MessageState
from aftersession.messaging.tests.test_delivery import LETTER
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from config.policy import DEMO_ROUTES, POLICY
from tests.billing import cash, complete
from tests.cast import Cast, signed_in
from tests.fixtures.browser import LookAt, OpenPage


@pytest.fixture
def staff(open_page: OpenPage, live: str, cast: Cast) -> Page:
    """The owner's browser."""
    page = open_page()
    cookie = signed_in(cast.owner).cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
    return page


@pytest.fixture
def message(cast: Cast, staff: Page) -> Message:
    """An invoice about to leave, among letters in every other state."""
    with practice_scope(cast.practice):
        outcome = complete(cast, Step.SEND_RECEIPT, PaymentType.OTHER, payment=cash())
        letter = replace(LETTER, recipient=cast.adult.ref, about_code=outcome.invoice_code)
        name = "Maximiliane-Theodora van der Westhuizen-Nkosi of Observatory"
        letters = [
            replace(letter, dedupe_key=f"{n}", to_name=name if n == 1 else "Li Na 李娜") for n in range(4)
        ]
        queue_letters(letters, actor=cast.owner)
        for state in (MessageState.SENT, MessageState.FAILED, MessageState.HELD, MessageState.CANCELLED):
            one = Message.objects.filter(kind="invoice", state=MessageState.WAITING).first()
            assert one
            if state in (MessageState.SENT, MessageState.FAILED):
                Message.objects.filter(pk=one.pk).update(state=MessageState.SENDING)
            Message.objects.filter(pk=one.pk).update(
                state=state,
                sent_at=clock.now() if state == MessageState.SENT else None,
                problem="The mail server refused it (550)." if state == MessageState.FAILED else "",
            )
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
        newest: Message = Message.objects.latest("pk")
        return newest


@pytest.mark.parametrize("tab", ["waiting", "sent", "failed", "cancelled"])
def test_the_outbox_is_readable_for_everybody(
    staff: Page, message: Message, look_at: LookAt, tab: str
) -> None:
    staff.goto(f"/messages/?tab={tab}")
    look_at(staff, f"messages-{tab}")


def test_a_message_is_readable_in_every_state(
    staff: Page, message: Message, cast: Cast, look_at: LookAt
) -> None:
    with practice_scope(cast.practice):
        Patient.objects.filter(pk=cast.adult.pk).update(email="naledi.new@example.com")
        codes = {each.state: each.code for each in Message.objects.order_by("-pk")}
    staff.goto(f"/messages/{message.code}/")
    look_at(staff, "messages-detail-waiting")
    for state in ("sent", "failed", "held"):
        staff.goto(f"/messages/{codes[state]}/")
        look_at(staff, f"messages-detail-{state}")
    staff.goto(f"/messages/{codes['held']}/release/")
    look_at(staff, "messages-release")


def test_a_message_about_to_leave_is_stopped_by_one_key(staff: Page, message: Message, cast: Cast) -> None:
    staff.goto(f"/messages/{message.code}/")
    staff.keyboard.press("z")
    expect(staff.get_by_role("heading", level=1)).to_contain_text("Cancelled.")
    with practice_scope(cast.practice):
        assert Message.objects.get(pk=message.pk).state == MessageState.CANCELLED


def test_the_mailbox_is_readable_and_leads_to_the_pay_page(
    staff: Page,
    look_at: LookAt,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    settings.DEMO, settings.DATA_DIR, settings.ROOT_URLCONF = True, tmp_path, test_mailbox.__name__
    for name, policy in DEMO_ROUTES.items():
        monkeypatch.setitem(POLICY, name, policy)
    staff.goto("/demo/mailbox/")
    look_at(staff, "messages-mailbox-empty")
    test_mailbox.put(
        body="Dear Naledi,\n\nInvoice INV-000001 for R 950.00 is attached.\n\nPay online, or see what is"
        " still open:\nhttp://localhost:8123/p/abcdefghijklmnopqrstuv\n\nParker & Dlamini\n"
    )
    staff.goto("/demo/mailbox/")
    look_at(staff, "messages-mailbox")
    staff.get_by_role("link", name="naledi@example.com").click()
    staff.wait_for_url("**/demo/mailbox/*/")
    look_at(staff, "messages-mailbox-mail")
    link = staff.get_by_role("link", name="http://localhost:8123/p/")
    expect(link).to_have_attribute("href", "/p/abcdefghijklmnopqrstuv")
