# SPDX-License-Identifier: Apache-2.0
"""What must hold of the stored rows at any time, as read-only checks one can run.

`check_invariants` looks at every practice after each fault test, nightly, and on every restored backup. The
numbers are those of the project's list of invariants in `docs/money.md` and `docs/architecture.md`.
"""

from collections.abc import Callable, Iterator

from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.invariants import (
    books,
    money,
    packages,
    papers,
    partners,
    reminders,
    sessions,
    tenancy,
    traces,
)
from aftersession.workflows.invariants.breach import Breach

Check = Callable[[Practice], Iterator[Breach]]

CHECKS: dict[str, Check] = {
    "I-01": sessions.billed_once,
    "I-02": sessions.completed_whole,
    "I-03": sessions.states_fit,
    "I-05": sessions.no_overlaps,
    "I-06": papers.numbers_without_gap,
    "I-07": papers.issued_unchanged,
    "I-08": papers.one_original,
    "I-09": money.credits_within_invoice,
    "I-10": papers.figures_on_paper,
    "I-11": money.one_currency,
    "I-12": books.entries_balance,
    "I-13": money.payments_not_overused,
    "I-14": money.shares_not_oversettled,
    "I-15": books.columns_equal_recomputation,
    "I-16": money.refunds_within_payment,
    "I-18": money.parts_make_the_whole,
    "I-19": books.money_is_conserved,
    "I-22": money.attempts_before_money,
    "I-23": money.no_silent_doubt,
    "I-32": tenancy.references_stay_home,
    "I-34": traces.changes_are_told,
    "I-35": traces.log_is_whole,
    "I-39": reminders.reminders_are_kind,
    "I-40": papers.files_are_there,
    "I-42": sessions.prepaid_once,
    "I-43": packages.packages_add_up,
    "I-44": money.disputes_within_payment,
    "I-45": partners.clearing_is_explained,
    "I-46": partners.payouts_are_booked,
}


def check_invariants() -> Iterator[Breach]:
    """Every breach found, practice by practice. Changes nothing."""
    for practice in Practice.objects.order_by("pk"):
        with practice_scope(practice):
            for check in CHECKS.values():
                yield from check(practice)
