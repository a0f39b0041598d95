# SPDX-License-Identifier: Apache-2.0
"""The pay page as a payer, a mail scanner and a stranger meet it."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client

from aftersession.billing.actions import DiagnosisInput
from aftersession.billing.queries import invoice_for
from aftersession.lib import clock
from aftersession.payments.links import revoke_links, token_of
from aftersession.payments.models import ConnectionState, PaymentLink, ProviderConnection, Receipt
from aftersession.portal.pages import shown_invoice
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import cash, complete, share_behind
from tests.cast import Cast, signed_in
from tests.fixtures.clock import FrozenClock

DEPRESSION = DiagnosisInput("icd-10", "F32.1", "Moderate depressive episode")


def read(link: PaymentLink, client: Client | None = None) -> str:
    answer = (client or Client()).get(f"/p/{token_of(link)}")
    assert answer.status_code == 200
    return str(answer.content.decode()).replace("\u00a0", " ")


def pay_in_cash(cast: Cast, link: PaymentLink, amount_minor: int) -> None:
    record_payment(
        invoice=invoice_for(cast.owner, share_behind(link).invoice.code),
        payment=cash(amount_minor),
        send_receipt_to="",
        actor=cast.owner,
        key=f"cash-{amount_minor}",
    )


def not_found(path: str) -> tuple[int, str]:
    answer = Client().get(path)
    # Each page's own random token against forged forms is all that may differ.
    return answer.status_code, re.sub(r'"X-CSRFToken": "\w+"', "", answer.content.decode())


def rows_of_all_tables() -> dict[str, list[object]]:
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }


def test_it_says_what_is_owed_to_whom_by_when_and_names_the_amount_on_the_button(link: PaymentLink) -> None:
    html = read(link)
    assert "Naledi, for invoice INV-000001" in html
    assert "Parker &amp; Dlamini" in html
    assert "Pay R 950.00</button>" in html
    assert share_behind(link).invoice.payment_reference in html
    assert "62000012345" in html


def test_it_tells_nothing_of_health(cast: Cast, connection: ProviderConnection) -> None:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE, diagnoses=(DEPRESSION,))
    link = PaymentLink.unscoped.select_related("share__invoice").get()
    html = read(link)
    assert "Session, " in html
    assert not re.search(r"\bF32|therapy|86205|depress|Mokoena", html)
    assert "<title>Pay Parker &amp; Dlamini</title>" in html


def test_reading_it_changes_nothing(link: PaymentLink) -> None:
    before = rows_of_all_tables()
    for method in (Client().get, Client().head):
        assert method(f"/p/{token_of(link)}").status_code == 200
    assert rows_of_all_tables() == before


def test_it_shows_part_payments_and_what_is_left(cast: Cast, link: PaymentLink) -> None:
    pay_in_cash(cast, link, 400_00)
    html = read(link)
    assert "-R 400.00" in html or "−R 400.00" in html
    assert "Pay R 550.00</button>" in html


def test_a_paid_page_offers_the_receipt_and_no_button(cast: Cast, link: PaymentLink) -> None:
    pay_in_cash(cast, link, 950_00)
    html = read(link)
    assert "You owe nothing on it" in html
    assert "checkout" not in html
    assert "Receipt as PDF" in html


def test_the_page_of_a_void_invoice_says_that_nothing_is_owed(cast: Cast, link: PaymentLink) -> None:
    void_invoice(
        invoice=invoice_for(cast.owner, share_behind(link).invoice.code),
        reason="Twice",
        actor=cast.owner,
        key="v",
    )
    html = read(link)
    assert "nothing is owed on it" in html
    assert "Naledi" not in html
    assert "950" not in html


def test_without_a_partner_one_pays_by_transfer(link: PaymentLink, connection: ProviderConnection) -> None:
    connection.state = ConnectionState.DISCONNECTED
    connection.save(update_fields=["state"])
    html = read(link)
    assert "checkout" not in html
    assert "Pay by transfer" in html


def test_it_is_overdue_after_its_day(link: PaymentLink, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(clock.now() + timedelta(days=400))
    PaymentLink.objects.update(expires_at=clock.now() + timedelta(days=1))
    assert "This was due on" in read(link)


def altered(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        altered,
        str.swapcase,
        lambda token: token + "x",
        lambda token: token + "/",
        lambda token: "return/" + token,
        lambda token: "x" * 300,
    ],
)
def test_any_other_address_answers_like_one_that_never_was(link: PaymentLink, change: object) -> None:
    assert callable(change)
    wrong = not_found(f"/p/{change(token_of(link))}")
    assert wrong[0] == 404
    assert wrong == not_found("/never/was")


@pytest.mark.parametrize("fate", ["expired", "revoked", "another purpose"])
def test_a_link_that_opens_no_more_answers_like_one_that_never_was(link: PaymentLink, fate: str) -> None:
    links = PaymentLink.objects.filter(pk=link.pk)
    if fate == "expired":
        links.update(expires_at=clock.now() - timedelta(seconds=1))
    elif fate == "revoked":
        revoke_links(share_behind(link))
    else:
        links.update(purpose="receipt")
    for path in ("", "/invoice.pdf", "/receipt.pdf"):
        wrong = not_found(f"/p/{token_of(link)}{path}")
        assert wrong[0] == 404
        assert wrong == not_found("/never/was")
    assert Client().post(f"/p/{token_of(link)}/checkout").status_code == 404


def test_guessing_is_slowed_down_and_a_right_address_still_opens(link: PaymentLink) -> None:
    client = Client()
    codes = [client.get(f"/p/{number:022}").status_code for number in range(32)]
    assert (codes[0], codes[-1]) == (404, 429)
    assert read(link, client)


def test_it_is_neither_kept_nor_indexed_nor_told_to_other_sites(link: PaymentLink) -> None:
    answer = Client().get(f"/p/{token_of(link)}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert 'name="robots" content="noindex"' in answer.content.decode()


def test_a_signed_in_member_of_another_practice_sees_the_page_as_any_payer(
    link: PaymentLink, other_cast: Cast
) -> None:
    assert "Naledi" in read(link, signed_in(other_cast.owner))


def test_papers_are_the_links_own(cast: Cast, link: PaymentLink) -> None:
    pay_in_cash(cast, link, 950_00)
    receipt = Receipt.objects.get()
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    other = PaymentLink.objects.exclude(pk=link.pk).get()
    client, own = Client(), f"/p/{token_of(link)}"
    for path in ("/invoice.pdf", "/receipt.pdf", f"/receipt.pdf?of={receipt.code}"):
        answer = client.get(own + path)
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert client.get(f"/p/{token_of(other)}/receipt.pdf?of={receipt.code}").status_code == 404
    assert client.get(f"/p/{token_of(other)}/receipt.pdf").status_code == 404


def test_a_paper_that_names_a_diagnosis_is_not_behind_the_link(link: PaymentLink) -> None:
    share = share_behind(link)
    invoice = share.invoice
    assert shown_invoice(share) is not None
    assert invoice.document is not None
    invoice.document.context["lines"][0]["diagnoses"] = ["F32.1"]
    assert shown_invoice(share) is None


def test_an_insurers_share_has_no_pay_page(cast: Cast) -> None:
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    assert not PaymentLink.unscoped.exists()
