# SPDX-License-Identifier: Apache-2.0
"""A practice in no country in particular: the whole desk, and completing, in its plain words."""

from __future__ import annotations

import re
from dataclasses import asdict
from html import escape

import pytest
from django.test import Client

from aftersession.billing.models import InvoiceShare
from aftersession.countries.registry import country_codes, profile
from aftersession.messaging.models import Message
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import Payment, PaymentLink
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, AppointmentStatus, PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from tests.billing import cash, complete
from tests.cast import Cast, ended_appointment, make_cast, signed_in
from tests.fixtures.sandbox import SandboxControl
from tests.journeys.forms import press
from tests.journeys.words import listen, walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bare(db: None) -> Cast:
    return make_cast(country="zz", name="Hill Road Rooms", practice_number="HR-77")


@pytest.fixture
def desk(bare: Cast) -> Client:
    return signed_in(bare.practitioner)


def completion_of(appointment: Appointment) -> str:
    return f"/appointments/{appointment.code}/completion/"


def foreign_words() -> list[str]:
    """What only another country's practices say, and its currency."""
    plain = {str(word).lower() for word in asdict(profile("zz").words).values()}
    return [
        word
        for country in set(country_codes()) - {"zz"}
        for word in [*map(str, asdict(profile(country).words).values()), profile(country).currency]
        if word.lower() not in plain
    ]


def test_a_receipt_for_a_session_paid_in_cash(bare: Cast, desk: Client) -> None:
    appointment = ended_appointment(bare, payment_type=PaymentType.OTHER)
    path = completion_of(appointment)
    html = press(
        desk, path, "completion", "send_receipt", payment_type="other", method="cash", amount="950.00"
    )
    assert "€950.00" in html
    with practice_scope(bare.practice):
        assert Appointment.objects.get(pk=appointment.pk).status == AppointmentStatus.FULFILLED
        assert Payment.objects.get().amount_minor == 950_00
        assert InvoiceShare.objects.get().open_minor == 0
        assert Message.objects.get().kind == "receipt"
    assert [str(breach) for breach in check_invariants()] == []


def test_a_payment_link_for_a_session_paid_online(
    bare: Cast, desk: Client, sandbox_partner: SandboxControl
) -> None:
    connect_provider(practice=bare.practice, kind="sandbox", connection=sandbox_partner.connect())
    appointment = ended_appointment(bare)
    html = press(desk, completion_of(appointment), "completion", "request_payment", payment_type="online")
    assert escape(bare.adult.email) in html
    with practice_scope(bare.practice):
        assert PaymentLink.objects.count() == 1
        assert "{{link:" in Message.objects.get().body
    assert [str(breach) for breach in check_invariants()] == []


@pytest.mark.one_engine
def test_no_page_says_a_word_of_another_country(bare: Cast) -> None:
    with practice_scope(bare.practice):
        ended_appointment(bare, patient=bare.insured, payment_type=PaymentType.INSURANCE)
        complete(bare, Step.SEND)
        complete(bare, Step.SEND_RECEIPT, payment=cash())
        complete(bare, Step.GENERATE, PaymentType.INSURANCE)
    found = []
    for page in walk(signed_in(bare.owner), "/", "/settings/", "/help/"):
        said = " ".join(listen(page.html).said)
        found += [
            f"{page.path}: {word}"
            for word in foreign_words()
            if re.search(rf"\b{re.escape(word)}\b", said, re.IGNORECASE)
        ]
    assert found == []
