# SPDX-License-Identifier: Apache-2.0
"""A letter goes to the address that was shown; one that changes meanwhile stops it."""

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connections

from aftersession.lib.changes import digest_of
from aftersession.lib.codes import new_code
from aftersession.lib.errors import DomainError
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.actions import PatientDetails, change_patient
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.create_invoice import create_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.send_invoice import send_invoice
from tests.billing import billing, complete, invoice_of
from tests.cast import Cast, make_cast
from tests.turns import just_before


@pytest.mark.usefixtures("in_practice")
def test_a_bill_by_itself_looks_at_the_address_of_now(cast: Cast) -> None:
    loaded = Patient.objects.select_related("guarantor").get(pk=cast.adult.pk)
    Patient.objects.filter(pk=cast.adult.pk).update(email="new@example.com")
    with pytest.raises(DomainError, match=r"new@example\.com"):
        create_invoice(
            patient=loaded,
            practitioner=cast.provider,
            billing=billing(PaymentType.OTHER),
            finish=Finish(Step.SEND, None, loaded.email),
            actor=cast.owner,
            key="k",
        )


@pytest.mark.django_db(transaction=True)
def test_an_address_that_changes_while_a_session_is_completed_stops_the_letter() -> None:
    cast = make_cast()
    with practice_scope(cast.practice):
        _while_the_client_moves(cast, lambda: complete(cast, Step.SEND))


@pytest.mark.django_db(transaction=True)
def test_an_address_that_changes_while_an_invoice_is_sent_again_stops_the_letter() -> None:
    cast = make_cast()
    with practice_scope(cast.practice):
        invoice = invoice_of(cast, complete(cast, Step.SEND))
        _while_the_client_moves(
            cast,
            lambda: send_invoice(invoice=invoice, send_to=cast.adult.email, actor=cast.owner, key="k"),
        )


def _while_the_client_moves(cast: Cast, write: Callable[[], object]) -> None:
    mover = Thread(target=_move_house, args=[cast])

    def begin() -> None:
        mover.start()
        mover.join(timeout=1)  # on time if nothing stands in the way, which is what must not be

    with just_before('INSERT INTO "messaging_message"', begin):
        write()
    mover.join(timeout=30)
    assert not mover.is_alive()
    found = set(Message.objects.values_list("state", "to_address"))
    assert found == {(MessageState.HELD, cast.adult.email)}


def _move_house(cast: Cast) -> None:
    try:
        with practice_scope(cast.practice):
            known = Patient.objects.get(pk=cast.adult.pk)
        values = {name: getattr(known, name) for name in PatientDetails.names()}
        change_patient(
            patient=known,
            details=PatientDetails(**{**values, "email": "new@example.com"}),
            seen=digest_of(known, PatientDetails.names()),
            actor=cast.owner,
            key=new_code(),
        )
    finally:
        connections.close_all()
