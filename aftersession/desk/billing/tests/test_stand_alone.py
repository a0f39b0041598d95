# SPDX-License-Identifier: Apache-2.0
"""An invoice without an appointment, through its page."""

from typing import Any

import pytest
from django.test import Client

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.claims.models import Claim
from aftersession.encounters.models import Encounter
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.invariants import check_invariants
from tests.cast import Cast, signed_in

NEW = "/billing/new/"


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def form(cast: Cast, do: str, patient: Patient | None = None, /, **changes: Any) -> dict[str, Any]:
    chosen = patient or cast.adult
    return {
        "key": new_code(),
        "client": chosen.code,
        "practitioner": cast.provider.code,
        "payment_type": "other",
        "service_on": clock.now().date().isoformat(),
        "lines-0-description": "Report for the school",
        "lines-0-quantity": "1",
        "lines-0-price": "1200.00",
        "shown_total": "120000",
        "send_to": chosen.email,
        "do": do,
        **changes,
    }


def test_a_client_is_found_and_leads_on_to_the_details(cast: Cast, owner: Client) -> None:
    page = owner.get(NEW, {"q": "nal", "practitioner": cast.provider.code}).content.decode()
    assert f"client={cast.adult.code}&amp;practitioner={cast.provider.code}" in page
    details = owner.get(NEW, {"client": cast.adult.code, "practitioner": cast.provider.code})
    assert b"New invoice for" in details.content and b"completes the session" not in details.content


def test_it_is_sent_without_an_appointment(cast: Cast, owner: Client) -> None:
    answer = owner.post(NEW, form(cast, "send"))
    invoice = Invoice.unscoped.get()
    assert answer["Location"] == f"/invoices/{invoice.code}/"
    assert (invoice.number_label, invoice.total_minor, invoice.encounter) == ("INV-000001", 1_200_00, None)
    assert Message.unscoped.get().to_address == cast.adult.email and not Encounter.unscoped.exists()


def test_it_takes_every_type(cast: Cast, owner: Client) -> None:
    today = clock.now().date().isoformat()
    paid = {"method": "cash", "received_on": today, "amount": "1200.00"}
    owner.post(NEW, form(cast, "send_receipt", **paid))
    account = {"payment_type": "insurance", "coverage": cast.coverage.code, "lines-0-procedure_code": "86205"}
    owner.post(NEW, form(cast, "save", cast.insured, **account))
    assert {each.payment_type for each in Invoice.unscoped.all()} == {"other", "insurance"}
    with practice_scope(cast.practice):
        assert list(check_invariants()) == []
    assert not Claim.unscoped.exists()


def test_pressing_twice_bills_once(cast: Cast, owner: Client) -> None:
    same = form(cast, "send")
    assert owner.post(NEW, same)["Location"] == owner.post(NEW, same)["Location"]
    assert Invoice.unscoped.count() == Message.unscoped.count() == 1


def test_its_draft_is_discarded_without_a_gap(cast: Cast, owner: Client) -> None:
    owner.post(NEW, form(cast, "save"))
    draft = Invoice.unscoped.get()
    answer = owner.post(f"/invoices/{draft.code}/undo/", {"key": new_code()})
    draft.refresh_from_db()
    assert answer["Location"] == "/billing/" and draft.state == InvoiceState.DISCARDED


@pytest.mark.parametrize(
    "changes",
    [
        {"lines-0-price": "1e3"},
        {"lines-0-description": ""},
        {"shown_total": "1"},
        {"send_to": "else@example.com"},
        {"service_on": "2999-01-01"},
    ],
)
def test_what_cannot_be_billed_is_refused_and_kept(
    cast: Cast, owner: Client, changes: dict[str, str]
) -> None:
    answer = owner.post(NEW, form(cast, "send", **{"lines-0-procedure_code": "KEPT", **changes}))
    assert answer.status_code == 422 and b"KEPT" in answer.content
    assert not Invoice.unscoped.exists()


def test_a_step_changes_the_form_and_bills_nothing(cast: Cast, owner: Client) -> None:
    page = owner.post(NEW, form(cast, "add_line", service=cast.item.code)).content.decode()
    assert "Workbook" in page and "Report for the school" in page and not Invoice.unscoped.exists()
    totals = owner.post(f"{NEW}totals/", form(cast, "")).content.decode()
    assert "200.00" in totals


def test_anothers_client_looks_like_nobody(cast: Cast, other_cast: Cast) -> None:
    outsider = signed_in(other_cast.owner)
    assert outsider.post(NEW, form(cast, "send")).status_code == 404
    assert outsider.post(f"{NEW}totals/", form(cast, "")).status_code == 404
    assert outsider.get(NEW, {"client": cast.adult.code}).status_code == 404
    colleague = form(cast, "send", practitioner=other_cast.provider.code)
    assert signed_in(cast.owner).post(NEW, colleague)["Location"] == NEW
    assert not Invoice.unscoped.exists()
