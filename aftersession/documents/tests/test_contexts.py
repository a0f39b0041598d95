# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from aftersession.documents.contexts import Tax, TaxRate
from aftersession.documents.freezing import Context, freeze, thaw
from aftersession.documents.frozen import BadContext
from aftersession.documents.tests import samples


@pytest.mark.parametrize("context", samples.EVERY_KIND, ids=lambda context: str(context.kind))
def test_it_comes_back_from_json_as_it_was(context: Context) -> None:
    assert thaw(json.loads(json.dumps(freeze(context)))) == context


def test_it_reads_what_was_frozen_before_a_field_existed() -> None:
    frozen = freeze(samples.invoice())
    del frozen["notes"]
    assert thaw(frozen) == samples.invoice()


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"total_minor": "95000"},
        {"total_minor": 95000.0},
        {"lines": {"description": "no list"}},
        {"kind": "poem"},
        {"number": None},
    ],
)
def test_it_refuses_what_does_not_fit(wrong: dict[str, object]) -> None:
    with pytest.raises(BadContext):
        thaw(freeze(samples.invoice()) | wrong)


def test_it_refuses_a_context_with_a_part_missing() -> None:
    frozen = freeze(samples.invoice())
    del frozen["practice"]
    with pytest.raises(BadContext):
        thaw(frozen)


def test_it_refuses_a_total_that_is_not_the_sum_of_the_lines() -> None:
    with pytest.raises(BadContext, match="sum of the lines"):
        samples.invoice(total_minor=94999, balance_minor=94999)


def test_it_refuses_a_balance_that_forgets_a_payment() -> None:
    with pytest.raises(BadContext, match="balance"):
        samples.invoice(payments=(samples.TRANSFER,))


def test_it_refuses_tax_that_does_not_add_up() -> None:
    tax = Tax(name="VAT", rates=(TaxRate(rate="15", net_minor=1, tax_minor=1),))
    with pytest.raises(BadContext, match="net and tax"):
        samples.invoice(tax=tax)


def test_tax_on_top_of_the_lines_is_part_of_the_total() -> None:
    rate = TaxRate(rate="15", net_minor=95000, tax_minor=14250)
    tax = Tax(name="VAT", rates=(rate,), is_included=False)
    assert samples.invoice(tax=tax, total_minor=109250, balance_minor=109250).total_minor == 109250


def test_an_insurers_account_can_have_no_payment_link() -> None:
    with pytest.raises(BadContext, match="no pay link"):
        samples.insurer_account(pay_link="k7q4")


def test_an_insurers_account_needs_its_coverage() -> None:
    with pytest.raises(BadContext, match="coverage"):
        samples.insurer_account(coverage=None)


def test_a_receipt_accounts_for_all_of_its_payment() -> None:
    with pytest.raises(BadContext, match="payment"):
        samples.receipt(unallocated_minor=1)
