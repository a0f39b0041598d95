# SPDX-License-Identifier: Apache-2.0
"""Two people share an invoice: each link, paper and statement is of one of them, and never names the other."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from aftersession.billing.debtors import debtor_of, guarantor_debtor
from aftersession.billing.models import InvoiceShare
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.patients.models import Guarantor
from aftersession.payments.links import live_link, open_link, token_of
from aftersession.payments.models import PaymentLink
from aftersession.practices.models import Practice
from aftersession.statements.papers import statement_table
from aftersession.statements.statement import Basis, Holder, make_statement
from aftersession.workflows.finalise import Step
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.receive_money import receive_money
from aftersession.workflows.send_invoice import send_invoice
from aftersession.workflows.send_statement import send_statement
from aftersession.workflows.share_account_link import share_account_link
from tests.billing import cash, complete, invoice_of, share_of
from tests.cast import Cast

MOTHER, FATHER = "Nomvula Mazibuko", "Thabang Quma"


@pytest.fixture
def shares(cast: Cast, in_practice: Practice) -> tuple[InvoiceShare, InvoiceShare]:
    """The child's invoice: R 500.00 is the mother's, R 450.00 the father's, and each has paid R 50.00."""
    mother, father = (
        Guarantor.objects.create(
            practice=cast.practice, given_names=name.split()[0], family_name=name.split()[1],
            email=f"{name.split()[0]}@example.com".lower(),
        )
        for name in (MOTHER, FATHER)
    )  # fmt: skip
    cast.adult.guarantor = mother
    cast.adult.save()
    outcome = complete(cast, Step.SEND, send_to=mother.email)
    invoice = invoice_of(cast, outcome)
    move_share(
        share=share_of(cast, outcome), target=Target(guarantor=father), amount_minor=450_00,
        reason="Agreed by both", actor=cast.owner, key=new_code(),
    )  # fmt: skip
    second = InvoiceShare.objects.get(position=2)
    second.invoice = invoice
    send_invoice(invoice=invoice, share=second, send_to=father.email, actor=cast.owner, key=new_code())
    for who in (mother, father):
        receive_money(
            patient=cast.adult, debtor=guarantor_debtor(who, cast.practice), payment=cash(50_00),
            actor=cast.owner, key=new_code(),
        )  # fmt: skip
    first, second = InvoiceShare.objects.select_related("invoice", "account", "guarantor").order_by(
        "position"
    )
    return first, second


def text_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\n", " ")


@pytest.mark.parametrize("whose", [0, 1])
def test_a_link_shows_its_own_debtor_alone(
    cast: Cast, client: Client, shares: tuple[InvoiceShare, InvoiceShare], whose: int
) -> None:
    share, other = shares[whose], (FATHER, MOTHER)[whose]
    link = live_link(share) or open_link(share, actor=cast.owner)
    account = PaymentLink.objects.get(
        code=share_account_link(
            debtor=debtor_of(share, cast.practice), actor=cast.owner, key=new_code()
        ).link_code
    )
    token = token_of(link)
    pages = [
        client.get(f"/p/{token}").content.decode(),
        client.get(f"/p/{token_of(account)}").content.decode(),
    ]
    for page in pages:
        assert (("450.00", "400.00")[whose]) in page
        assert not any(name in page for name in other.split())
    invoice, receipt = (client.get(f"/p/{token}/{paper}") for paper in ("invoice.pdf", "receipt.pdf"))
    # The invoice's own paper is for whom it was made out to; the other one has the paper of a part.
    assert (invoice.status_code, receipt.status_code) == ((200, 404)[whose], 200)
    papers = [text_of(each.content) for each in (invoice, receipt) if each.status_code == 200]
    assert not any(name in paper for paper in papers for name in other.split())


@pytest.mark.parametrize("whose", [0, 1])
@pytest.mark.parametrize("basis", list(Basis))
def test_a_statement_is_of_its_own_debtor_alone(
    cast: Cast, shares: tuple[InvoiceShare, InvoiceShare], whose: int, basis: Basis
) -> None:
    share, other = shares[whose], (FATHER, MOTHER)[whose]
    for holder in (Holder(cast.adult, share.guarantor), Holder(None, share.guarantor)):
        statement = make_statement(cast.practice, holder, basis, date(2020, 1, 1), date(2099, 1, 1))
        _header, rows = statement_table(statement)
        said = str(list(rows))
        assert statement.closing.minor == (450_00, 400_00)[whose]
        assert not any(name in said for name in other.split())


def test_a_statement_by_letter_leads_to_its_own_page(
    cast: Cast, shares: tuple[InvoiceShare, InvoiceShare]
) -> None:
    share = shares[1]
    assert share.guarantor
    sent = send_statement(
        holder=Holder(cast.adult, share.guarantor), basis="payment", first=date(2020, 1, 1),
        last=date(2099, 1, 1), send_to=share.guarantor.email, actor=cast.owner, key=new_code(),
    )  # fmt: skip
    letter = Message.objects.get(code=sent.message_code)
    link = PaymentLink.objects.get(purpose="account")
    assert link.guarantor_id == share.guarantor_id and link.code in letter.body
    assert not any(name in letter.body for name in MOTHER.split())
