# SPDX-License-Identifier: Apache-2.0
"""Connecting a partner and handing a pay link over, as an owner sees it in a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable

from playwright.sync_api import Page, expect
from pytest_django import Settings

from aftersession.lib.codes import new_code
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import complete
from tests.cast import Cast, signed_in
from tests.fixtures.browser import OpenPage
from tests.fixtures.sandbox import SandboxControl

WIDTHS = (320, 390, 768, 1440)


def look_at(page: Page, axe: Callable[[Page], None], name: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if folder := os.environ.get("SHOTS"):
                page.screenshot(path=f"{folder}/partners-{name}-{width}-{scheme}.png", full_page=True)
        axe(page)


def test_an_owner_connects_a_partner_and_hands_a_link_over(
    open_page: OpenPage,
    live: str,
    cast: Cast,
    axe: Callable[[Page], None],
    sandbox_partner: SandboxControl,
    settings: Settings,
) -> None:
    settings.SANDBOX_URL = sandbox_partner.url
    page = open_page(viewport={"width": 1440, "height": 900})
    cookie = signed_in(cast.owner).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
    page.goto(f"{live}/settings/partners/")
    look_at(page, axe, "none")
    page.get_by_role("link", name="Connect Sandbox").click()
    page.get_by_label("Secret key").fill("sk_test_wrong")
    page.get_by_label("Signing secret").fill("whsec_1")
    page.get_by_role("button", name="Test the keys").click()
    expect(page.get_by_role("alert")).to_contain_text("A sandbox key looks like")
    assert page.get_by_label("Signing secret").input_value() == ""
    look_at(page, axe, "refused")
    page.get_by_label("Secret key").fill(f"sk_test_browser_{new_code()}")
    page.get_by_label("Signing secret").fill("whsec_1")
    page.get_by_role("button", name="Test the keys").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("test mode")
    page.get_by_role("button", name="Copy the address").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    look_at(page, axe, "connected")
    page.get_by_role("link", name="Disconnect the account").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing is under way")
    page.keyboard.press("Escape")
    with practice_scope(cast.practice):
        outcome = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    page.goto(f"{live}/invoices/{outcome.invoice_code}/")
    page.get_by_text("Share the pay link").click()
    expect(page.get_by_role("img", name="QR code of the pay page")).to_be_visible()
    look_at(page, axe, "shared")
