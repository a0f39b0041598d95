# SPDX-License-Identifier: Apache-2.0
"""The pay page of all that somebody owes: who may give it away, what it shows, when it opens nothing."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from aftersession.lib import clock
from aftersession.payments.links import address_of, token_of
from aftersession.payments.models import PaymentLink
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.record_payment import record_payment
from tests.billing import cash, complete, invoice_of
from tests.cast import Cast, ended_appointment, signed_in

pytestmark = pytest.mark.usefixtures("in_practice")


def page_of(cast: Cast) -> str:
    return f"/clients/{cast.adult.code}/pay-links/"


def open_page(cast: Cast, debtor: str = "", key: str = "k") -> None:
    said = {"key": key, "debtor": debtor or cast.adult.ref}
    assert signed_in(cast.biller).post(page_of(cast), said).status_code == 302


def account_link() -> PaymentLink:
    found: PaymentLink = PaymentLink.objects.get(purpose="account", revoked_at=None)
    return found


def read(link: PaymentLink) -> str:
    answer = Client().get(f"/p/{token_of(link)}")
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_it_lists_all_that_is_owed_and_nothing_of_the_care(cast: Cast) -> None:
    for _ in range(2):
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    open_page(cast)
    html = read(account_link())
    assert "R 1 900.00" in html
    assert re.findall(r"<b>(INV-\d+)</b>", html) == ["INV-000001", "INV-000002"]
    assert not re.search(r"therapy|86205|Mokoena|Session", html)


def test_it_shows_only_its_own_debtor(cast: Cast) -> None:
    complete(cast, Step.SEND)
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    complete(
        cast, Step.SEND, appointment=ended_appointment(cast, patient=cast.minor), send_to="thabo@example.com"
    )
    open_page(cast)
    html = read(account_link())
    assert "INV-000001" in html
    assert "INV-000002" not in html
    assert "INV-000003" not in html


def test_the_balance_is_live_and_a_paid_account_says_so(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    open_page(cast)
    link = account_link()
    assert "R 950.00" in read(link)
    record_payment(
        invoice=invoice_of(cast, outcome), payment=cash(), send_receipt_to="", actor=cast.owner, key="c"
    )
    assert "You owe us nothing." in read(link)


def test_asking_twice_gives_the_same_page(cast: Cast) -> None:
    open_page(cast)
    link = account_link()
    open_page(cast)
    open_page(cast, key="another")
    assert account_link() == link


def test_a_closed_page_answers_like_one_that_never_was_and_the_next_is_another(cast: Cast) -> None:
    open_page(cast)
    token = token_of(account_link())
    said = {"key": "k2", "debtor": cast.adult.ref, "close": "1"}
    assert signed_in(cast.biller).post(page_of(cast), said).status_code == 302
    assert Client().get(f"/p/{token}").status_code == 404
    open_page(cast, key="k3")
    assert token_of(account_link()) != token


def test_one_that_ran_out_of_time_makes_room_for_the_next(cast: Cast) -> None:
    open_page(cast)
    PaymentLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    open_page(cast, key="k2")
    assert account_link().expires_at > clock.now()


def test_the_client_page_leads_there_and_its_address_can_be_copied(cast: Cast) -> None:
    open_page(cast)
    browser = signed_in(cast.owner)
    assert page_of(cast) in browser.get(f"/clients/{cast.adult.code}/").content.decode()
    html = browser.get(page_of(cast)).content.decode()
    assert f'data-copy="{address_of(account_link())}"' in html


def test_a_practitioner_may_not_since_it_shows_colleagues_bills(cast: Cast) -> None:
    browser = signed_in(cast.practitioner)
    assert browser.get(page_of(cast)).status_code == 403
    assert page_of(cast) not in browser.get(f"/clients/{cast.adult.code}/").content.decode()


def test_nobody_else_can_be_named(cast: Cast, other_cast: Cast) -> None:
    said = {"key": "k", "debtor": other_cast.adult.ref}
    assert signed_in(cast.owner).post(page_of(cast), said).status_code >= 400
    assert signed_in(other_cast.owner).get(page_of(cast)).status_code == 404
    assert not PaymentLink.unscoped.exists()


def test_a_minors_bills_are_their_responsible_persons(cast: Cast) -> None:
    html = signed_in(cast.owner).get(f"/clients/{cast.minor.code}/pay-links/").content.decode()
    assert "Thabo Sithole" in html
    assert html.count('name="debtor"') == 1
