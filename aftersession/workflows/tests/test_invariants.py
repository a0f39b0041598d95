# SPDX-License-Identifier: Apache-2.0
import pytest
from django.db import connection

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import CreditNote
from aftersession.lib.codes import new_code
from aftersession.payments.models import Payment
from aftersession.practices.guards import drop_guards
from aftersession.reminders.actions import note_reminder
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.invariants.reminders import reminders_are_kind
from aftersession.workflows.invariants.traces import changes_are_told
from aftersession.workflows.reverse_payment import reverse_payment
from tests.billing import cash, complete, invoice_of, share_of
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice")


def test_all_hold_after_every_kind_of_completion(cast: Cast) -> None:
    complete(cast, Step.SAVE)
    complete(cast, Step.SEND)
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    complete(cast, Step.SEND_RECEIPT, payment=cash(400_00))
    assert [str(breach) for breach in check_invariants()] == []


def test_all_hold_after_a_reversal(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND_RECEIPT, payment=cash())
    payment = Payment.objects.select_related("patient", "payer").get(code=outcome.payment_code)
    reverse_payment(payment=payment, reason="Wrong client", actor=cast.owner, key=new_code())
    assert [str(breach) for breach in check_invariants()] == []


def test_a_credit_note_that_nobody_wrote_into_the_log_is_found(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    credit = CreditInput(reason="Wrong service")
    credit_invoice(invoice=invoice_of(cast, outcome), credit=credit, actor=cast.owner, key="k")
    assert [str(breach) for breach in check_invariants()] == []
    drop_guards(connection)
    AuditEvent.objects.filter(action="invoice.credited").delete()
    found = list(changes_are_told(cast.practice))
    assert [each.subject for each in found] == [CreditNote.objects.get().number_label]


def test_a_reminder_without_a_letter_and_one_to_an_insurer_are_found(cast: Cast) -> None:
    share = share_of(cast, complete(cast, Step.GENERATE, PaymentType.INSURANCE))
    note_reminder(share, None, debtor_ref="payer:x", message_code="none", actor=cast.owner)
    problems = [each.problem for each in reminders_are_kind(cast.practice)]
    assert problems == ["reminds an insurer", "has no letter about its invoice"]
