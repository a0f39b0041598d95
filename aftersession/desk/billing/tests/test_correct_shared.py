# SPDX-License-Identifier: Apache-2.0
"""The correction of an invoice that several owe, on its page: the split is shown, and can be typed anew."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from aftersession.billing.models import CreditNote, Invoice, InvoiceShare
from aftersession.desk.billing.tests.test_corrections import correction
from aftersession.desk.billing.tests.test_twice import split
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.patients.models import Guarantor
from aftersession.practices.tenancy import practice_scope
from aftersession.prepaid.models import Package
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.move_share import Target, move_share
from tests.billing import bill_now, buy, complete, give, share_of
from tests.cast import Cast, coming_appointment, signed_in


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def address(cast: Cast) -> str:
    """The correction of R 950.00 between the client (500.00) and an aunt (450.00)."""
    return f"/invoices/{split(cast)[0].invoice.code}/correction/"


def shown(client: Client, url: str) -> str:
    return client.get(url).content.decode().replace("\u00a0", " ")


def posted(client: Client, url: str, status: int = 302, /, **data: str) -> str:
    response = client.post(url, {"key": new_code(), **data})
    assert response.status_code == status, response.content.decode()
    return response.content.decode().replace("\u00a0", " ")


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page)
    return found[1].replace("\u00a0", " ") if found else ""


def parts_of_newest() -> list[tuple[str, int]]:
    new = Invoice.unscoped.order_by("-pk")[0]
    shares = InvoiceShare.unscoped.filter(invoice=new).order_by("position")
    return [(each.debtor_name, each.amount_minor) for each in shares]


def test_the_page_shows_who_pays_what_of_the_new_one(owner: Client, address: str) -> None:
    page = shown(owner, address)
    assert "Zanele Sithole pays" in page and value_of(page, "part_2") == "450.00"
    assert "Zanele Sithole owes" in page and "R 500.00" in page
    assert "Zanele Sithole owes R 450.00: send that part from the page of the new invoice" in page


def test_the_split_is_kept_and_the_first_pays_the_rest(owner: Client, address: str) -> None:
    posted(owner, address, **correction("", do="issue", part_2="450.00"))
    assert parts_of_newest()[0][1] == 450_00 and parts_of_newest()[1] == ("Zanele Sithole", 450_00)
    page = shown(owner, f"/invoices/{Invoice.unscoped.order_by('-pk')[0].code}/")
    assert "Send this part" in page


def test_a_part_is_typed_anew(owner: Client, address: str) -> None:
    posted(owner, address, **correction("", do="issue", part_2="100"))
    assert [minor for _name, minor in parts_of_newest()] == [800_00, 100_00]


def test_the_sum_follows_what_is_typed(owner: Client, address: str) -> None:
    totals = posted(owner, f"{address}totals/", 200, **correction("", part_2="100"))
    assert "R 800.00" in totals and "R 100.00" in totals


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("900.01", "The parts come to R 900.01, the whole bill to R 900.00. Write less here."),
        ("-1", ""),
        ("many", ""),
    ],
)
def test_a_part_that_does_not_fit_is_refused_beside_its_field(
    owner: Client, address: str, typed: str, sentence: str
) -> None:
    page = posted(owner, address, 422, **correction("", do="issue", part_2=typed))
    assert 'id="id_part_2_error"' in page and value_of(page, "part_2") == typed and sentence in page
    assert Invoice.unscoped.count() == 1


def test_where_the_part_is_all_of_it_its_debtor_is_billed_first(owner: Client, address: str) -> None:
    page = posted(owner, f"{address}totals/", 200, **correction("", part_2="900.00"))
    assert "Zanele owes" in page and "Zanele Sithole has no e-mail address" in page
    posted(owner, address, **correction("", do="issue", part_2="900.00"))
    assert parts_of_newest() == [("Zanele Sithole", 900_00)]


def test_whoever_is_billed_first_is_asked_for_their_own_part(cast: Cast, owner: Client) -> None:
    outcome = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    with practice_scope(cast.practice):
        aunt = Guarantor.objects.create(practice=cast.practice, given_names="Zanele", family_name="Sithole")
    move_share(
        share=share_of(cast, outcome), target=Target(guarantor=aunt), amount_minor=450_00, reason="Half",
        actor=cast.owner, key=new_code(),
    )  # fmt: skip
    page = shown(owner, f"/invoices/{outcome.invoice_code}/correction/")
    assert "Request payment of R 500.00" in page and "payment link for R 500.00" in page
    assert "Request payment of R 950.00" not in page


def test_a_moved_co_payment_is_filled_in_as_it_stands(cast: Cast, owner: Client) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    share = share_of(cast, outcome)
    move_share(
        share=share, target=Target(patient=cast.insured), amount_minor=150_00, reason="Left", actor=cast.owner,
        key=new_code(),
    )  # fmt: skip
    page = shown(owner, f"/invoices/{outcome.invoice_code}/correction/")
    assert value_of(page, "co_payment") == "150.00" and "part_" not in page


def test_what_was_moved_off_an_insurer_is_not_billed_to_it_again(cast: Cast, owner: Client) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    move_share(
        share=share_of(cast, outcome), target=Target(patient=cast.insured), amount_minor=950_00, reason="Refused",
        actor=cast.owner, key=new_code(),
    )  # fmt: skip
    with practice_scope(cast.practice):
        page = shown(owner, f"/invoices/{outcome.invoice_code}/correction/")
    assert re.search(r'value="other"[^>]* checked', page) and value_of(page, "co_payment") == ""


def test_a_credit_note_names_everybody_it_goes_to(cast: Cast, owner: Client) -> None:
    first, second = split(cast)
    with practice_scope(cast.practice):
        Guarantor.objects.filter(family_name="Sithole", given_names="Zanele").update(
            email="zanele@example.com"
        )
    url = f"/invoices/{first.invoice.code}/credit/"
    page = shown(owner, url)
    assert "Zanele Sithole, zanele@example.com: a paper of their own part" in page
    to = f"{cast.adult.email} zanele@example.com"
    assert value_of(page, "send_to") == to
    posted(owner, url, kind="amount", amount="95", reason="Shorter", sends="on", send_to=to)
    assert Message.unscoped.filter(kind="credit_note").count() == 2
    code = CreditNote.unscoped.get().code
    assert f"/credit-notes/{code}/document.pdf?share={second.code}" in shown(
        owner, f"/invoices/{first.invoice.code}/"
    )
    paper = owner.get(f"/credit-notes/{code}/document.pdf?share={second.code}")
    assert paper.headers["Content-Type"] == "application/pdf" and "CRN-000001-2.pdf" in str(paper.headers)
    assert owner.get(f"/credit-notes/{code}/document.pdf?share=nobody").status_code == 404


def test_who_has_no_address_is_named_and_stops_nothing(cast: Cast, owner: Client) -> None:
    url = f"/invoices/{split(cast)[0].invoice.code}/credit/"
    assert "Zanele Sithole has no e-mail address: print" in shown(owner, url)
    posted(owner, url, kind="all", reason="Wrong", sends="on", send_to=cast.adult.email)
    assert Message.unscoped.get(kind="credit_note").to_address == cast.adult.email


def test_a_package_follows_the_correction_of_its_invoice(cast: Cast, owner: Client) -> None:
    package = buy(cast)
    address = f"/invoices/{package.invoice.code}/correction/"
    assert "10 sessions follows: the first line is its price" in shown(owner, address)
    line = {"lines-0-description": "Ten sessions", "lines-0-price": "7500", "shown_total": "750000"}
    posted(owner, address, **correction("", do="issue", **line))
    new = Package.unscoped.get(closed_at=None)
    assert (new.price_minor, new.session_count) == (7_500_00, 10)
    assert f"/packages/{new.code}/" in shown(owner, f"/packages/{package.code}/")


def test_a_used_package_names_the_way_instead_of_a_correction(cast: Cast, owner: Client) -> None:
    package = buy(cast)
    give(cast, package)
    page = shown(owner, f"/invoices/{package.invoice.code}/")
    assert "Close the package and give back the rest, then sell it anew" in page
    assert "/correction/" not in page and f"/packages/{package.code}/" in page
    answer = owner.get(f"/invoices/{package.invoice.code}/correction/")
    assert answer["Location"] == f"/packages/{package.code}/"
    assert "Sessions of 10 sessions have been used" in shown(owner, answer["Location"])


def test_the_invoice_of_a_session_still_to_come_is_corrected(cast: Cast, owner: Client) -> None:
    appointment = coming_appointment(cast, starts_at=clock.now() + timedelta(days=7))
    outcome = bill_now(cast, appointment, service_on=clock.now().date() + timedelta(days=7))
    day = (clock.now() + timedelta(days=7)).date().isoformat()
    address = f"/invoices/{outcome.invoice_code}/correction/"
    assert "Only what took place can be billed so." in shown(owner, address)
    posted(owner, address, **correction("", do="issue", service_on=day))
    assert Invoice.unscoped.count() == 2
