# SPDX-License-Identifier: Apache-2.0
"""From the press on Pay to the partner's page and back."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client

from aftersession.audit.models import AuditEvent
from aftersession.lib import clock
from aftersession.payments.attempts import CONFIRMING_TIME
from aftersession.payments.links import token_of
from aftersession.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentLink,
)
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.fixtures.sandbox import SandboxControl

DECLINED, PENDING = "4000 0000 0000 0002", "4000 0000 0000 3220"


class Payer:
    """Somebody with the link and a browser."""

    def __init__(self, link: PaymentLink) -> None:
        self.browser = Client()
        self.path = f"/p/{token_of(link)}"

    def read(self) -> str:
        return str(self.browser.get(self.path).content.decode()).replace("\u00a0", " ")

    def form(self) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', self.read()))

    def press_pay(self, form: dict[str, str] | None = None) -> str:
        """The partner's page."""
        answer = self.browser.post(f"{self.path}/checkout", self.form() if form is None else form)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    def pay(self, partner: SandboxControl, card: str = "4242 4242 4242 4242") -> str:
        """The way back that the partner sends the browser on."""
        answer = partner.pay(self.press_pay(), card)
        return urlsplit(str(answer.headers["Location"])).path

    def come_back(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200
        return str(answer.content.decode()).replace("\u00a0", " ")


@pytest.fixture
def payer(link: PaymentLink) -> Payer:
    return Payer(link)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request that leaves, whole, as it goes over the line."""
    sent: list[str] = []
    send = httpx.HTTPTransport.handle_request

    def note(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        sent.append(f"{request.url} {request.headers} {request.read().decode()}")
        return send(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", note)
    return sent


def test_paying_shows_the_outcome_at_once_and_a_way_to_the_receipt(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    html = payer.come_back(payer.pay(sandbox_partner))
    assert "<b>R 950.00 is paid.</b>" in html
    assert payer.path in html
    assert "You owe nothing on it" in payer.read()


def test_a_form_sent_twice_leads_to_one_attempt(payer: Payer) -> None:
    form = payer.form()
    assert payer.press_pay(form) == payer.press_pay(form)
    assert PaymentAttempt.objects.count() == 1


def test_pressing_pay_is_what_marks_the_page_as_used(payer: Payer, link: PaymentLink) -> None:
    payer.read()
    assert PaymentLink.objects.get(first_used_at=None) == link
    payer.press_pay()
    assert PaymentLink.objects.get(first_used_at__isnull=False) == link
    assert AuditEvent.objects.filter(action="payment.attempted").count() == 1


def test_it_cannot_be_pressed_by_another_site(payer: Payer) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(f"{payer.path}/checkout", payer.form()).status_code == 403
    assert not PaymentAttempt.objects.exists()


def test_a_form_without_key_or_amount_starts_nothing(payer: Payer) -> None:
    form = payer.form()
    for broken in ({**form, "key": ""}, {**form, "amount_minor": "x"}, {"key": form["key"]}):
        assert payer.browser.post(f"{payer.path}/checkout", broken).status_code == 409
    assert not PaymentAttempt.objects.exists()


def test_another_amount_than_the_payer_saw_is_shown_first(payer: Payer) -> None:
    answer = payer.browser.post(f"{payer.path}/checkout", {**payer.form(), "amount_minor": "1"})
    assert answer.status_code == 409
    assert "The amount has changed" in answer.content.decode()
    assert not PaymentAttempt.objects.exists()


@pytest.mark.parametrize("fault", ["hang_up", "500_after", "429", "malformed"])
def test_a_partner_in_trouble_charges_nothing_and_the_next_press_works(
    payer: Payer, sandbox_partner: SandboxControl, fault: str
) -> None:
    form = payer.form()
    sandbox_partner.misbehave(answer=fault, method="POST", hold=True)
    answer = payer.browser.post(f"{payer.path}/checkout", form)
    assert answer.status_code == 503
    assert "Nothing was charged" in answer.content.decode()
    assert payer.press_pay(form).startswith(sandbox_partner.url)
    assert PaymentAttempt.objects.count() == 1


def test_a_declined_card_says_so_and_an_old_form_still_leads_to_a_new_try(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    form = payer.form()
    answer = sandbox_partner.pay(payer.press_pay(form), DECLINED)
    html = payer.come_back(urlsplit(answer.headers["Location"]).path)
    assert "did not go through" in html
    assert "Try again" in html
    sandbox_partner.pay(payer.press_pay(form))
    states = list(PaymentAttempt.objects.order_by("pk").values_list("state", flat=True))
    assert states == [AttemptState.FAILED, AttemptState.PENDING]


def test_a_payment_on_its_way_is_waited_for_and_not_paid_again(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    form = payer.form()
    answer = sandbox_partner.pay(payer.press_pay(form), PENDING)
    html = payer.come_back(urlsplit(answer.headers["Location"]).path)
    assert "is being confirmed" in html
    assert 'http-equiv="refresh"' in html
    assert "is being confirmed by the bank" in payer.read()
    again = payer.browser.post(f"{payer.path}/checkout", {**form, "key": "another"})
    assert (again.status_code, PaymentAttempt.objects.count()) == (409, 1)


def test_after_a_day_of_waiting_one_may_pay_in_another_way(
    payer: Payer, sandbox_partner: SandboxControl, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(clock.now() - CONFIRMING_TIME)
    payer.come_back(payer.pay(sandbox_partner, PENDING))
    frozen_clock.move_to(clock.now() + CONFIRMING_TIME + timedelta(minutes=1))
    assert "Pay R 950.00</button>" in payer.read()


def test_a_page_paid_unnoticed_is_found_when_pay_is_pressed_again(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    form = payer.form()
    sandbox_partner.pay(payer.press_pay())
    answer = payer.browser.post(f"{payer.path}/checkout", form)
    assert "Nothing is owed any more" in answer.content.decode()
    assert Payment.objects.count() == 1


def test_leaving_the_partners_page_unpaid_is_no_failure(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    cancelled = httpx.post(payer.press_pay() + "/cancel", trust_env=False)
    html = payer.come_back(urlsplit(cancelled.headers["Location"]).path)
    assert "Nothing was paid" in html


def test_while_the_partner_cannot_be_asked_the_page_does_not_say_unpaid(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    back = payer.pay(sandbox_partner)
    sandbox_partner.misbehave(answer="500", times=5, hold=True)
    assert "is being confirmed" in payer.come_back(back)


def test_the_partner_is_told_no_name_no_address_no_diagnosis_and_no_pay_link(
    payer: Payer, cast: Cast, sandbox_partner: SandboxControl, wire: list[str]
) -> None:
    back = payer.pay(sandbox_partner)
    payer.come_back(back)
    told = "\n".join(wire)
    assert f"{cast.practice.name}, INV-000001" in told
    token = payer.path.removeprefix("/p/")
    for secret in (token, "naledi", "Naledi", "Mokoena", "therapy", "86205", "27821234567", "@"):
        assert secret not in told


def test_the_way_back_opens_nothing_to_whoever_has_only_that(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    back = payer.pay(sandbox_partner)
    html = Client().get(back).content.decode()
    assert "is paid" in html
    assert "/p/" not in html.replace("/p/return/", "")
    assert "Naledi" not in html


def test_the_way_back_of_another_payer_opens_no_page_of_mine(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    back = payer.pay(sandbox_partner)
    stranger = Client()
    stranger.cookies["pay"] = "A" * 22
    assert payer.path not in stranger.get(back).content.decode()


def test_the_way_back_closes_after_a_day_and_cannot_be_guessed(
    payer: Payer, sandbox_partner: SandboxControl, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(clock.now())
    back = payer.pay(sandbox_partner)
    attempt = PaymentAttempt.objects.get()
    for wrong in (f"/p/return/{attempt.code}", f"/p/return/{attempt.code}-{'A' * 22}", back[:-1]):
        assert payer.browser.get(wrong).status_code == 404
    assert payer.browser.get(back).status_code == 200
    frozen_clock.tick(days=1, minutes=1)
    assert payer.browser.get(back).status_code == 404


def test_pressing_without_end_is_stopped(payer: Payer) -> None:
    form = payer.form()
    codes = [payer.browser.post(f"{payer.path}/checkout", form).status_code for _ in range(21)]
    assert (codes[0], codes[-1]) == (302, 429)
