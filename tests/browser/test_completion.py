# SPDX-License-Identifier: Apache-2.0
"""Mark session complete in a real browser: what a hand sees, types, presses and loses (nothing)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from aftersession.catalog.code_tables import CodeEntry, replace_codes
from aftersession.lib import clock
from aftersession.patients.models import PatientDiagnosis
from aftersession.practices.models import Member
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, PaymentType
from tests.billing import complete
from tests.cast import Cast, ended_appointment, signed_in
from tests.completion import connect
from tests.fixtures.browser import LookAt, OpenPage

CODES = (
    CodeEntry("F32", "Depressive episode"),
    CodeEntry("F32.1", "Moderate depressive episode"),
    CodeEntry("F33.1", "Recurrent depressive disorder, current episode moderate"),
    CodeEntry("F41.1", "Generalized anxiety disorder"),
    CodeEntry("F41.2", "Mixed anxiety and depressive disorder"),
    CodeEntry("F43.2", "Adjustment disorders"),
    CodeEntry("F51.0", "Nonorganic insomnia"),
    CodeEntry("F53.0", "Mental and behavioural disorders associated with the puerperium"),
)
OpenForm = Callable[..., Page]


@pytest.fixture
def session(cast: Cast, live: str) -> Appointment:
    """An open session of a client who pays online, with two diagnoses on the profile."""
    connect(cast)
    replace_codes(CODES, system=cast.practice.profile.diagnosis_rules.system, title="ICD-10")
    with practice_scope(cast.practice):
        for patient in (cast.adult, cast.insured):
            for position, (code, title) in enumerate(
                [("F41.1", "Generalized anxiety disorder"), ("F51.0", "Nonorganic insomnia")], 1
            ):
                PatientDiagnosis.objects.create(
                    practice=cast.practice, patient=patient, position=position,
                    system=cast.practice.profile.diagnosis_rules.system, diagnosis_code=code, title=title,
                )  # fmt: skip
    return ended_appointment(cast)


@pytest.fixture
def open_form(open_page: OpenPage, live: str, cast: Cast) -> OpenForm:
    """`open_form(appointment, width=…)`: its completion, signed in as the front desk."""

    def open_one(
        appointment: Appointment, *, width: int = 1440, member: Member | None = None, **options: object
    ) -> Page:
        page = open_page(viewport={"width": width, "height": 900}, **options)
        cookie = signed_in(member or cast.front_desk).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        answer = page.goto(f"/appointments/{appointment.code}/completion/")
        assert answer is not None and answer.ok
        return page

    return open_one


def shoot(page: Page, name: str) -> None:
    """A picture of the whole page, where SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def choose_other(page: Page) -> None:
    """Choose the second way of paying with the mouse."""
    page.locator(".choice").filter(has_text="Cash, transfer").click()


def test_the_form_breaks_no_accessibility_rule_and_never_scrolls_sideways(
    session: Appointment, open_form: OpenForm, look_at: LookAt
) -> None:
    page = open_form(session)
    look_at(page, "completion-online")
    choose_other(page)
    expect(page.get_by_role("button", name=re.compile("^Send receipt"))).to_be_visible()
    page.locator("summary").filter(has_text="Individual therapy").click()
    look_at(page, "completion-other")


@pytest.mark.parametrize("width", [390, 1440])
def test_insurance_in_every_state_passes_axe(
    session: Appointment, cast: Cast, open_form: OpenForm, axe: Callable[[Page], None], width: int
) -> None:
    appointment = ended_appointment(
        cast, patient=cast.insured, payment_type=PaymentType.INSURANCE, coverage=cast.coverage
    )
    page = open_form(appointment, width=width)
    shoot(page, f"insurance-{width}")
    axe(page)
    page.get_by_role("combobox", name="Add a diagnosis").fill("depr")
    expect(page.get_by_role("option", name=re.compile("^F33.1"))).to_be_visible()
    shoot(page, f"codes-{width}")
    axe(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove F3")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Generate the invoice")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("waits for Umhlaba Health")
    shoot(page, f"generated-{width}")
    axe(page)


def test_the_total_follows_the_typing_and_the_button_names_it(
    session: Appointment, open_form: OpenForm
) -> None:
    page = open_form(session)
    page.get_by_label("Discount on the invoice").fill("10")
    page.get_by_label("Reason shown on the invoice").last.fill("Student rate")
    expect(page.get_by_role("button", name="Request payment of R\u00a0855.00")).to_be_visible()
    expect(page.get_by_text("Student rate, 10%")).to_be_visible()


def test_another_device_shows_what_was_typed_here(session: Appointment, open_form: OpenForm) -> None:
    first = open_form(session)
    first.get_by_label("Discount on the invoice").fill("12")
    first.get_by_label("Reason shown on the invoice").last.fill("Half")
    expect(first.get_by_text("Everything you typed is kept")).to_be_visible()
    second = open_form(session, width=390)
    expect(second.get_by_label("Discount on the invoice")).to_have_value("12")
    expect(second.get_by_text("This is as you left it.")).to_be_visible()


def test_what_is_typed_without_a_connection_is_kept_once_it_is_back(
    session: Appointment, open_form: OpenForm
) -> None:
    page = open_form(session)
    page.context.set_offline(True)
    page.get_by_label("Reason shown on the invoice").last.fill("Typed on a train")
    expect(page.get_by_text("No connection")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Everything you typed is kept")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Reason shown on the invoice").last).to_have_value("Typed on a train")


def test_what_is_typed_while_a_line_is_being_added_stays(session: Appointment, open_form: OpenForm) -> None:
    page = open_form(session)

    def delay(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/completion/", delay)
    page.get_by_role("button", name="Add a line").click()
    page.get_by_label("Discount on the invoice").fill("15")
    expect(page.locator(".lines > details")).to_have_count(2)
    expect(page.get_by_label("Discount on the invoice")).to_have_value("15")


def test_it_is_done_by_keyboard_alone(session: Appointment, open_form: OpenForm) -> None:
    page = open_form(session)
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Cash, transfer or card machine")).to_be_checked()
    page.keyboard.press("a")
    expect(page.get_by_label("What").last).to_be_focused()
    page.keyboard.type("Report")
    page.get_by_label("Price").last.fill("300")
    expect(page.get_by_role("button", name=re.compile("Save and review"))).to_be_enabled()
    expect(page.get_by_label("Amount")).to_have_value("1250.00")
    page.keyboard.press("Control+s")
    expect(page).to_have_url(re.compile("/invoices/"))
    expect(page.get_by_text("Report").first).to_be_visible()


def test_all_of_it_works_without_a_script(session: Appointment, open_form: OpenForm) -> None:
    page = open_form(session, width=390, java_script_enabled=False)
    page.get_by_role("button", name="Add a line").click()
    page.get_by_label("What").last.fill("Report")
    page.get_by_label("Price").last.fill("300")
    page.get_by_role("combobox", name="Add a diagnosis").fill("adjust")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("listitem").filter(has_text="F43.2").get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Move F43.2 up").click()
    page.get_by_role("button", name="Remove F41.1").click()
    page.get_by_role("button", name="Request payment of R\u00a01\u00a0250.00").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sending INV-000001")


def test_online_ends_with_the_link_to_copy_and_one_way_back(
    session: Appointment, cast: Cast, open_form: OpenForm, look_at: LookAt
) -> None:
    page = open_form(session)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sending INV-000001 to naledi@example.com")
    expect(page.get_by_role("img", name="QR code of the pay page")).to_be_visible()
    look_at(page, "completion-done")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_text("This is as it was billed before it was taken back.")).to_be_visible()
    expect(page.get_by_role("button", name="Request payment of R\u00a0950.00")).to_be_visible()


def test_who_comes_second_is_told_calmly(
    session: Appointment, cast: Cast, open_form: OpenForm, axe: Callable[[Page], None]
) -> None:
    page = open_form(session)
    complete(cast, "save", PaymentType.ONLINE, appointment=session)  # type: ignore[arg-type]
    page.get_by_role("button", name=re.compile("^Request payment")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("was completed by Dr Ayesha Parker")
    shoot(page, "second-1440")
    axe(page)


def test_everything_wrong_is_named_and_nothing_typed_is_lost(
    session: Appointment, open_form: OpenForm, axe: Callable[[Page], None]
) -> None:
    page = open_form(session, width=390)
    # Sent before the server could say beforehand what is wrong.
    page.route("**/completion/copy/", lambda route: route.abort())
    page.locator("summary").filter(has_text="Individual therapy").click()
    page.get_by_label("Price").fill("1e3")
    tomorrow = clock.now().date() + timedelta(days=2)
    page.get_by_label("Date of service").fill(tomorrow.isoformat())
    page.get_by_role("button", name=re.compile("^Save and review")).click()
    expect(page.get_by_role("alert")).to_contain_text("2 things need a look")
    expect(page.get_by_label("Price")).to_have_value("1e3")
    shoot(page, "refused-390")
    axe(page)


def test_an_overfull_bill_keeps_its_shape(
    session: Appointment, cast: Cast, open_form: OpenForm, axe: Callable[[Page], None]
) -> None:
    with practice_scope(cast.practice):
        Appointment.objects.filter(pk=session.pk).update(price_minor=1_234_567_89)
        cast.adult.given_names, cast.adult.family_name = "Wolfeschlegelsteinhausen" * 2, "Bergerdorff" * 4
        cast.adult.born_on = date(1990, 1, 1)
        cast.adult.save()
    for width in (320, 1440):
        page = open_form(session, width=width)
        for _count in range(6):
            lines = page.locator(".lines > details").count()
            page.get_by_role("button", name="Add a line").click()
            expect(page.locator(".lines > details")).to_have_count(lines + 1)
            page.get_by_label("What").last.fill("A very long line that says at length what was done " * 3)
            page.get_by_label("Price").last.fill("1234567.89")
        shoot(page, f"overfull-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
