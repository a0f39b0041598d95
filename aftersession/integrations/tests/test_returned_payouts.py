# SPDX-License-Identifier: Apache-2.0
"""A payout that was told paid and did not reach the bank: taken back in the books, as often as it is told."""

from dataclasses import replace
from datetime import date

import pytest

from aftersession.audit.models import AuditEvent
from aftersession.integrations.tests.online import FEE, OWED, book
from aftersession.ledger.models import Account
from aftersession.lib.money import Money
from aftersession.payments.models import Payment, Payout, PayoutLine, ProviderConnection
from aftersession.payments.provider import Mode, PartnerPayout, PayoutLineKind
from aftersession.payments.provider import PayoutLine as PartnerLine
from aftersession.workflows.record_payout import apply_payout
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

NET = OWED - FEE


@pytest.fixture
def told(payment: Payment) -> PartnerPayout:
    """A payout of the payment, recorded."""
    line = PartnerLine(
        kind=PayoutLineKind.PAYMENT,
        external_id=payment.external_id,
        amount=payment.amount,
        fee=Money(FEE, "ZAR"),
    )
    made = PartnerPayout(
        external_id="po_1", amount=Money(NET, "ZAR"), paid_on=date(2026, 3, 2), mode=Mode.TEST, lines=(line,)
    )
    apply_payout(ProviderConnection.objects.get(), made)
    return made


def balances() -> tuple[int, int, int]:
    return book(Account.BANK), book(Account.PARTNER_CLEARING), book(Account.PARTNER_FEES)


def test_it_is_taken_back_once_and_what_was_kept_stays_kept(
    cast: Cast, connection: ProviderConnection, told: PartnerPayout
) -> None:
    failed = replace(told, is_failed=True, lines=())
    assert [apply_payout(connection, failed), apply_payout(connection, failed)] == [True, False]
    assert balances() == (0, NET, FEE)
    assert AuditEvent.objects.filter(action="payout.returned").count() == 1
    browser, code = signed_in(cast.owner), Payout.objects.get().code
    assert "did not reach the bank" in browser.get(f"/payouts/{code}/").content.decode()
    assert "did not reach the bank" in browser.get("/payouts/").content.decode()


def test_paid_after_all_it_is_at_the_bank_again_however_often_that_changes(
    connection: ProviderConnection, told: PartnerPayout
) -> None:
    for _ in range(2):
        apply_payout(connection, replace(told, is_failed=True))
        assert balances() == (0, NET, FEE)
        apply_payout(connection, told)
        assert balances() == (NET, 0, FEE)


def test_the_later_payout_that_brings_the_money_names_it(
    cast: Cast, connection: ProviderConnection, told: PartnerPayout
) -> None:
    apply_payout(connection, replace(told, is_failed=True))
    line = PartnerLine(kind=PayoutLineKind.RETURNED, external_id="po_1", amount=told.amount)
    apply_payout(connection, replace(told, external_id="po_2", lines=(line,)))
    assert balances() == (NET, 0, FEE)
    later = Payout.objects.get(external_id="po_2")
    assert PayoutLine.objects.get(payout=later).returned == Payout.objects.get(external_id="po_1")
    page = signed_in(cast.owner).get(f"/payouts/{later.code}/").content.decode()
    assert "it adds up" in page and "po_1" in page


def test_one_that_failed_before_anybody_heard_of_it_is_not_in_the_books(
    connection: ProviderConnection, payment: Payment
) -> None:
    failed = PartnerPayout(
        external_id="po_1", amount=Money(1, "ZAR"), paid_on=date(2026, 3, 2), mode=Mode.TEST, is_failed=True
    )
    assert not apply_payout(connection, failed)
    assert Payout.objects.count() == 0
