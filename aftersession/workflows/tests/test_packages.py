# SPDX-License-Identifier: Apache-2.0
"""Sessions bought together: earned one by one, given back when undone, the rest refunded at the single price."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from aftersession.billing.models import CreditNote, Invoice, InvoiceShare
from aftersession.billing.pricing import LineInput
from aftersession.encounters.models import Encounter
from aftersession.ledger.models import Account, Line
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AlreadyDone, BadInput, DomainError, InvalidTransition
from aftersession.messaging.models import Message
from aftersession.payments.models import Payment
from aftersession.practices.models import Practice
from aftersession.prepaid.models import Package
from aftersession.prepaid.packages import last_day
from aftersession.scheduling.models import Appointment
from aftersession.workflows.close_package import PackageClosed, refund_package
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.undo_completion import undo_completion
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import SESSION, billing, buy, complete, give, make_offer
from tests.cast import Cast, ended_appointment, make_appointment, make_service

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture(autouse=True)
def whole(in_practice: Practice) -> Iterator[None]:
    """Whatever a test does, everything holds afterwards."""
    yield
    assert list(check_invariants()) == []


def balance(account: Account) -> int:
    return sum(Line.objects.filter(account=account).values_list("amount_minor", flat=True))


def fresh(package: Package) -> Package:
    return Package.objects.select_related("invoice").get(pk=package.pk)


def refund(cast: Cast, package: Package, used_count: int) -> PackageClosed:
    return refund_package(
        package=fresh(package), used_count=used_count, reason="Moves away", actor=cast.owner, key=new_code()
    )


def test_selling_earns_nothing_and_each_session_its_part(cast: Cast) -> None:
    package = buy(cast)
    assert (balance(Account.INCOME), balance(Account.DEFERRED_INCOME)) == (0, -8_000_00)
    give(cast, package)
    assert (balance(Account.INCOME), balance(Account.DEFERRED_INCOME)) == (-800_00, -7_200_00)
    assert fresh(package).left_count == 9 and Invoice.objects.count() == 1


def test_the_last_session_earns_the_rest(cast: Cast) -> None:
    package = buy(cast, make_offer(cast, count=3, price_minor=1_000_00))
    for _session in range(3):
        give(cast, package)
    parts = Line.objects.filter(account=Account.INCOME, entry__kind="package_used")
    assert [-line.amount_minor for line in parts.order_by("pk")] == [333_34, 333_33, 333_33]
    with pytest.raises(InvalidTransition, match="used up"):
        give(cast, package)


def test_ten_bought_four_used_the_rest_is_given_back_at_the_single_price(cast: Cast) -> None:
    package = buy(cast)
    for _session in range(4):
        give(cast, package)
    closed = refund(cast, package, 4)
    assert closed.amount_minor == closed.freed_minor == 8_000_00 - 4 * 950_00
    assert CreditNote.objects.get().total_minor == 4_200_00
    assert Payment.objects.get().unallocated_minor == 4_200_00
    assert (balance(Account.INCOME), balance(Account.DEFERRED_INCOME)) == (-3_800_00, 0)


def test_with_nothing_left_to_give_back_it_just_closes(cast: Cast) -> None:
    package = buy(cast, make_offer(cast, count=3, price_minor=1_000_00))
    give(cast, package)
    give(cast, package)
    closed = refund(cast, package, 2)
    assert (closed.amount_minor, closed.number) == (0, "") and not CreditNote.objects.exists()
    assert (balance(Account.INCOME), balance(Account.DEFERRED_INCOME)) == (-1_000_00, 0)


def test_an_unpaid_package_owes_what_was_used(cast: Cast) -> None:
    package = buy(cast, is_paid=False)
    give(cast, package)
    refund(cast, package, 1)
    assert InvoiceShare.objects.get().open_minor == 950_00


def test_a_page_from_before_another_session_refunds_nothing(cast: Cast) -> None:
    package = buy(cast)
    give(cast, package)
    with pytest.raises(InvalidTransition, match="changed meanwhile"):
        refund(cast, package, 0)
    refund(cast, package, 1)
    with pytest.raises(InvalidTransition):
        refund(cast, package, 1)


def test_undoing_gives_the_session_back_with_its_income(cast: Cast) -> None:
    package, appointment = buy(cast), ended_appointment(cast)
    give(cast, package, appointment)
    undo_completion(encounter=Encounter.objects.get(), actor=cast.practitioner, key=new_code())
    assert fresh(package).left_count == 10 and balance(Account.INCOME) == 0
    complete(cast, Step.SAVE, appointment=appointment)
    assert fresh(package).left_count == 10


def test_what_was_counted_in_a_refund_cannot_be_undone(cast: Cast) -> None:
    package = buy(cast)
    give(cast, package)
    refund(cast, package, 1)
    with pytest.raises(InvalidTransition, match="was counted"):
        undo_completion(encounter=Encounter.objects.get(), actor=cast.practitioner, key=new_code())


def test_lines_on_top_are_billed_and_voiding_them_gives_the_session_back(cast: Cast) -> None:
    package, appointment = buy(cast), ended_appointment(cast)
    complete(cast, Step.SEND, appointment=appointment, lines=(SESSION,), package=package)
    assert fresh(package).left_count == 9 and Invoice.objects.count() == 2
    extra = Invoice.objects.get(number=2)
    void_invoice(invoice=extra, reason="Wrong", actor=cast.practitioner, key=new_code())
    assert fresh(package).left_count == 10


def test_a_package_pays_only_for_what_it_is_for(cast: Cast) -> None:
    package = buy(cast)
    couples = make_service(cast.practice, name="Couples therapy")
    with pytest.raises(InvalidTransition, match="another service"):
        give(cast, package, ended_appointment(cast, service=couples))
    with pytest.raises(InvalidTransition, match="another client"):
        give(cast, package, ended_appointment(cast, patient=cast.insured))
    assert Appointment.objects.filter(status="fulfilled").count() == 0


def test_it_ends_on_its_last_day(cast: Cast) -> None:
    package = buy(cast, make_offer(cast, months_valid=6))
    assert package.expires_on == last_day(clock.now().date(), 6)
    Package.objects.filter(pk=package.pk).update(expires_on=clock.now().date() - timedelta(days=1))
    with pytest.raises(InvalidTransition, match="used before"):
        give(cast, package)


def test_months_end_where_a_month_is_shorter() -> None:
    assert last_day(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert last_day(date(2026, 12, 31), 12) == date(2027, 12, 31)


def test_an_unused_package_is_voided_or_credited_whole_and_a_used_one_is_not(cast: Cast) -> None:
    unpaid, paid, used = (buy(cast, make_offer(cast, count=n), is_paid=n != 2) for n in (2, 3, 4))
    void_invoice(invoice=fresh(unpaid).invoice, reason="Wrong", actor=cast.owner, key=new_code())
    credit = CreditInput(reason="Wrong")
    credit_invoice(invoice=fresh(paid).invoice, credit=credit, actor=cast.owner, key=new_code())
    give(cast, used)
    with pytest.raises(InvalidTransition, match="have been used"):
        credit_invoice(invoice=fresh(used).invoice, credit=credit, actor=cast.owner, key=new_code())
    assert [fresh(each).closed_at is None for each in (unpaid, paid, used)] == [False, False, True]
    with pytest.raises(InvalidTransition):
        give(cast, paid)


def test_a_part_credited_by_hand_is_earned_no_more(cast: Cast) -> None:
    package = buy(cast)
    part = CreditInput(reason="Promised less", amount_minor=1_000_00)
    credit_invoice(invoice=fresh(package).invoice, credit=part, actor=cast.owner, key=new_code())
    assert balance(Account.DEFERRED_INCOME) == -7_000_00 and balance(Account.INCOME) == 0
    give(cast, package)
    assert balance(Account.INCOME) == -700_00


def correct(cast: Cast, package: Package, price_minor: int = 7_500_00, **changes: Any) -> Package:
    """The package that the successor of its invoice sold."""
    outcome = correct_invoice(
        invoice=fresh(package).invoice,
        billing=billing(lines=(LineInput("Package", price_minor),), **changes),
        finish=Finish(Step.SEND, None, cast.adult.email),
        reason="Agreed price",
        actor=cast.owner,
        key=new_code(),
    )
    return Package.objects.select_related("invoice").get(code=outcome.package_code)


def test_it_follows_when_its_invoice_is_corrected(cast: Cast) -> None:
    old = buy(cast)
    new = correct(cast, old)
    assert fresh(old).close_reason == "Agreed price" and fresh(old).deferred_minor == 0
    assert (new.name, new.session_count, new.price_minor) == (old.name, 10, 7_500_00)
    assert (new.expires_on, new.single_price_minor) == (old.expires_on, old.single_price_minor)
    assert balance(Account.DEFERRED_INCOME) == -7_500_00 and balance(Account.INCOME) == 0
    assert new.invoice.shares.get().open_minor == 0 and Payment.objects.get().unallocated_minor == 500_00
    give(cast, new)
    assert balance(Account.INCOME) == -750_00


def test_it_follows_twice_and_after_a_credit(cast: Cast) -> None:
    package = buy(cast, is_paid=False)
    part = CreditInput(reason="Promised less", amount_minor=1_000_00)
    credit_invoice(invoice=fresh(package).invoice, credit=part, actor=cast.owner, key=new_code())
    again = correct(cast, correct(cast, package), 7_000_00)
    assert Package.objects.filter(closed_at=None).get() == again
    assert balance(Account.DEFERRED_INCOME) == -7_000_00 and balance(Account.INCOME) == 0


def test_its_invoice_is_not_corrected_once_it_is_used_or_closed(cast: Cast) -> None:
    used, closed = buy(cast), buy(cast)
    give(cast, used)
    with pytest.raises(InvalidTransition, match="Close the package and give back the rest"):
        correct(cast, used)
    refund(cast, closed, 0)
    with pytest.raises(InvalidTransition, match="Sell it anew"):
        correct(cast, closed)


def test_no_insurer_pays_for_a_corrected_package(cast: Cast) -> None:
    package = buy(cast)
    with pytest.raises(BadInput):
        correct(cast, package, payment_type="insurance", coverage=cast.coverage)
    assert fresh(package).closed_at is None


def test_no_draft_no_insurer_and_nothing_that_is_sold_no_more(cast: Cast) -> None:
    with pytest.raises(BadInput):
        buy(cast, payment_type="insurance")
    with pytest.raises(BadInput, match="not offered"):
        buy(cast, make_offer(cast, is_active=False))
    assert not Package.objects.exists()


def test_the_client_is_told_what_is_left_and_undoing_stops_the_letter(cast: Cast) -> None:
    package = buy(cast)
    give(cast, package, send_to=cast.adult.email)
    letter = Message.objects.get(kind="package")
    assert letter.subject.startswith("9 of 10 sessions are left") and "therapy" not in letter.body
    undo_completion(encounter=Encounter.objects.get(), actor=cast.practitioner, key=new_code())
    assert Message.objects.get(kind="package").state == "cancelled"
    with pytest.raises(DomainError, match="address"):
        give(cast, package, send_to="else@example.com")


def test_two_forms_at_once_complete_it_once(cast: Cast) -> None:
    package, appointment = buy(cast), ended_appointment(cast)
    give(cast, package, appointment)
    with pytest.raises(AlreadyDone):
        give(cast, package, appointment)
    assert fresh(package).left_count == 9


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_in_whatever_order_everything_adds_up(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    packages = [buy(cast, make_offer(cast, count=n), is_paid=n != 4) for n in (3, 4)]
    start = clock.now() - timedelta(days=300)
    for number in range(14):
        package, act = (
            fresh(chance.choice(packages)),
            chance.choice(["give", "give", "undo", "part", "close"]),
        )
        try:
            if act == "give":
                at = start + timedelta(days=number)
                give(cast, package, make_appointment(cast, starts_at=at))
            elif act == "undo":
                live = list(Encounter.objects.filter(state="live").order_by("pk"))
                if live:
                    undo_completion(encounter=chance.choice(live), actor=cast.practitioner, key=new_code())
            elif act == "part":
                part = CreditInput(reason="Less", amount_minor=chance.randint(1, 2_000_00))
                credit_invoice(invoice=package.invoice, credit=part, actor=cast.owner, key=new_code())
            elif number > 9:
                refund(cast, package, package.used_count)
        except DomainError:
            pass
        assert [str(each) for each in check_invariants()] == []
