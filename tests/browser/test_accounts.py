# SPDX-License-Identifier: Apache-2.0
"""Accounts, money on them and statements in a real browser: every width, light and dark; then by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from aftersession.billing.debtors import client_debtor
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.payments.models import Payment
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.finalise import Step
from aftersession.workflows.receive_money import receive_money
from tests.billing import cash, complete
from tests.cast import Cast, signed_in
from tests.fixtures.browser import LookAt

OpenPage = Callable[..., Page]
PARTS = 2


@pytest.fixture
def opened(open_page: OpenPage, live: str, cast: Cast) -> OpenPage:
    """`opened(address, width=…)`: a page in which the owner has signed in, in a practice with some money."""
    complete(cast, Step.SEND), complete(cast, Step.SEND)

    def open_one(address: str, *, width: int = 1440, **options: object) -> Page:
        page = open_page(viewport={"width": width, "height": 900}, **options)
        cookie = signed_in(cast.owner).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        page.goto(live + address)
        return page

    return open_one


@pytest.fixture
def kept(opened: OpenPage, cast: Cast) -> str:
    """The code of a payment of R 300.00 that settles nothing yet."""
    debtor = client_debtor(cast.adult, on=clock.now().date(), practice=cast.practice)
    with practice_scope(cast.practice):
        done = receive_money(
            patient=cast.adult,
            debtor=debtor,
            payment=cash(300_00),
            parts=[],
            actor=cast.owner,
            key=new_code(),
        )
    return done.payment_code


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_fits_and_everybody_can_use_it(
    opened: OpenPage, live: str, kept: str, cast: Cast, look_at: LookAt, part: int
) -> None:
    client, payer = f"/clients/{cast.adult.code}", f"/payers/{cast.payer.code}"
    page = opened(f"{client}/account/")
    addresses = [
        f"{client}/account/", f"{client}/payments/", f"{client}/statement/", f"{client}/statement/messages/",
        f"{payer}/account/", "/receivables/", "/books/", "/books/income/", f"/payments/{kept}/",
        f"/payments/{kept}/invoices/", f"/payments/{kept}/release/", f"/payments/{kept}/refunds/", "/refunds/",
    ]  # fmt: skip
    for address in addresses[part::PARTS]:
        page.goto(live + address)
        look_at(
            page, "accounts" + address.replace("/", "-").replace(kept, "kept").replace(cast.adult.code, "a")
        )


def test_it_says_what_it_will_do_while_one_types(opened: OpenPage, cast: Cast) -> None:
    page = opened(f"/clients/{cast.adult.code}/payments/")
    page.fill("#id_amount", "1200")
    expect(page.locator("#plan")).to_contain_text("stays open")
    page.locator("input[name^=part_]").nth(1).fill("300")
    expect(page.locator("#plan")).to_contain_text("is kept as credit")
    page.get_by_label("Cash").check()
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("settles nothing yet")
    assert Payment.unscoped.get().allocated_minor == 300_00
