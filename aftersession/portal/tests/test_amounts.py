# SPDX-License-Identifier: Apache-2.0
"""Paying a part, and paying all that one owes: what the page says before, and what it refuses."""

import re

import pytest
from django.test import Client

from aftersession.lib.codes import new_code
from aftersession.payments.links import token_of
from aftersession.payments.models import (
    AttemptPart,
    Payment,
    PaymentAttempt,
    PaymentLink,
    Receipt,
)
from aftersession.practices.models import Practice
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import billing, cash, complete, share_behind
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl


class Payer:
    """Somebody with a link and a browser, and the form behind each button."""

    def __init__(self, link: PaymentLink) -> None:
        self.browser, self.path = Client(), f"/p/{token_of(link)}"

    def read(self, **typed: str) -> tuple[int, str]:
        answer = self.browser.get(self.path, typed)
        return answer.status_code, answer.content.decode().replace("\u00a0", " ")

    def form(self, button: str, **typed: str) -> dict[str, str]:
        _status, html = self.read(**typed)
        form = next(each for each in re.findall(r"<form.*?</form>", html, re.DOTALL) if button in each)
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))

    def press(self, button: str, **typed: str) -> str:
        """The partner's page."""
        answer = self.browser.post(f"{self.path}/checkout", self.form(button, **typed))
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    def pay(self, partner: SandboxControl, button: str, **typed: str) -> Payment:
        """The payment that came of it."""
        partner.pay(self.press(button, **typed))
        attempt = PaymentAttempt.objects.select_related("connection", "practice").latest("pk")
        refresh_attempt(attempt)
        return Payment.objects.get(attempt=attempt)


@pytest.fixture
def payer(link: PaymentLink) -> Payer:
    return Payer(link)


@pytest.fixture
def second(cast: Cast, link: PaymentLink) -> PaymentLink:
    """The same client's next invoice, at R 950.00 too."""
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    found: PaymentLink = PaymentLink.objects.exclude(pk=link.pk).select_related("practice", "share").get()
    return found


def open_of(*links: PaymentLink) -> list[int]:
    shares = [share_behind(link) for link in links]
    for share in shares:
        share.refresh_from_db()
    return [share.open_minor for share in shares]


def take_no_parts(practice: Practice) -> None:
    practice.allows_part_payment = False
    practice.save(update_fields=["allows_part_payment"])


def test_all_of_it_is_what_the_field_and_the_button_say_first(payer: Payer) -> None:
    _status, html = payer.read()
    assert "Pay R 950.00</button>" in html
    assert re.search(r'name="amount" value="950.00"', html)


def test_a_part_is_shown_before_it_is_paid(payer: Payer) -> None:
    status, html = payer.read(of="one", amount="400")
    assert status == 200
    assert "Pays INV-000001" in html
    assert "Pay R 400.00</button>" in html
    assert "R 550.00" in html


def test_parts_add_up_and_each_has_its_receipt(
    payer: Payer, link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    for amount, left in (("400.00", 550_00), ("50", 500_00), ("500", 0)):
        payment = payer.pay(sandbox_partner, "Pay R", of="one", amount=amount)
        assert (payment.unallocated_minor, payment.tray_reason) == (0, "")
        assert open_of(link) == [left]
    assert Receipt.objects.count() == 3
    assert "You owe nothing on it" in payer.read()[1]


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "0",
        "0.99",
        "-1",
        "1e3",
        "950.01",
        "9999999",
        "0.005",
        "1,234.56.7",
        "NaN",
        "٤٠٠",
        "４００",
        "9" * 39,
    ],
)
def test_what_cannot_be_paid_is_refused_beside_the_field(payer: Payer, amount: str) -> None:
    status, html = payer.read(of="one", amount=amount)
    assert status == 422
    assert 'aria-invalid="true"' in html
    form = payer.form("Pay R 950.00")
    if amount:
        answer = payer.browser.post(f"{payer.path}/checkout", {**form, "amount": amount})
        assert (answer.status_code, PaymentAttempt.objects.count()) == (422, 0)


def test_what_was_typed_is_kept(payer: Payer) -> None:
    assert 'value="9 999 999"' in payer.read(of="one", amount="9 999 999")[1]


def test_a_practice_may_take_no_parts(payer: Payer, cast: Cast) -> None:
    take_no_parts(cast.practice)
    assert 'name="amount"' not in payer.read()[1]
    status, html = payer.read(of="one", amount="400")
    assert status == 422
    assert "Please pay all of it: R 950.00." in html
    answer = payer.browser.post(f"{payer.path}/checkout", {**payer.form("Pay R"), "amount": "400"})
    assert (answer.status_code, PaymentAttempt.objects.count()) == (422, 0)


def test_the_same_page_pressed_again_after_a_part_was_paid_takes_no_more(
    payer: Payer, sandbox_partner: SandboxControl
) -> None:
    form = payer.form("Pay R", of="one", amount="400")
    sandbox_partner.pay(payer.browser.post(f"{payer.path}/checkout", form).headers["Location"])
    again = payer.browser.post(f"{payer.path}/checkout", form)
    assert again.status_code in (302, 409)
    refresh_attempt(PaymentAttempt.objects.select_related("connection", "practice").get())
    third = payer.browser.post(f"{payer.path}/checkout", form)
    assert third.status_code == 409
    assert "The amount has changed" in third.content.decode()
    assert (PaymentAttempt.objects.count(), Payment.objects.count()) == (1, 1)


def test_another_amount_in_the_same_page_is_another_try(payer: Payer) -> None:
    form = payer.form("Pay R 950.00")
    for amount in ("", "400", "300"):
        assert payer.browser.post(f"{payer.path}/checkout", {**form, "amount": amount}).status_code == 302
    assert list(PaymentAttempt.objects.order_by("pk").values_list("amount_minor", flat=True)) == [
        950_00,
        400_00,
        300_00,
    ]


def test_it_says_what_else_is_owed_and_pays_all_of_it_at_once(
    payer: Payer, link: PaymentLink, second: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    _status, html = payer.read()
    assert "You also owe R 950.00" in html
    assert "INV-000002" in html
    assert "Pay all R 1 900.00</button>" in html
    payment = payer.pay(sandbox_partner, "Pay all R")
    assert (payment.amount_minor, payment.unallocated_minor) == (1900_00, 0)
    assert open_of(link, second) == [0, 0]
    assert Receipt.objects.count() == 1


def test_an_amount_for_all_pays_the_oldest_first_and_says_so(
    second: PaymentLink, link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    payer = Payer(second)
    _status, html = payer.read(of="all", amount="1000")
    pays = re.findall(r"Pays (INV-\d+)</span><b class=\"nw\">(R [\d.]+)", html)
    assert pays == [("INV-000001", "R 950.00"), ("INV-000002", "R 50.00")]
    payer.pay(sandbox_partner, "Pay R 1 000.00", of="all", amount="1000")
    assert open_of(link, second) == [0, 900_00]
    assert AttemptPart.objects.count() == 2


def test_nothing_on_it_tells_of_the_care(payer: Payer, second: PaymentLink) -> None:
    html = payer.read()[1] + payer.read(of="all", amount="1000")[1]
    # A word that begins so: keys and links on the page are random letters, in which it may stand too.
    assert not re.search(r"therapy|86205|\bF4\d|Mokoena|Parker,", html)


def test_what_somebody_else_owes_is_not_on_it(payer: Payer, cast: Cast) -> None:
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    assert "You also owe" not in payer.read()[1]


def test_a_paid_page_still_says_what_else_is_owed(cast: Cast, payer: Payer, second: PaymentLink) -> None:
    first = PaymentLink.objects.exclude(pk=second.pk).select_related("share__invoice").get()
    record_payment(
        invoice=share_behind(first).invoice, payment=cash(), send_receipt_to="", actor=cast.owner, key="c"
    )
    html = payer.read()[1]
    assert "You owe nothing on it" in html
    assert "You also owe R 950.00" in html
    assert "Pay R 950.00</button>" in html


def test_the_link_of_a_replaced_invoice_says_so_and_shows_nothing_else(
    cast: Cast, payer: Payer, link: PaymentLink
) -> None:
    correct_invoice(
        invoice=share_behind(link).invoice,
        billing=billing(PaymentType.ONLINE),
        finish=Finish(Step.REQUEST_PAYMENT, None, cast.adult.email),
        reason="Wrong day",
        actor=cast.owner,
        key=new_code(),
    )
    status, html = payer.read()
    assert status == 200
    assert "INV-000002 took its place" in html
    assert "Naledi" not in html
    assert "950" not in html
    answer = payer.browser.post(f"{payer.path}/checkout", {"key": "abc", "amount_minor": "95000"})
    assert (answer.status_code, PaymentAttempt.objects.count()) == (409, 0)
    assert payer.browser.get(f"{payer.path}/invoice.pdf").status_code == 404


@pytest.mark.parametrize("amount_minor", [None, 950_00, 450_00])
def test_a_credited_invoice_says_what_is_left(
    cast: Cast, payer: Payer, link: PaymentLink, amount_minor: int | None
) -> None:
    credit = CreditInput(reason="Not there", amount_minor=amount_minor)
    credit_invoice(invoice=share_behind(link).invoice, credit=credit, actor=cast.owner, key="c")
    html = payer.read()[1]
    if amount_minor == 450_00:
        assert "Pay R 500.00</button>" in html
        assert "Credited" in html
    else:
        assert "This invoice was credited. You owe nothing on it." in html
        assert "checkout" not in html


def test_what_is_no_longer_asked_for_is_part_of_the_sum(cast: Cast, payer: Payer, link: PaymentLink) -> None:
    write_off_share(share=share_behind(link), amount_minor=50_00, reason="Kind", actor=cast.owner, key="w")
    html = payer.read()[1]
    assert "No longer asked for" in html
    assert "Pay R 900.00</button>" in html


def test_a_split_invoice_shows_each_debtor_their_own_part(
    cast: Cast, payer: Payer, link: PaymentLink
) -> None:
    target = Target(guarantor=cast.minor.guarantor)
    move_share(
        share=share_behind(link), target=target, amount_minor=300_00, reason="Half", actor=cast.owner, key="m"
    )
    html = payer.read()[1]
    assert "Your part of invoice INV-000001" in html
    assert "Pay R 650.00</button>" in html
    assert "950" not in html
    assert "Thabo" not in html
