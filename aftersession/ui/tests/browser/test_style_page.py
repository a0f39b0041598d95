# SPDX-License-Identifier: Apache-2.0
"""The style page in a real browser stands for every page made from its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.cast import Cast, signed_in
from tests.fixtures.browser import LookAt

OpenPage = Callable[..., Page]


@pytest.fixture
def style_page(open_page: OpenPage, live: str, cast: Cast) -> OpenPage:
    """`style_page(width=…, color_scheme=…)`: the style page, signed in as the owner."""

    def open_one(*, width: int = 1440, **options: Any) -> Page:
        page = open_page(viewport={"width": width, "height": 900}, **options)
        cookie = signed_in(cast.owner).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        answer = page.goto("/style/")
        assert answer is not None
        assert answer.ok
        page.evaluate("document.fonts.load('16px Geist').then(() => document.fonts.ready.then(() => true))")
        return page

    return open_one


def test_it_breaks_no_accessibility_rule_and_never_scrolls_sideways(
    style_page: OpenPage, look_at: LookAt
) -> None:
    look_at(style_page(), "style")


def test_the_list_of_keys_opens_and_names_what_is_there(style_page: OpenPage) -> None:
    page = style_page()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys.get_by_text("Today", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_single_keys_rest_while_a_field_has_the_focus(style_page: OpenPage) -> None:
    page = style_page()
    page.locator("#light_reason").focus()
    page.keyboard.press("End")
    page.keyboard.type("?gt")
    expect(page.locator("#light_reason")).to_have_value("Student rate?gt")
    assert page.url.endswith("/style/")


def test_single_keys_can_be_turned_off(style_page: OpenPage, cast: Cast) -> None:
    cast.owner.user.has_shortcuts = False
    cast.owner.user.save(update_fields=["has_shortcuts"])
    page = style_page()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_arrows_move_through_rows_and_a_key_acts_on_the_chosen_one(style_page: OpenPage) -> None:
    page = style_page()
    rows = page.locator("#table table").nth(1).locator("tbody tr")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("c")
    page.wait_for_url("**/style/#table")


def test_a_code_is_found_added_moved_and_removed_by_keyboard(style_page: OpenPage) -> None:
    page = style_page()
    chips = page.locator("#combobox .light .chip")
    before = chips.count()
    page.locator("#light-dx").press_sequentially("puerp")
    expect(page.locator("#light-dx-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(chips).to_have_count(before + 1)
    chips.last.get_by_role("button", name="Move F53.0 up").press("Enter")
    expect(chips.nth(before - 1)).to_contain_text("F53.0")
    chips.nth(before - 1).get_by_role("button", name="Remove F53.0").press("Enter")
    expect(chips).to_have_count(before)


def test_the_list_of_a_combobox_floats(style_page: OpenPage) -> None:
    page = style_page()
    top = "document.querySelector('#choice').offsetTop"
    before = page.evaluate(top)
    page.locator("#light-dx").press_sequentially("depr")
    expect(page.locator("#light-dx-list [role=option]").first).to_be_visible()
    assert page.evaluate(top) == before


def test_it_reads_without_a_script(style_page: OpenPage) -> None:
    page = style_page(java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Find").first).to_be_visible()


def test_a_first_visit_costs_little_and_a_second_less(style_page: OpenPage) -> None:
    page = style_page()
    assert page.locator("style, [style], script:not([src])").count() == 0
    requests = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    styles = [url for url in requests if url.endswith(".css")]
    scripts = [url for url in requests if url.endswith(".js")]
    assert (len(styles), len(scripts)) == (1, 2)
