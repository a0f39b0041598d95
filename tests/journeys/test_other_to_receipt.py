# SPDX-License-Identifier: Apache-2.0
"""From an open session to a paid invoice without a partner, and back again when it was a mistake."""

from __future__ import annotations

import pytest
from django.test import Client

from aftersession.billing.models import Invoice
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.payments.models import Payment, PaymentLink
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.invariants import check_invariants
from tests.cast import Cast, ended_appointment, signed_in
from tests.journeys.forms import press

pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, path: str, **typed: str) -> str:
    answer = client.post(path, {"key": new_code(), **typed}, follow=True)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode().replace("\u00a0", " ")


def assert_clean(cast: Cast) -> None:
    with practice_scope(cast.practice):
        assert [str(breach) for breach in check_invariants()] == []


def test_an_invoice_is_sent_paid_in_two_parts_and_receipted(cast: Cast) -> None:
    desk, biller = signed_in(cast.practitioner), signed_in(cast.biller)
    session = ended_appointment(cast, payment_type=PaymentType.OTHER)
    press(desk, f"/appointments/{session.code}/completion/", "completion", "send", payment_type="other")
    invoice = Invoice.unscoped.get()
    page = f"/invoices/{invoice.code}/"
    assert 'owes <b class="nw">R 950.00' in biller.get(page).content.decode().replace("\u00a0", " ")
    money = {"received_on": clock.now().date().isoformat(), "method": "transfer", "reference": "FNB 20931"}
    html = post(biller, f"{page}payments/", amount="450.00", **money)
    assert "Why R 500.00" in html and "Part paid" in html
    mailed = {"sends_receipt": "on", "send_to": cast.adult.email}
    html = post(biller, f"{page}payments/", amount="500.00", **money, **mailed)
    assert "has paid" in html and "RCT-000002" in html
    assert [each.kind for each in Message.unscoped.order_by("pk")] == ["invoice", "receipt"]
    assert not PaymentLink.unscoped.exists()
    assert_clean(cast)


def test_a_mistake_is_reversed_voided_and_billed_anew(cast: Cast) -> None:
    owner = signed_in(cast.owner)
    session = ended_appointment(cast, payment_type=PaymentType.OTHER)
    completion = f"/appointments/{session.code}/completion/"
    paid = {"payment_type": "other", "method": "cash", "amount": "950.00"}
    press(owner, completion, "completion", "send_receipt", **paid)
    first = Invoice.unscoped.get()
    post(owner, f"/payments/{Payment.unscoped.get().code}/reversal/", reason="Another client's money")
    html = post(owner, f"/invoices/{first.code}/void/", reason="Wrong service")
    assert "Mark session complete" in html
    press(owner, completion, "completion", "send", payment_type="other")
    numbers = {each.number_label: each.state for each in Invoice.unscoped.all()}
    assert numbers == {"INV-000001": "void", "INV-000002": "issued"}
    assert_clean(cast)


def test_a_saved_draft_is_changed_then_finalised_on_its_own_page(cast: Cast) -> None:
    owner = signed_in(cast.owner)
    session = ended_appointment(cast, payment_type=PaymentType.OTHER)
    completion = f"/appointments/{session.code}/completion/"
    html = press(owner, completion, "completion", "save", payment_type="other")
    assert "Draft, no number yet" in html
    html = post(owner, f"/invoices/{Invoice.unscoped.get().code}/undo/")
    assert "as it was billed before" in html
    press(owner, completion, "completion", "save", payment_type="other", **{"lines-0-price": "800.00"})
    draft = Invoice.unscoped.get(state="draft")
    html = post(owner, f"/invoices/{draft.code}/finalisation/", step="send", send_to=cast.adult.email)
    assert "INV-000001" in html and "R 800.00" in html
    assert_clean(cast)
