# SPDX-License-Identifier: Apache-2.0
"""What hangs on invoices is no dead end either: a claim, a credit note, a payment and a package name their way on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from aftersession.billing.models import InvoiceShare
from aftersession.coverage.models import Payer
from aftersession.desk.billing.tests.test_pages import ROLES, shown
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.payments.actions import PaymentInput
from aftersession.payments.models import Payment
from aftersession.practices.tenancy import practice_scope
from aftersession.prepaid.models import Package
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.close_package import refund_package
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.reverse_payment import reverse_payment
from aftersession.workflows.submit_claim import submit_claim
from aftersession.workflows.void_invoice import void_invoice
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import buy, cash, complete, give, invoice_of, make_offer, share_of
from tests.cast import Cast, signed_in

WHO = "Umhlaba Health"


def account(cast: Cast) -> Outcome:
    return complete(cast, Step.GENERATE, PaymentType.INSURANCE)


def nowhere(cast: Cast) -> Outcome:
    with practice_scope(cast.practice):
        Payer.objects.update(claims_email="")
    return account(cast)


def submitted(cast: Cast) -> Outcome:
    outcome = account(cast)
    with practice_scope(cast.practice):
        produce_now(cast.practice, [outcome.document_code])
        claim = (
            share_of(cast, outcome).claims.select_related("invoice__patient", "invoice__practitioner").get()
        )
    submit_claim(claim=claim, send_to=claim.payer.claims_email, actor=cast.owner, key=new_code())
    return outcome


def insurer_pays(cast: Cast, amount_minor: int) -> Outcome:
    outcome = account(cast)
    given = PaymentInput("insurer", clock.now().date(), amount_minor, "RA-1")
    record_payment(
        invoice=invoice_of(cast, outcome), payment=given, send_receipt_to="", actor=cast.owner, key=new_code()
    )
    return outcome


def answered(cast: Cast) -> Outcome:
    return insurer_pays(cast, 700_00)


def settled(cast: Cast) -> Outcome:
    return insurer_pays(cast, 950_00)


def moved(cast: Cast) -> Outcome:
    outcome = account(cast)
    target = Target(patient=cast.insured)
    move_share(
        share=share_of(cast, outcome), target=target, amount_minor=950_00, reason="Refused", actor=cast.owner,
        key=new_code(),
    )  # fmt: skip
    return outcome


def credited(cast: Cast) -> Outcome:
    outcome = account(cast)
    credit = CreditInput(reason="Wrong")
    credit_invoice(invoice=invoice_of(cast, outcome), credit=credit, actor=cast.owner, key=new_code())
    return outcome


def written_off(cast: Cast) -> Outcome:
    outcome = account(cast)
    write_off_share(
        share=share_of(cast, outcome), amount_minor=950_00, reason="Lost", actor=cast.owner, key=new_code()
    )
    return outcome


def voided(cast: Cast) -> Outcome:
    outcome = account(cast)
    void_invoice(invoice=invoice_of(cast, outcome), reason="Twice", actor=cast.owner, key=new_code())
    return outcome


CLAIMS: dict[Callable[[Cast], Outcome], str] = {
    account: f"Send it to {WHO}. Once it is paid, mark it as paid.",
    nowhere: "has no address for claims: the owner of the practice adds it",
    submitted: f"When {WHO} answers, mark as paid what it paid.",
    answered: f"{WHO} left R 250.00: move it to somebody else, write it off",
    settled: "If a payment is taken off or reversed, the claim opens again.",
    moved: f"Moved back to {WHO}, it opens again.",
    credited: "It was taken back by a credit note. Billed again",
    written_off: "is written off. Taken back, the claim opens again.",
    voided: "Its invoice is void. Billed again",
}


@pytest.mark.parametrize("made", CLAIMS, ids=lambda made: made.__name__)
def test_a_claim_says_what_it_waits_for_and_who_mends_it(cast: Cast, made: Callable[[Cast], Outcome]) -> None:
    outcome = made(cast)
    for role in ROLES:
        page = shown(signed_in(getattr(cast, role)), f"/invoices/{outcome.invoice_code}/")
        assert CLAIMS[made] in page.replace("\u00a0", " "), role


def test_a_credit_note_that_was_wrong_has_a_way_on(cast: Cast) -> None:
    page = shown(signed_in(cast.owner), f"/invoices/{credited(cast).invoice_code}/")
    assert "If it was wrong, what it took back is billed again" in page and "Bill it again" in page


def test_a_reversed_payment_leads_back_to_what_is_owed_again(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND_RECEIPT, payment=cash())
    payment = Payment.unscoped.select_related("patient", "payer").get()
    reverse_payment(payment=payment, reason="Wrong client", actor=cast.owner, key=new_code())
    page = shown(signed_in(cast.owner), f"/payments/{payment.code}/")
    assert "If the money did come, record it again." in page and f"/invoices/{outcome.invoice_code}/" in page


def bought(cast: Cast) -> Package:
    return buy(cast)


def used_up(cast: Cast) -> Package:
    package = buy(cast, make_offer(cast, count=1))
    give(cast, package)
    return package


def expired(cast: Cast) -> Package:
    package = buy(cast, make_offer(cast, months_valid=1))
    Package.unscoped.update(expires_on=clock.now().date() - timedelta(days=2))
    return package


def closed(cast: Cast) -> Package:
    package = buy(cast)
    refund_package(package=package, used_count=0, reason="Moves away", actor=cast.owner, key=new_code())
    return package


def taken_back(cast: Cast) -> Package:
    package = buy(cast, is_paid=False)
    with practice_scope(cast.practice):
        void_invoice(invoice=package.invoice, reason="Twice", actor=cast.owner, key=new_code())
    return package


PACKAGES: dict[Callable[[Cast], Package], str] = {
    bought: "Close it and give back the rest",
    used_up: "Further sessions are billed one by one, or by another package.",
    expired: "Its sessions cannot be used any more. Close it to give back what is left.",
    closed: "Its invoice leads to the payment.",
    taken_back: "Sell another package",
}


@pytest.mark.parametrize("made", PACKAGES, ids=lambda made: made.__name__)
def test_a_package_names_its_way_on_and_so_does_its_invoice(
    cast: Cast, made: Callable[[Cast], Package]
) -> None:
    package, owner = made(cast), signed_in(cast.owner)
    assert PACKAGES[made] in shown(owner, f"/packages/{package.code}/")
    details = owner.get(f"/invoices/{package.invoice.code}/").context["details"]
    assert details.ways
    for way in details.ways:
        assert owner.get(way.url).status_code == 200, way.url


def test_what_is_open_of_a_package_counts_everybody_who_owes(cast: Cast) -> None:
    package = buy(cast, is_paid=False)
    share = InvoiceShare.unscoped.select_related("invoice").get(invoice=package.invoice)
    target = Target(guarantor=cast.minor.guarantor)
    move_share(
        share=share, target=target, amount_minor=3_000_00, reason="Half", actor=cast.owner, key=new_code()
    )
    page = signed_in(cast.owner).get(f"/packages/{package.code}/").context["page"]
    assert page.open.minor == 8_000_00
