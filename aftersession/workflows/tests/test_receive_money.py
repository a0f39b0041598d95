# SPDX-License-Identifier: Apache-2.0
from aftersession.audit.models import AuditEvent
from aftersession.billing.debtors import guarantor_debtor
from aftersession.lib.codes import new_code
from aftersession.payments.models import Payment
from aftersession.practices.models import Practice
from aftersession.workflows.finalise import Step
from aftersession.workflows.receive_money import receive_money
from aftersession.workflows.reverse_payment import reverse_payment
from tests.billing import cash, complete
from tests.cast import Cast, ended_appointment


def test_money_for_two_children_is_told_of_each_with_their_own_invoice(
    cast: Cast, in_practice: Practice
) -> None:
    parent = cast.minor.guarantor
    assert parent
    cast.adult.guarantor = parent
    cast.adult.save()
    codes = {
        child.code: complete(
            cast, Step.SEND, appointment=ended_appointment(cast, patient=child), send_to=parent.email
        ).invoice_code
        for child in (cast.minor, cast.adult)
    }
    debtor = guarantor_debtor(parent, cast.practice)
    receive_money(patient=cast.minor, debtor=debtor, payment=cash(1_900_00), actor=cast.owner, key=new_code())
    reverse_payment(payment=Payment.objects.get(), reason="Bounced", actor=cast.owner, key=new_code())
    for action in ("payment.recorded", "payment.reversed"):
        told = AuditEvent.objects.filter(action=action, subject_kind="invoice")
        assert dict(told.values_list("patient_code", "subject_code")) == codes
