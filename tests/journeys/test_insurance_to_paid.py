# SPDX-License-Identifier: Apache-2.0
"""From an open session to an insurer's payment: nothing goes to anyone until somebody sends it."""

from __future__ import annotations

import pytest

from aftersession.billing.models import Invoice
from aftersession.claims.models import Claim, Submission
from aftersession.lib import clock
from aftersession.messaging.models import Message
from aftersession.patients.models import PatientDiagnosis
from aftersession.payments.models import PaymentLink, Receipt
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from tests.cast import Cast, ended_appointment, signed_in
from tests.journeys.forms import press
from tests.journeys.test_other_to_receipt import assert_clean, post

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_account_waits_is_sent_and_paid_in_part_and_then_whole(cast: Cast) -> None:
    desk, biller = signed_in(cast.practitioner), signed_in(cast.biller)
    with practice_scope(cast.practice):
        PatientDiagnosis.objects.create(
            practice=cast.practice, patient=cast.insured, position=1, system="icd-10", diagnosis_code="F41.1",
            title="Generalised anxiety disorder",
        )  # fmt: skip
    session = ended_appointment(
        cast, patient=cast.insured, payment_type=PaymentType.INSURANCE, coverage=cast.coverage
    )
    press(desk, f"/appointments/{session.code}/completion/", "completion", "generate")
    invoice, claim = Invoice.unscoped.get(), Claim.unscoped.get()
    page = f"/invoices/{invoice.code}/"
    assert not Message.unscoped.exists() and not PaymentLink.unscoped.exists()
    assert invoice.number_label in biller.get("/claims/").content.decode()

    html = post(biller, f"/claims/{claim.code}/submissions/", send_to=cast.payer.claims_email)
    submission = Submission.unscoped.get()
    assert "Claim submitted" in html and submission.document_sha256[:16] in html
    money = {"received_on": clock.now().date().isoformat(), "reference": "RA-20931"}
    html = post(biller, f"{page}payments/", amount="637.50", **money)
    assert "Part paid" in html and "Why R 312.50" in html
    html = post(biller, f"{page}payments/", amount="312.50", **money)
    assert "Nothing is owed" in html and not Receipt.unscoped.exists()
    assert invoice.number_label not in biller.get("/claims/").content.decode()
    assert_clean(cast)
