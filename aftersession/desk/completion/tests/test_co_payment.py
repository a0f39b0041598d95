# SPDX-License-Identifier: Apache-2.0
"""The client's known part of an insurer's bill, said at completion."""

from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.claims.models import Claim
from aftersession.patients.models import PatientDiagnosis
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.invariants import check_invariants
from tests.cast import Cast, ended_appointment, signed_in
from tests.completion import open_form


@pytest.fixture
def appointment(cast: Cast) -> Appointment:
    with practice_scope(cast.practice):
        PatientDiagnosis.objects.create(
            practice=cast.practice, patient=cast.insured, position=1, system="icd-10", diagnosis_code="F41.1",
            title="Generalized anxiety disorder",
        )  # fmt: skip
    return ended_appointment(
        cast, patient=cast.insured, payment_type=PaymentType.INSURANCE, coverage=cast.coverage
    )


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


def test_both_parts_are_said_kept_and_billed(cast: Cast, owner: Client, appointment: Appointment) -> None:
    page = open_form(owner, appointment, co_payment="350.00")
    text = page.text.replace("\u00a0", " ")
    assert "Umhlaba Health is billed R 600.00, Fatima Davids R 350.00" in text
    assert "R 600.00 waits for Umhlaba Health, R 350.00 is owed by Fatima Davids" in text
    page.post("save")
    draft = Invoice.unscoped.get()
    assert [(each.debtor_name, each.amount_minor) for each in shares()] == [
        ("Umhlaba Health", 600_00),
        ("Fatima Davids", 350_00),
    ]
    shown = owner.get(f"/invoices/{draft.code}/").content.decode().replace("\u00a0", " ")
    assert "Umhlaba Health and Fatima Davids" in shown and "Client&#x27;s own part" in shown


def test_the_account_shows_the_whole_and_asks_for_the_insurers_part(
    cast: Cast, owner: Client, appointment: Appointment
) -> None:
    open_form(owner, appointment, co_payment="350.00").press("generate")
    invoice = Invoice.unscoped.get()
    answer = owner.get(f"/invoices/{invoice.code}/document.pdf")
    text = PdfReader(BytesIO(answer.content)).pages[0].extract_text().replace("\u00a0", " ")
    assert "please pay R 600.00" in text and "R 950.00" in text and "Client's own part" in text
    page = owner.get("/claims/").content.decode().replace("\u00a0", " ")
    assert "R 600.00" in page and Claim.unscoped.get().share.amount_minor == 600_00
    assert "data-copy" not in owner.get(f"/invoices/{invoice.code}/").content.decode()
    with practice_scope(cast.practice):
        assert list(check_invariants()) == []


def test_the_working_copy_keeps_it(owner: Client, appointment: Appointment) -> None:
    page = open_form(owner, appointment, co_payment="350.00")
    owner.post(f"{page.path}copy/", page.fields)
    assert open_form(owner, appointment).fields["co_payment"] == "350.00"


@pytest.mark.parametrize("amount", ["950.00", "1000", "-1", "x", "1e2"])
def test_a_part_that_cannot_be_is_refused_beside_its_field(
    owner: Client, appointment: Appointment, amount: str
) -> None:
    page = open_form(owner, appointment)
    answer = page.post("generate", co_payment=amount)
    assert answer.status_code == 422 and b'id="id_co_payment_error"' in answer.content
    assert not Invoice.unscoped.exists()


def test_it_counts_for_an_insurer_alone(owner: Client, appointment: Appointment) -> None:
    page = open_form(owner, appointment, co_payment="350.00", payment_type="other")
    page.post("send")
    assert [each.amount_minor for each in shares()] == [950_00]


def shares() -> list[InvoiceShare]:
    return list(InvoiceShare.unscoped.order_by("position"))
