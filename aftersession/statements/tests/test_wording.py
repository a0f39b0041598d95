# SPDX-License-Identifier: Apache-2.0
"""Whatever is booked has a sentence of its own, and a credit note is named by its own number."""

from __future__ import annotations

from aftersession.ledger.models import Account, Entry
from aftersession.lib.codes import new_code
from aftersession.practices.models import Practice
from aftersession.statements.accounts import book_account, client_account
from aftersession.workflows.close_package import refund_package
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from tests.billing import buy, complete, give, invoice_of
from tests.cast import Cast


def test_two_credit_notes_of_one_moment_keep_their_numbers(
    cast: Cast, in_practice: Practice, frozen_clock: object
) -> None:
    invoice = invoice_of(cast, complete(cast, Step.SEND))
    for minor in (10_00, 20_00):
        given = CreditInput(reason="Too much", amount_minor=minor)
        credit_invoice(invoice=invoice, credit=given, actor=cast.owner, key=new_code())
    told = client_account(cast.practice, cast.adult).page().told
    assert [each.text for each in told][:2] == [
        "Credit note CRN-000002 for INV-000001",
        "Credit note CRN-000001 for INV-000001",
    ]


def test_the_books_tell_a_package_from_its_sale_to_its_end(cast: Cast, in_practice: Practice) -> None:
    package = buy(cast)
    give(cast, package)
    refund_package(package=package, used_count=1, reason="Moved away", actor=cast.owner, key=new_code())
    told = book_account(cast.practice, Account.DEFERRED_INCOME).page().told
    assert [each.text for each in told] == [
        "Package of INV-000001 closed: the rest of it is earned",
        "A session given of the package of INV-000001",
        "Package of INV-000001 sold, to be earned session by session",
    ]
    assert not Entry.objects.filter(kind="credit_note", source_code="").exists()
