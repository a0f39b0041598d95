# SPDX-License-Identifier: Apache-2.0
"""Which partner a payment goes through is said, chosen and kept; the link can be handed over by hand."""

import re
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import segno
from django.test import Client

from aftersession.desk.billing.sharing import MARGIN, picture_of
from aftersession.payments.connections import connect_provider
from aftersession.payments.links import address_of
from aftersession.payments.models import ConnectionState, PaymentLink, ProviderConnection
from aftersession.payments.provider import ConnectionSettings, Mode
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import complete
from tests.cast import Cast, ended_appointment
from tests.completion import open_form


@pytest.fixture
def second(cast: Cast, connected: ProviderConnection) -> ProviderConnection:
    keys = ConnectionSettings(base_url="http://127.0.0.1:9", account="two", mode=Mode.TEST, api_key="sk")
    return connect_provider(practice=cast.practice, kind="sandbox", connection=keys, is_default=False)


def test_with_one_partner_the_form_says_which(
    desk: Client, cast: Cast, connected: ProviderConnection
) -> None:
    page = open_form(desk, ended_appointment(cast))
    assert "The payment goes through Sandbox, acct (TEST: no money moves)." in page.text
    assert "partner" not in page.fields
    assert page.press("request_payment").status_code == 302
    assert PaymentLink.objects.get().connection is None


@pytest.mark.parametrize("chosen", ["default", "second", "gone"])
def test_with_several_partners_one_is_chosen(
    desk: Client, cast: Cast, connected: ProviderConnection, second: ProviderConnection, chosen: str
) -> None:
    page = open_form(desk, ended_appointment(cast))
    assert page.fields["partner"] == connected.code
    code = connected.code if chosen == "default" else second.code
    if chosen == "gone":
        second.state = ConnectionState.PAUSED
        second.save()
        answer = page.post("request_payment", partner=code)
        assert answer.status_code == 422
        assert "This payment partner takes no payments now. Choose again." in answer.content.decode()
        return
    assert page.press("request_payment", partner=code).status_code == 302
    assert PaymentLink.objects.get().connection == (second if chosen == "second" else None)


def test_a_partner_that_is_left_serves_while_the_default_is_paused(
    desk: Client, cast: Cast, connected: ProviderConnection, second: ProviderConnection
) -> None:
    connected.state = ConnectionState.PAUSED
    connected.save()
    open_form(desk, ended_appointment(cast)).press("request_payment")
    assert PaymentLink.objects.get().connection == second


def test_a_draft_is_asked_which_partner_too(
    desk: Client, cast: Cast, connected: ProviderConnection, second: ProviderConnection
) -> None:
    outcome = complete(cast, Step.SAVE, PaymentType.ONLINE)
    page = desk.get(f"/invoices/{outcome.invoice_code}/").content.decode()
    assert f'<option value="{connected.code}">' in page
    send_to = re.findall(r'name="send_to" value="([^"]+)"', page)[0]
    form = {"key": "k", "step": "request_payment", "send_to": send_to, "partner": second.code}
    assert desk.post(f"/invoices/{outcome.invoice_code}/finalisation/", form).status_code == 302
    assert PaymentLink.objects.get().connection == second


def test_a_pay_link_is_shared_as_a_code_and_as_words_without_a_word_on_care(
    desk: Client, cast: Cast, connected: ProviderConnection
) -> None:
    appointment = ended_appointment(cast)
    open_form(desk, appointment).press("request_payment")
    link = PaymentLink.objects.select_related("share__patient", "share__invoice").get()
    assert link.share is not None
    assert link.share.patient is not None
    pages = [f"/appointments/{appointment.code}/completed/", f"/invoices/{link.share.invoice.code}/"]
    told = f"Parker & Dlamini: R 950.00 is open. See it and pay here: {address_of(link)}"
    for path in pages:
        html = unescape(desk.get(path).content.decode())
        assert told in html
        assert "Test mode: whoever pays here moves no money." in html
        assert picture_of(address_of(link)).path in html
        (whatsapp,) = re.findall(r'href="(https://wa\.me/[^"]+)"', html)
        (sms,) = re.findall(r'href="(sms:[^"]+)"', html)
        number = link.share.patient.phone
        assert urlsplit(whatsapp).path == f"/{number.removeprefix('+')}"
        assert parse_qs(urlsplit(whatsapp).query)["text"] == [told]
        assert sms.startswith(f"sms:{number}?body=")
        assert unquote(sms.split("body=")[1]) == told


def test_the_code_has_the_modules_of_the_address_and_a_margin() -> None:
    address = "https://desk.example.org/p/abcdefghijklmnopqrstuv"
    picture = picture_of(address)
    drawn = {(int(x) - MARGIN, int(y) - MARGIN) for x, y in re.findall(r"M(\d+) (\d+)h1", picture.path)}
    matrix = segno.make(address, error="m", micro=False).matrix
    assert drawn == {(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}
    assert picture.size == len(matrix) + 8
