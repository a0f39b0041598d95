# SPDX-License-Identifier: Apache-2.0
"""Packages through their pages: offered, sold, used as the default, told, listed, given back."""

import pytest
from django.test import Client

from aftersession.billing.models import CreditNote, Invoice
from aftersession.encounters.models import Encounter
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.practices.models import Practice, Role
from aftersession.practices.tenancy import practice_scope
from aftersession.prepaid.models import Package, PackageOffer
from tests.billing import buy, give, make_offer
from tests.cast import Cast, ended_appointment, make_member, signed_in
from tests.completion import connect, open_form, read_fields
from tests.fixtures.database import QueryCount

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def desk(cast: Cast, in_practice: Practice) -> Client:
    connect(cast)
    return signed_in(cast.owner)


def text_of(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def offer_form(cast: Cast, **changes: str) -> dict[str, str]:
    return {
        "key": new_code(),
        "name": "Ten sessions",
        "service": cast.service.code,
        "session_count": "10",
        "price": "8 000.00",
        "months_valid": "",
        **changes,
    }


def test_the_owner_offers_a_package_and_changes_it(desk: Client, cast: Cast) -> None:
    assert "No package is offered yet" in text_of(desk, "/settings/packages/")
    assert desk.post("/settings/packages/new/", offer_form(cast)).status_code == 302
    offer = PackageOffer.objects.get()
    assert (offer.session_count, offer.price_minor, offer.months_valid) == (10, 8_000_00, None)
    path = f"/settings/packages/{offer.code}/"
    desk.post(path, offer_form(cast, price="8500", months_valid="12"))
    offer.refresh_from_db()
    assert (offer.price_minor, offer.months_valid) == (8_500_00, 12)
    desk.post(path, {"key": "k3", "retire": "1"})
    assert "No longer offered" in text_of(desk, "/settings/packages/")


def test_an_impossible_package_is_refused_beside_its_field(desk: Client, cast: Cast) -> None:
    answer = desk.post("/settings/packages/new/", offer_form(cast, session_count="0", price="much"))
    assert answer.status_code == 422 and not PackageOffer.objects.exists()
    desk.post("/settings/packages/new/", offer_form(cast))
    again = desk.post("/settings/packages/new/", offer_form(cast, name="ten SESSIONS"))
    assert again.status_code == 422 and "offered already" in again.content.decode()


def test_it_is_sold_on_the_clients_page_by_its_invoice(desk: Client, cast: Cast) -> None:
    offer = make_offer(cast)
    assert "Sell a package" in text_of(desk, f"/clients/{cast.adult.code}/")
    assert offer.code in text_of(desk, f"/clients/{cast.adult.code}/packages/new/")
    page = desk.get(
        "/billing/new/",
        {"client": cast.adult.code, "practitioner": cast.provider.code, "package": offer.code},
    )
    fields = read_fields(page, "invoice")
    assert fields["lines-0-description"] == "Package of 10 sessions"
    answer = desk.post("/billing/new/", {**fields, "payment_type": "other", "do": "send"})
    assert answer["Location"] == f"/invoices/{Invoice.objects.get().code}/"
    assert Package.objects.get().left_count == 10
    assert "10 of 10 left" in text_of(desk, f"/clients/{cast.adult.code}/")


def test_a_form_that_says_nothing_of_what_is_wrong_shows_it_again(desk: Client, cast: Cast) -> None:
    page = {"client": cast.adult.code, "practitioner": cast.provider.code, "package": make_offer(cast).code}
    fields = read_fields(desk.get("/billing/new/", page), "invoice")
    for changes in ({"do": "save"}, {"do": "send", "payment_type": "insurance"}):
        assert desk.post("/billing/new/", {**fields, **changes}).status_code == 422
    assert desk.get("/billing/new/", {**page, "package": "nowhere"}).status_code == 404
    assert not Package.objects.exists()


def test_completing_uses_the_package_unless_told_otherwise(desk: Client, cast: Cast) -> None:
    package = buy(cast)
    appointment = ended_appointment(cast)
    page = open_form(desk, appointment)
    assert "10 of 10 are left" in page.text and "9 of 10 are left then" in page.text
    page.post("complete_and_tell")
    told = text_of(desk, f"/appointments/{appointment.code}/completed/")
    assert "paid from <b>10 sessions</b>" in told and "9 of 10 are left" in told
    assert Message.objects.get(kind="package").to_address == cast.adult.email
    assert package.code in text_of(desk, f"/appointments/{appointment.code}/")
    assert Encounter.objects.get().charges.count() == 1


def test_the_session_can_be_billed_instead_and_the_package_taken_again(desk: Client, cast: Cast) -> None:
    package, appointment = buy(cast), ended_appointment(cast)
    page = open_form(desk, appointment).step("package:")
    assert page.fields["lines-0-price"] == "950.00" and "Use the package" in page.text
    assert "lines-0-price" not in page.step(f"package:{package.code}").fields
    page.press("send", payment_type="other")
    package.refresh_from_db()
    assert (package.used_count, Invoice.objects.count()) == (0, 2)


def test_a_line_on_top_is_billed_and_the_package_pays_the_rest(desk: Client, cast: Cast) -> None:
    package = buy(cast)
    page = open_form(desk, ended_appointment(cast)).step("add_line", service=cast.item.code)
    assert page.press("send", payment_type="other").status_code == 302
    package.refresh_from_db()
    assert package.used_count == 1 and Invoice.objects.get(number=2).total_minor == 120_00


def test_a_package_that_was_used_up_meanwhile_is_not_used_again(desk: Client, cast: Cast) -> None:
    package = buy(cast, make_offer(cast, count=1))
    page = open_form(desk, ended_appointment(cast))
    give(cast, package)
    answer = page.post("complete")
    assert answer.status_code == 422 and "lines-0-price" in read_fields(answer)
    assert Encounter.objects.count() == 1


def test_its_page_counts_and_closing_gives_back_the_rest(desk: Client, cast: Cast) -> None:
    package = buy(cast)
    give(cast, package)
    page = text_of(desk, f"/packages/{package.code}/")
    assert "has <b>9 of 10</b> sessions left" in page and "R\u00a07\u00a0050.00" in page
    path = f"/packages/{package.code}/refund/"
    assert "used_count" in text_of(desk, path)
    refused = desk.post(path, {"key": "k1", "used_count": "0", "reason": "Moves"})
    assert refused.status_code == 422 and "changed meanwhile" in refused.content.decode()
    done = desk.post(path, {"key": "k2", "used_count": "1", "reason": "Moves"}, follow=True)
    assert "is free: refund it" in done.content.decode()
    assert CreditNote.objects.get().total_minor == 7_050_00


def test_only_who_may_correct_closes_it(cast: Cast, in_practice: Practice) -> None:
    package = buy(cast)
    front = signed_in(cast.front_desk)
    assert "may correct bills" in text_of(front, f"/packages/{package.code}/")
    assert front.get(f"/packages/{package.code}/refund/").status_code == 403


def test_the_report_ties_to_the_books_and_goes_into_a_spreadsheet(desk: Client, cast: Cast) -> None:
    cast.adult.given_names = "=1+1"
    cast.adult.save()
    package = buy(cast)
    give(cast, package)
    page = text_of(desk, "/billing/prepaid/")
    assert "R\u00a07\u00a0200.00" in page and "the same" in page and "9 of 10" in page
    rows = desk.get("/billing/prepaid/packages.csv").content.decode("utf-8-sig").splitlines()
    assert rows[1].startswith("'=1+1 Mokoena,10 sessions,INV-000001") and ",9,,8000.00,7200.00,ZAR" in rows[1]


def test_a_practitioner_sees_the_packages_of_their_own_bills_only(cast: Cast, in_practice: Practice) -> None:
    package = buy(cast)
    own = signed_in(cast.practitioner)
    assert package.code in text_of(own, "/billing/prepaid/")
    with practice_scope(cast.practice):
        other = make_member(
            cast.practice, Role.PRACTITIONER, "sipho@parker.example", "Sipho", cast.owner_provider
        )
    colleague = signed_in(other)
    assert package.code not in text_of(colleague, "/billing/prepaid/")
    assert colleague.get(f"/packages/{package.code}/").status_code == 404


def test_the_report_asks_as_much_for_many_as_for_few(
    desk: Client, cast: Cast, query_count: QueryCount
) -> None:
    desk.get("/billing/prepaid/")
    counts = []
    for size in (1, 6):
        for number in range(size):
            buy(cast, make_offer(cast, count=number + 2 + size))
        with query_count() as asked:
            desk.get("/billing/prepaid/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
