# SPDX-License-Identifier: Apache-2.0
"""The pay page in a real browser: every state at every width, without scripts, on a thin line."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from aftersession.billing.debtors import patient_debtor
from aftersession.billing.queries import invoice_for
from aftersession.lib.codes import new_code
from aftersession.payments.connections import connect_provider
from aftersession.payments.links import open_account_link, token_of
from aftersession.payments.models import (
    ConnectionState,
    PaymentAttempt,
    PaymentLink,
    ProviderConnection,
)
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import SESSION, billing, cash, complete, share_behind
from tests.cast import Cast
from tests.fixtures.browser import LookAt, OpenPage
from tests.fixtures.sandbox import SandboxControl

MOST_BYTES = 20_000
DECLINED, SLOW, PENDING = "4000 0000 0000 0002", "4000 0000 0000 0077", "4000 0000 0000 3220"


@dataclass
class Scene:
    """A session asked for online, and the partner that would take the money."""

    cast: Cast
    link: PaymentLink
    partner: SandboxControl

    @property
    def path(self) -> str:
        return f"/p/{token_of(self.link)}"

    def pay_in_cash(self, amount_minor: int) -> None:
        record_payment(
            invoice=invoice_for(self.cast.owner, share_behind(self.link).invoice.code),
            payment=cash(amount_minor),
            send_receipt_to="",
            actor=self.cast.owner,
            key=new_code(),
        )

    def void(self) -> None:
        invoice = invoice_for(self.cast.owner, share_behind(self.link).invoice.code)
        void_invoice(invoice=invoice, reason="Twice", actor=self.cast.owner, key=new_code())

    def become(self, state: str) -> None:
        """Set the scene for one state of the page."""
        cast, invoice = self.cast, share_behind(self.link).invoice
        if state in ("also", "chosen", "account"):
            for _ in range(2):
                complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
        if state == "owing":
            complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
            self.pay_in_cash(950_00)
        if state in ("credited", "nothing"):
            credit = CreditInput(reason="Not there")
            credit_invoice(invoice=invoice, credit=credit, actor=cast.owner, key=new_code())
        if state == "replaced":
            finish = Finish(Step.REQUEST_PAYMENT, None, cast.adult.email)
            correct_invoice(
                invoice=invoice, billing=billing(PaymentType.ONLINE), finish=finish, reason="Wrong day",
                actor=cast.owner, key=new_code(),
            )  # fmt: skip
        if state in ("account", "nothing"):
            self.link = open_account_link(patient_debtor(cast.adult, cast.practice), actor=cast.owner)

    def press_and_pay(self, page: Page, card: str) -> None:
        """Through the partner's page, as a payer does."""
        page.goto(self.path)
        page.get_by_role("button", name="Pay R").click()
        page.get_by_label("Card number").fill(card)
        page.get_by_role("button", name="Pay", exact=False).first.click()
        page.wait_for_url(re.compile("/p/return/"))


@pytest.fixture
def scene(live: str, cast: Cast, sandbox_partner: SandboxControl, settings: Settings) -> Scene:
    settings.CHECKOUT_ORIGINS = [sandbox_partner.url]
    connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())
    sandbox_partner.misbehave(hold=True)
    with practice_scope(cast.practice):
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
        link = PaymentLink.objects.select_related("practice", "share__invoice").get()
        return Scene(cast, link, sandbox_partner)


@pytest.mark.parametrize(
    "state", ["also", "chosen", "refused", "account", "replaced", "credited", "owing", "nothing"]
)
def test_every_amount_is_readable_for_everybody(
    scene: Scene, page: Page, look_at: LookAt, state: str
) -> None:
    query = {"chosen": "?of=all&amount=1000", "refused": "?of=one&amount=9999"}.get(state, "")
    with practice_scope(scene.cast.practice):
        scene.become(state)
    page.goto(scene.path + query)
    look_at(page, f"pay-{state}")


@pytest.mark.parametrize("state", ["open", "part", "paid", "void", "transfer", "overfull"])
def test_every_state_is_readable_for_everybody(scene: Scene, page: Page, look_at: LookAt, state: str) -> None:
    with practice_scope(scene.cast.practice):
        if state == "part":
            scene.pay_in_cash(400_00)
        elif state == "paid":
            scene.pay_in_cash(950_00)
        elif state == "void":
            scene.void()
        elif state == "transfer":
            ProviderConnection.objects.update(state=ConnectionState.DISCONNECTED)
        elif state == "overfull":
            practice = scene.cast.practice
            practice.name = "Centre for Occupational Rehabilitation, Wellbeing and Family Support (Pty) Ltd"
            practice.bank_account_number = "ZZ89370400440532013000044053201300"
            practice.save()
            long = "Workbook on" + " very" * 8 + " long titles, with-a-word-that-does-not-end-anywhere-soon"
            lines = (SESSION, *(type(SESSION)(long, 1_234_567_89) for _ in range(3)))
            complete(scene.cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE, lines=lines)
            scene.link = PaymentLink.objects.latest("pk")
    page.goto(scene.path)
    look_at(page, f"pay-{state}")


def test_millions_stand_on_one_line_of_the_smallest_phone(scene: Scene, page: Page) -> None:
    with practice_scope(scene.cast.practice):
        lines = (type(SESSION)("Assessment", 98_765_432_10),)
        complete(scene.cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE, lines=lines)
        scene.link = PaymentLink.objects.latest("pk")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(scene.path)
    due = page.locator("h1.due")
    expect(due).to_have_text("R\u00a098\u00a0765\u00a0432.10")
    assert due.evaluate("each => each.offsetHeight < 2 * parseFloat(getComputedStyle(each).lineHeight)")


@pytest.mark.parametrize(
    ("card", "ending", "words"),
    [
        ("4242 4242 4242 4242", "paid", "R 950.00 is paid."),
        (DECLINED, "failed", "The payment did not go through."),
        (PENDING, "waiting", "R 950.00 is being confirmed."),
    ],
)
def test_every_way_back_is_readable_for_everybody(
    scene: Scene, page: Page, look_at: LookAt, card: str, ending: str, words: str
) -> None:
    scene.press_and_pay(page, card)
    expect(page.get_by_role("heading", level=1)).to_contain_text(words.replace("R 950", "R\u00a0950"))
    look_at(page, f"pay-return-{ending}")
    if ending == "waiting":
        page.goto(scene.path)
        look_at(page, "pay-confirming")


def test_one_pays_without_any_script(scene: Scene, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    scene.press_and_pay(page, "4242 4242 4242 4242")
    page.get_by_role("link", name="See the invoice and the receipt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Paid")
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_declined_card_leads_back_and_the_next_one_pays(scene: Scene, page: Page) -> None:
    scene.press_and_pay(page, DECLINED)
    page.get_by_role("link", name="Try again").click()
    scene.press_and_pay(page, "4242 4242 4242 4242")
    expect(page.get_by_role("heading", level=1)).to_contain_text("is paid")


def test_whoever_goes_back_in_the_browser_can_still_pay(scene: Scene, page: Page) -> None:
    scene.press_and_pay(page, DECLINED)
    for _ in range(3):
        page.go_back()
        if urlsplit(page.url).path == scene.path:
            break
    page.get_by_role("button", name="Pay R").click()
    page.get_by_label("Card number").wait_for()


def test_a_waiting_page_tells_the_news_by_itself(scene: Scene, page: Page) -> None:
    scene.press_and_pay(page, PENDING)
    with practice_scope(scene.cast.practice):
        scene.partner.decide(PaymentAttempt.objects.get().reference, "succeeded")
    expect(page.get_by_role("heading", level=1)).to_contain_text("is paid")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_reference_is_copied_with_one_press(scene: Scene, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(scene.path)
    page.get_by_role("button", name="Copy the reference").click()
    expect(page.get_by_role("button", name="Copied the reference")).to_be_visible()
    assert (
        page.evaluate("navigator.clipboard.readText()") == share_behind(scene.link).invoice.payment_reference
    )


def test_all_of_it_fits_through_a_thin_line(scene: Scene, page: Page) -> None:
    fetched: set[str] = set()
    page.on("request", lambda request: fetched.add(request.url))
    page.goto(scene.path)
    page.wait_for_load_state("networkidle")
    sizes = {
        url: len(gzip.compress(httpx.get(url.partition("#")[0], trust_env=False).content)) for url in fetched
    }
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    assert not [url for url in sizes if "font" in url]
