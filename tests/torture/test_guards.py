# SPDX-License-Identifier: Apache-2.0
"""Each guard refuses its attack, and without it the same attack goes through.

The second half is the point: a test that passes with the guard taken away proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.http import Http404

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    InvoiceShare,
    NumberSequence,
    ShareTransfer,
    WriteOff,
)
from aftersession.commands import command as commands
from aftersession.commands.models import CommandKey
from aftersession.documents.models import Document
from aftersession.encounters.models import Encounter
from aftersession.integrations.models import InboundEvent
from aftersession.ledger.models import Line
from aftersession.lib import signing
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AlreadyDone, AmountTooLarge, DomainError, InvalidTransition, KeyReused
from aftersession.lib.guards import AppendOnly, Frozen, FrozenWithParent, Graph, NoDelete, Statements
from aftersession.messaging.models import Message
from aftersession.payments import links
from aftersession.payments.models import Allocation, Payment, PaymentAttempt, PaymentLink, Receipt, Refund
from aftersession.payments.provider import NoticeRejected
from aftersession.practices.models import Member
from aftersession.practices.tenancy import NoActivePractice, TenantManager
from aftersession.scheduling import actions as scheduling
from aftersession.scheduling.models import Appointment
from config.middleware import CsrfMiddleware, PolicyMiddleware
from tests.cast import Cast
from tests.torture import attacks
from tests.torture import attacks_on_corrections as corrections
from tests.torture.attacks import Scene
from tests.torture.sabotage import (
    Removal,
    ignoring,
    replaced,
    unconstrained,
    undeclared,
    without_same_practice,
)

SQLITE = "sqlite"


@dataclass(frozen=True)
class Case:
    """One guard: what it refuses and how, and how to take it away.

    Behind some guards stands another wall: then `behind` is what the attack runs into there.
    """

    attack: Callable[[Scene], object]
    remove: Removal
    refusal: type[Exception] = IntegrityError
    behind: tuple[type[Exception], ...] = ()


def claimed_anew(claim: CommandKey) -> None:
    claim.key = new_code()
    claim.save(force_insert=True)


@pytest.fixture
def scene(cast: Cast, other_cast: Cast) -> Scene:
    return Scene(cast, other_cast)


TRIGGERS = (
    Case(attacks.refer_to_another_practice, without_same_practice()),
    Case(attacks.move_to_another_practice, without_same_practice()),
    Case(attacks.change_the_log, undeclared(AuditEvent, AppendOnly)),
    Case(attacks.shorten_the_log, undeclared(AuditEvent, AppendOnly)),
    Case(attacks.change_the_books, undeclared(Line, AppendOnly)),
    Case(attacks.remove_from_the_books, undeclared(Line, AppendOnly)),
    Case(attacks.change_an_allocation, undeclared(Allocation, AppendOnly)),
    Case(attacks.change_a_receipt, undeclared(Receipt, AppendOnly)),
    Case(attacks.remove_a_share, undeclared(InvoiceShare, NoDelete)),
    Case(attacks.change_an_issued_invoice, undeclared(Invoice, Frozen)),
    Case(attacks.change_a_line_of_an_issued_invoice, undeclared(InvoiceLine, FrozenWithParent)),
    Case(attacks.add_a_line_to_an_issued_invoice, undeclared(InvoiceLine, FrozenWithParent)),
    Case(attacks.change_what_is_owed, undeclared(InvoiceShare, Frozen)),
    Case(attacks.revive_a_void_invoice, undeclared(Invoice, Graph)),
    Case(attacks.revive_a_cancelled_appointment, undeclared(Appointment, Graph)),
    Case(attacks.revive_a_reopened_encounter, undeclared(Encounter, Graph)),
    Case(attacks.revive_a_reversed_payment, undeclared(Payment, Graph)),
    Case(attacks.change_an_amount_received, undeclared(Payment, Frozen)),
    Case(attacks.send_again_what_was_sent, undeclared(Message, Graph)),
    Case(attacks.readdress_a_letter, undeclared(Message, Frozen)),
    Case(attacks.change_a_paper, undeclared(Document, Frozen)),
    Case(attacks.swap_a_file, undeclared(Document, Frozen)),
    Case(attacks.unpay_an_attempt, undeclared(PaymentAttempt, Graph)),
    Case(attacks.raise_an_attempt, undeclared(PaymentAttempt, Frozen)),
)
CONSTRAINTS = (
    Case(attacks.record_two_encounters, unconstrained(Encounter, "encounter_live_once")),
    Case(attacks.bill_an_encounter_twice, unconstrained(Invoice, "invoice_current_once")),
    Case(attacks.number_two_invoices_alike, unconstrained(Invoice, "invoice_number_once")),
    Case(attacks.number_a_draft, unconstrained(Invoice, "invoice_numbered_once_issued")),
    Case(attacks.lose_a_cent_of_tax, unconstrained(Invoice, "invoice_total_is_net_and_tax")),
    Case(attacks.settle_past_the_amount, unconstrained(InvoiceShare, "share_never_oversettled")),
    Case(attacks.use_money_twice, unconstrained(Payment, "payment_never_overused")),
    Case(attacks.book_a_partners_payment_twice, unconstrained(Payment, "payment_external_once")),
    Case(attacks.claim_a_key_twice, unconstrained(CommandKey, "command_key_once")),
    Case(attacks.write_one_letter_twice, unconstrained(Message, "message_once")),
    Case(attacks.open_two_pay_pages, unconstrained(PaymentLink, "payment_link_live_once")),
    Case(attacks.keep_one_notice_twice, unconstrained(InboundEvent, "inbound_event_once")),
    Case(attacks.open_one_series_twice, unconstrained(NumberSequence, "number_sequence_once")),
)
COMPARE_AND_SET = (
    Case(attacks.complete_by_an_old_page, ignoring(Appointment, "status"), AlreadyDone),
    Case(
        attacks.complete_before_it_began,
        replaced(scheduling, "_begun", lambda: Q()),
        InvalidTransition,
    ),
    Case(attacks.reopen_by_an_old_page, ignoring(Encounter, "state"), InvalidTransition),
    Case(attacks.void_by_an_old_page, ignoring(Invoice, "state"), InvalidTransition),
    Case(attacks.void_what_is_paid, ignoring(Invoice, "shares__allocated_minor__gt"), InvalidTransition),
    # Behind these the database's own rules refuse what the code let through.
    Case(attacks.issue_by_an_old_page, ignoring(Invoice, "state"), InvalidTransition, (IntegrityError,)),
    Case(attacks.reverse_by_an_old_page, ignoring(Payment, "state"), InvalidTransition),
    Case(
        attacks.take_more_than_is_owed,
        ignoring(InvoiceShare, "amount_minor__gte"),
        AmountTooLarge,
        (IntegrityError,),
    ),
    Case(
        attacks.take_back_what_succeeded,
        ignoring(PaymentAttempt, "state__in"),
        DomainError,
        (IntegrityError,),
    ),
    Case(
        attacks.claim_one_letter_by_two_workers,
        ignoring(Message, "state", "attempts", "send_after"),
        DomainError,
    ),
    Case(attacks.end_a_letter_after_losing_its_lease, ignoring(Message, "attempts"), DomainError),
)
DOORS = (
    Case(attacks.pay_by_two_clicks, replaced(commands, "_claim", claimed_anew), DomainError),
    Case(
        attacks.pay_something_else_with_an_old_key,
        replaced(commands, "fingerprint", lambda _arguments: "the same"),
        KeyReused,
    ),
    Case(
        attacks.enter_without_the_role,
        replaced(PolicyMiddleware, "process_view", lambda *_arguments: None),
        DomainError,
    ),
    Case(
        attacks.post_without_a_token,
        replaced(CsrfMiddleware, "process_view", lambda *_arguments: None),
        DomainError,
    ),
    Case(
        attacks.open_an_invoice_of_another_practice,
        replaced(TenantManager, "for_practice", lambda self, _practice: self.model.unscoped.all()),
        Http404,
    ),
    Case(
        attacks.open_an_invoice_of_a_colleague,
        replaced(Member, "sees_everyone", property(lambda _member: True)),
        Http404,
    ),
    Case(
        attacks.ask_without_a_practice,
        replaced(TenantManager, "get_queryset", lambda self: self.model.unscoped.all()),
        NoActivePractice,
    ),
    Case(
        attacks.open_a_pay_page_from_a_stolen_table,
        replaced(links, "digest_of", lambda token: token),
        DomainError,
    ),
    Case(attacks.open_an_expired_pay_page, ignoring(PaymentLink, "expires_at__gt"), DomainError),
    Case(
        attacks.forge_a_notice,
        replaced(signing, "is_signed_by_any", lambda *_arguments, **_named: True),
        NoticeRejected,
    ),
)
CORRECTIONS = (
    Case(corrections.change_a_credit_note, undeclared(CreditNote, AppendOnly)),
    Case(corrections.change_a_line_of_a_credit_note, undeclared(CreditNoteLine, AppendOnly)),
    Case(corrections.forget_a_write_off, undeclared(WriteOff, AppendOnly)),
    Case(corrections.change_what_was_moved, undeclared(ShareTransfer, AppendOnly)),
    Case(corrections.change_a_refund, undeclared(Refund, Frozen)),
    Case(corrections.undo_a_refund, undeclared(Refund, Graph)),
    Case(
        corrections.give_back_more_than_is_unused,
        ignoring(Payment, "amount_minor__gte"),
        AmountTooLarge,
        (IntegrityError,),
    ),
    Case(
        corrections.give_back_what_settles_something,
        ignoring(Payment, "amount_minor__gte"),
        AmountTooLarge,
        (IntegrityError,),
    ),
    Case(
        corrections.use_more_than_is_unused,
        ignoring(Payment, "amount_minor__gte"),
        AmountTooLarge,
        (IntegrityError,),
    ),
    Case(corrections.replace_by_an_old_page, ignoring(Invoice, "superseded_at"), InvalidTransition),
)
CASES = (*TRIGGERS, *CONSTRAINTS, *COMPARE_AND_SET, *DOORS, *CORRECTIONS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.attack.__name__)
def test_it_is_refused_and_only_because_of_its_guard(case: Case, scene: Scene) -> None:
    assert was_refused(case, scene, case.refusal), "the guard is not there"
    with case.remove():
        try:
            assert not was_refused(case, scene, case.refusal), "something else refuses it: which?"
        except case.behind:
            return


def test_two_sessions_at_once_are_refused_by_the_tables_own_rule(scene: Scene) -> None:
    in_trigger = connection.vendor == SQLITE
    remove = (
        undeclared(Appointment, Statements)
        if in_trigger
        else unconstrained(Appointment, "appointment_no_overlap")
    )
    case = Case(attacks.book_twice_at_once, remove)
    test_it_is_refused_and_only_because_of_its_guard(case, scene)


def test_the_log_cannot_be_replaced_row_by_row_or_emptied(scene: Scene) -> None:
    case = Case(attacks.replace_in_the_log, undeclared(AuditEvent, AppendOnly))
    test_it_is_refused_and_only_because_of_its_guard(case, scene)


def test_replace_walks_past_the_triggers_of_sqlite_unless_they_recurse(scene: Scene) -> None:
    if connection.vendor == SQLITE:
        case = Case(attacks.replace_in_the_log, without_recursion)
        test_it_is_refused_and_only_because_of_its_guard(case, scene)


@contextmanager
def without_recursion() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers = OFF")
        yield
        cursor.execute("PRAGMA recursive_triggers = ON")


def test_enough_guards_are_tried() -> None:
    assert len({case.attack for case in CASES}) == len(CASES) >= 50


def was_refused(case: Case, scene: Scene, refusal: type[Exception]) -> bool:
    """Whether the attack met the refusal; its traces are rolled back then."""
    # Not a block of its own: a command wants to be the outermost one.
    before = transaction.savepoint()
    try:
        refused = case.attack(scene) is False
    except refusal:
        refused = True
    if refused:
        transaction.set_rollback(False)
        transaction.savepoint_rollback(before)
    return refused
