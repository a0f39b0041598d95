# SPDX-License-Identifier: Apache-2.0
"""What a partner learns of the payer, and what the payer learns of the partner, before any money moves."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from aftersession.integrations.sandbox.provider import GUIDE, SandboxProvider
from aftersession.payments.connections import choose_connection, connect_provider
from aftersession.payments.links import token_of
from aftersession.payments.models import PaymentAttempt, PaymentLink, ProviderConnection
from aftersession.payments.provider import Checkout, CheckoutRequest, Mode
from aftersession.portal.partners import masked
from aftersession.practices.models import Practice
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl


class FormPartner(SandboxProvider):
    """A partner that demands an address and wants a form posted, as some do."""

    guide = replace(GUIDE, title="Formal", needs_email=True, payer_sees="Formal is told your address.")

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        page = super().start_checkout(request)
        return replace(page, fields=(("email", request.payer_email), ("item", request.description)))


@pytest.fixture
def formal(settings: Settings) -> None:
    settings.PAYMENT_PROVIDERS = {"sandbox": f"{__name__}.FormPartner"}


def read(link: PaymentLink) -> str:
    return unescape(Client().get(f"/p/{token_of(link)}").content.decode()).replace("\u00a0", " ")


def press(link: PaymentLink, **fields: str) -> tuple[int, str]:
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', read(link)))
    answer = Client().post(f"/p/{token_of(link)}/checkout", {"email": "", **form, **fields})
    return answer.status_code, unescape(answer.content.decode())


def known_email(link: PaymentLink) -> str:
    assert link.share is not None
    assert link.share.patient is not None
    return link.share.patient.email


def test_a_partner_that_needs_no_address_is_asked_for_none(link: PaymentLink) -> None:
    html = read(link)
    assert "The sandbox is told the amount, the name of the practice and the invoice number." in html
    assert 'name="email"' not in html
    assert "TEST" in html
    assert "no money moves" in html
    press(link, email="somebody@example.com")
    assert PaymentAttempt.objects.get().payer_email == ""


@pytest.mark.usefixtures("formal")
def test_the_address_that_we_know_is_masked_and_given_only_when_the_payer_says_so(
    link: PaymentLink, in_practice: Practice
) -> None:
    known, html = known_email(link), read(link)
    assert known not in html
    assert f"Give it mine: {masked(known)}" in html
    assert f"Leave this empty and it gets ours, {in_practice.email}." in html
    assert "Formal is told your address." in html
    for given, told in [
        ({}, in_practice.email),
        ({"own": "on"}, known),
        ({"own": "on", "email": "other@example.com"}, "other@example.com"),
    ]:
        status, page = press(link, **given)
        assert (status, f'name="email" value="{told}"' in page) == (200, True)
        assert PaymentAttempt.objects.latest("pk").payer_email == told


@pytest.mark.usefixtures("formal")
@pytest.mark.parametrize("typed", ["nobody", "a@b", "a@b.c\nd@e.f", "a@example.com,b@example.com"])
def test_an_address_that_is_none_is_told_beside_the_field(link: PaymentLink, typed: str) -> None:
    status, page = press(link, email=typed)
    assert status == 422
    assert "Enter one e-mail address" in page
    assert not PaymentAttempt.objects.exists()


@pytest.mark.usefixtures("formal")
def test_the_payer_is_handed_over_with_a_form_of_one_button(link: PaymentLink) -> None:
    status, page = press(link)
    attempt = PaymentAttempt.objects.get()
    assert status == 200
    assert 'action="http' in page
    assert (attempt.state, attempt.checkout_url) == ("pending", "")
    assert "Go on to Formal" in page
    assert "TEST" in page
    assert "<script" not in page
    assert "style=" not in page


def test_a_link_goes_through_the_account_that_was_chosen_for_it(
    cast: Cast, link: PaymentLink, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    keys = sandbox_partner.connect()
    other = connect_provider(practice=cast.practice, kind="sandbox", connection=keys, is_default=False)
    choose_connection(link, other)
    assert press(link)[0] == 302
    assert PaymentAttempt.objects.get().connection == other


def test_test_mode_takes_no_payments_once_a_live_account_is_connected(
    cast: Cast, link: PaymentLink, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    live = replace(sandbox_partner.connect(), mode=Mode.LIVE)
    connection.is_default = False
    connection.save()
    connect_provider(practice=cast.practice, kind="sandbox", connection=live)
    assert "TEST" not in read(link)
    choose_connection(link, connection)
    assert "Pay by transfer" in read(link)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("naledi@example.com", "n•••@e•••.com"), ("x@mail.example.org", "x•••@m•••.org")],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown
