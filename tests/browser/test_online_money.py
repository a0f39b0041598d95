# SPDX-License-Identifier: Apache-2.0
"""Pay links for all that is owed and refunds through the partner, as staff see them in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from aftersession.billing.debtors import patient_debtor
from aftersession.lib.codes import new_code
from aftersession.payments.connections import connect_provider
from aftersession.payments.links import address_of, open_account_link
from aftersession.payments.models import Payment, PaymentAttempt, PaymentLink
from aftersession.practices.actors import PayerActor
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.refund_online import refund_online
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.start_checkout import start_checkout
from tests.billing import complete, share_behind
from tests.cast import Cast, signed_in
from tests.fixtures.browser import OpenPage
from tests.fixtures.sandbox import SandboxControl

WIDTHS = (320, 390, 768, 1440)


@pytest.fixture
def page(open_page: OpenPage, live: str, cast: Cast) -> Page:
    """A browser in which the owner has signed in."""
    opened = open_page(viewport={"width": 1440, "height": 900})
    cookie = signed_in(cast.owner).cookies[settings.SESSION_COOKIE_NAME]
    opened.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
    return opened


@pytest.fixture
def payment(cast: Cast, live: str, sandbox_partner: SandboxControl) -> Payment:
    """R 950.00 paid online and free again; R 200.00 of it is on its way back, R 50.00 was refused."""
    connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())
    sandbox_partner.misbehave(hold=True, refund="pending")
    with practice_scope(cast.practice):
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
        link = PaymentLink.objects.select_related("practice", "share__invoice").get()
        page = start_checkout(link=link, actor=PayerActor(link.practice, link.code), key=new_code()).url
        sandbox_partner.pay(page)
        refresh_attempt(PaymentAttempt.objects.select_related("connection", "practice").get())
        credit = CreditInput(reason="Did not take place")
        invoice = share_behind(link).invoice
        credit_invoice(invoice=invoice, credit=credit, actor=cast.owner, key=new_code())
        found = Payment.objects.select_related("patient", "attempt__connection").get()
        for minor in (200_00, 50_00):
            refund = refund_online(
                payment=found, amount_minor=minor, reason="Asked", actor=cast.owner, key=new_code()
            )
        sandbox_partner.decide_refund(refund.code, "failed")
        refund_online(payment=found, amount_minor=1_00, reason="Asked", actor=cast.owner, key=new_code())
        return found


def look_at(page: Page, axe: Callable[[Page], None], name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if folder := os.environ.get("SHOTS"):
                page.screenshot(path=f"{folder}/pay-{name}-{width}-{scheme}.png", full_page=True)
        axe(page)


def test_the_pay_link_for_all_is_copied_with_one_press(
    page: Page, axe: Callable[[Page], None], cast: Cast, live: str
) -> None:
    with practice_scope(cast.practice):
        for _ in range(2):
            complete(cast, Step.SEND)
        link = open_account_link(patient_debtor(cast.adult, cast.practice), actor=cast.owner)
    page.goto(f"/clients/{cast.adult.code}/")
    page.get_by_role("link", name="Pay link for all that is owed").click()
    page.wait_for_url("**/pay-links/")
    look_at(page, axe, "links")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy pay link for all that is owed").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address_of(link)


def test_a_refund_through_the_partner_is_asked_for_and_shown(
    page: Page, axe: Callable[[Page], None], payment: Payment
) -> None:
    page.goto(f"/payments/{payment.code}/online-refund/")
    look_at(page, axe, "refund")
    page.goto(f"/payments/{payment.code}/")
    look_at(page, axe, "refunding")
    page.get_by_role("link", name="Refund through Sandbox").click()
    page.get_by_label("Amount").fill("9999")
    page.get_by_label("Reason").fill("Paid twice")
    page.get_by_role("button", name="Ask the partner to pay it back").click()
    expect(page.get_by_text("Nothing was changed.").first).to_be_visible()
    page.get_by_label("Amount").fill("100")
    page.get_by_role("button", name="Ask the partner to pay it back").click()
    expect(page.get_by_text("is on its way back").first).to_be_visible()
