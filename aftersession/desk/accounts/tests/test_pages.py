# SPDX-License-Identifier: Apache-2.0
"""Accounts, money on them and statements through their addresses."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from aftersession.billing.models import InvoiceShare
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.payments.models import Payment, Receipt
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.statements.tests.scene import bill, stand_at, take
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from tests.billing import complete
from tests.cast import Cast, signed_in
from tests.fixtures.database import QueryCount

D = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def moved_clock() -> Iterator[None]:
    yield
    clock.freeze(None)


@pytest.fixture
def desk(cast: Cast) -> Client:
    return signed_in(cast.front_desk)


def shown(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode().replace("\u00a0", " ")


def posted(client: Client, address: str, status: int = 302, /, **data: str) -> str:
    answer = client.post(address, {"key": new_code(), **data})
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode().replace("\u00a0", " ")


def money(amount: str, **data: str) -> dict[str, str]:
    return {"amount": amount, "received_on": "2026-03-10", "method": "cash", "send_to": "", **data}


def test_the_account_says_what_is_owed_what_is_unused_and_why(cast: Cast, desk: Client) -> None:
    bill(cast, D), take(cast, D, 1_000_00)
    page = shown(desk, f"/clients/{cast.adult.code}/account/")
    assert "has <b" in page and "R 50.00</b> in credit" in page
    assert "Invoice INV-000001" in page and "R 50.00 kept as credit" in page and "Use it" in page


def test_the_client_page_leads_to_it(cast: Cast, desk: Client) -> None:
    page = shown(desk, f"/clients/{cast.adult.code}/")
    assert f"/clients/{cast.adult.code}/account/" in page and f"/clients/{cast.adult.code}/payments/" in page


def test_the_page_asks_as_often_for_many_visits_as_for_few(
    cast: Cast, desk: Client, query_count: QueryCount
) -> None:
    counts = []
    for day in (2, 3, 4, 5, 6, 9, 10, 11):
        bill(cast, date(2026, 3, day))
        stand_at(date(2026, 3, 12))
        shown(desk, "/clients/")
        with query_count() as queries:
            shown(desk, f"/clients/{cast.adult.code}/account/")
        counts.append(len(queries))
    assert len(set(counts)) == 1 and counts[0] <= 24


@pytest.mark.parametrize("what", ["account/document.pdf", "statement/document.pdf"])
def test_papers_say_the_same_without_a_word_about_health(cast: Cast, desk: Client, what: str) -> None:
    bill(cast, D)
    answer = desk.get(f"/clients/{cast.adult.code}/{what}")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "INV-000001" in text and "therapy" not in text


@pytest.mark.parametrize("book", ["client_receivable", "income"])
def test_every_book_explains_itself_on_paper(cast: Cast, book: str) -> None:
    bill(cast, D)
    answer = signed_in(cast.owner).get(f"/books/{book}/document.pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "INV-000001" in text and "950.00" in text


def test_an_insurers_account_explains_itself_on_paper(cast: Cast, desk: Client) -> None:
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    answer = desk.get(f"/payers/{cast.payer.code}/account/document.pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "INV-000001" in text and "R 950.00 is owed" in " ".join(text.split())


def test_the_file_has_numbers_to_add_up(cast: Cast, desk: Client) -> None:
    bill(cast, D), take(cast, D, 1_000_00)
    answer = desk.get(f"/clients/{cast.adult.code}/account/entries.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[3:5] for row in rows[1:]] == [["-1000.00", "-50.00"], ["950.00", "950.00"]]
    assert answer["Cache-Control"] == "no-store"


# Money on the account


def test_money_settles_the_oldest_first_and_the_rest_is_kept(cast: Cast, desk: Client) -> None:
    bill(cast, D), bill(cast, date(2026, 3, 9))
    stand_at(date(2026, 3, 11))
    address = f"/clients/{cast.adult.code}/payments/"
    posted(desk, address, **money("2 000.00"))
    assert "R 100.00</b> in credit" in shown(desk, f"/clients/{cast.adult.code}/account/")
    assert Receipt.unscoped.count() == 1 and list(check_invariants()) == []


def test_it_says_beforehand_what_it_will_do(cast: Cast, desk: Client) -> None:
    bill(cast, D), bill(cast, date(2026, 3, 9))
    address = f"/clients/{cast.adult.code}/payments/"
    plan = posted(desk, f"{address}plan/", 200, amount="1000")
    assert "paid in full" in plan and "R 900.00 stays open" in plan
    assert "R 50.00 of it settles nothing" in posted(desk, f"{address}plan/", 200, amount="1950")
    share = InvoiceShare.unscoped.order_by("pk").first()
    assert share
    wrong = posted(desk, f"{address}plan/", 200, amount="1950", **{f"part_{share.code}": "951"})
    assert "INV-000001: Only R 950.00 of it is open" in wrong
    assert "Write how much came in" in posted(desk, f"{address}plan/", 200, amount="")
    looked = posted(desk, address, 200, amount="1000", look="1")
    assert "R 900.00 stays open" in looked and not Payment.unscoped.exists()


def test_what_it_settles_can_be_chosen(cast: Cast, desk: Client) -> None:
    bill(cast, D)
    second = bill(cast, date(2026, 3, 9))
    stand_at(date(2026, 3, 11))
    share = InvoiceShare.unscoped.get(invoice=second)
    posted(desk, f"/clients/{cast.adult.code}/payments/", **money("500", **{f"part_{share.code}": "400.00"}))
    share.refresh_from_db(from_queryset=InvoiceShare.unscoped.all())
    payment = Payment.unscoped.get()
    assert share.allocated_minor == 400_00 and payment.unallocated_minor == 100_00


@pytest.mark.parametrize(
    ("amount", "part", "sentence"),
    [
        ("500", "950.01", "Only R 950.00 of it is open"),
        ("500", "600", "The parts come to R 100.00 more than was received"),
        ("500", "1e3", "This is not an amount"),
        ("0", "", "above nothing"),
        ("NaN", "", "This is not an amount"),
    ],
)
def test_what_cannot_be_is_refused_and_kept(
    cast: Cast, desk: Client, amount: str, part: str, sentence: str
) -> None:
    bill(cast, D)
    stand_at(date(2026, 3, 11))
    share = InvoiceShare.unscoped.get()
    data = money(amount, reference="Slip 7", **{f"part_{share.code}": part})
    page = posted(desk, f"/clients/{cast.adult.code}/payments/", 422, **data)
    assert sentence in page and 'value="Slip 7"' in page and not Payment.unscoped.exists()


def test_money_before_any_invoice_is_kept(cast: Cast, desk: Client) -> None:
    stand_at(date(2026, 3, 11))
    assert "kept as credit" in shown(desk, f"/clients/{cast.adult.code}/payments/")
    posted(desk, f"/clients/{cast.adult.code}/payments/", **money("500"))
    assert Payment.unscoped.get().unallocated_minor == 500_00


def test_the_same_form_twice_records_once(cast: Cast, desk: Client) -> None:
    stand_at(date(2026, 3, 11))
    for _press in range(2):
        posted(desk, f"/clients/{cast.adult.code}/payments/", **money("500", key="k1"))
    assert Payment.unscoped.count() == 1


def test_too_much_for_an_invoice_names_the_way_on(cast: Cast, desk: Client) -> None:
    invoice = bill(cast, D)
    stand_at(date(2026, 3, 11))
    page = posted(desk, f"/invoices/{invoice.code}/payments/", 422, **money("1 000.00"))
    assert (
        f"/clients/{cast.adult.code}/payments/?amount=1%20000.00&amp;from={cast.adult.code}"
        in page.replace("&from", "&amp;from").replace("&amp;amp;", "&amp;")
    )
    assert 'value="1 000.00"' in shown(desk, f"/clients/{cast.adult.code}/payments/?amount=1%20000.00")


def test_a_responsible_person_and_the_client_each_pay_with_their_own_money(cast: Cast, desk: Client) -> None:
    bill(cast, D, patient=cast.minor)
    guarantor = cast.minor.guarantor
    assert guarantor
    page = shown(desk, f"/clients/{cast.minor.code}/payments/")
    assert "Thabo Sithole</b> owes" in page and f"?from={cast.minor.code}" in page
    own = shown(desk, f"/clients/{cast.minor.code}/payments/?from={cast.minor.code}")
    assert "Karabo Sithole</b> owes nothing" in own


# Statements


def test_a_statement_is_sent_once_asked(cast: Cast, desk: Client) -> None:
    bill(cast, D)
    address = f"/clients/{cast.adult.code}/statement/messages/?first=2026-03-01&last=2026-03-31"
    assert "Send to naledi@example.com" in shown(desk, address)
    posted(desk, address, send_to="naledi@example.com")
    with practice_scope(cast.practice):
        assert "R 950.00 is open" in Message.objects.get(kind="statement").body.replace("\u00a0", " ")


def test_an_address_that_changed_meanwhile_is_not_written_to(cast: Cast, desk: Client) -> None:
    page = posted(desk, f"/clients/{cast.adult.code}/statement/messages/", 422, send_to="old@example.com")
    assert "has changed" in page and not Message.unscoped.filter(kind="statement").exists()


@pytest.mark.parametrize(
    "query", ["first=2026-04-01&last=2026-03-01", "first=x", "of=nobody", "by=9", "last=0000-00-00"]
)
def test_a_statement_that_cannot_be_is_asked_for_again(cast: Cast, desk: Client, query: str) -> None:
    assert "Which statement" in shown(desk, f"/clients/{cast.adult.code}/statement/?{query}", 422)
    for name in ("document.pdf", "entries.csv", "messages/"):
        assert desk.get(f"/clients/{cast.adult.code}/statement/{name}?{query}").status_code == 302


# The practice as a whole


def test_receivables_and_books_say_the_same(cast: Cast) -> None:
    bill(cast, D), bill(cast, D, insured=True)
    biller = signed_in(cast.biller)
    for of in ("", "?of=payers"):
        assert "The books say the same: R 950.00" in shown(biller, f"/receivables/{of}")
    assert "is overdue" in shown(biller, "/receivables/")
    assert "for more than 30 days" in shown(biller, "/receivables/?of=payers")
    assert "R 1 900.00</b> is owed to the practice" in shown(biller, "/books/")
    assert "Invoice INV-000002" in shown(biller, "/books/income/")
    assert "Invoice INV-000002" in shown(biller, f"/payers/{cast.payer.code}/account/")
    assert shown(biller, "/books/nothing/", 404)


def test_a_practitioner_sees_no_whole_account(cast: Cast) -> None:
    client = signed_in(cast.practitioner)
    for address in (f"/clients/{cast.adult.code}/account/", "/receivables/", "/books/"):
        assert client.get(address).status_code == 403
    page = shown(client, f"/clients/{cast.adult.code}/")
    assert f"{cast.adult.code}/account/" not in page and f"{cast.adult.code}/payments/" not in page
    assert "/books/" not in shown(client, "/billing/")


def test_the_letter_leads_back_to_the_account_and_is_not_sent_stale(cast: Cast, desk: Client) -> None:
    bill(cast, D)
    posted(desk, f"/clients/{cast.adult.code}/statement/messages/", send_to="naledi@example.com")
    letter = Message.unscoped.get(kind="statement")
    assert f"/clients/{cast.adult.code}/account/" in shown(desk, f"/messages/{letter.code}/")
    Message.unscoped.filter(pk=letter.pk).update(state="sending", attempts=1)
    Message.unscoped.filter(pk=letter.pk).update(state="failed")
    assert "made anew" in shown(desk, f"/messages/{letter.code}/")
