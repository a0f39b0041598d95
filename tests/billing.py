# SPDX-License-Identifier: Apache-2.0
"""Short words for what tests of billing do over and over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from aftersession.billing.actions import DiagnosisInput
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.billing.pricing import Discount, LineInput
from aftersession.billing.queries import invoice_for
from aftersession.encounters.actions import SessionFacts
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.payments.actions import PaymentInput
from aftersession.payments.attempts import open_attempt
from aftersession.payments.models import AttemptState, PaymentAttempt, PaymentLink, ProviderConnection
from aftersession.payments.refunds import RefundInput
from aftersession.practices.models import Member
from aftersession.practices.tenancy import practice_scope
from aftersession.prepaid.models import Package, PackageOffer
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.bill_in_advance import bill_in_advance
from aftersession.workflows.complete_session import Billing, complete_session
from aftersession.workflows.complete_unbilled import Completed, complete_with_package
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.sell_package import sell_package
from tests.cast import Cast, ended_appointment

ANXIETY = DiagnosisInput("icd-10", "F41.1", "Generalized anxiety disorder")
SESSION = LineInput("Individual therapy, 50 min", 950_00, procedure_code="86205")


def billing(payment_type: str = PaymentType.OTHER, **changes: Any) -> Billing:
    """Billing details of one session at R 950.00."""
    return replace(
        Billing(payment_type=payment_type, service_on=date(2026, 11, 23), lines=(SESSION,)), **changes
    )


def cash(amount_minor: int = 950_00, **changes: Any) -> PaymentInput:
    """Cash received today."""
    return replace(PaymentInput("cash", clock.now().date(), amount_minor), **changes)


def complete(
    cast: Cast,
    step: Step,
    payment_type: str = PaymentType.OTHER,
    *,
    appointment: Appointment | None = None,
    payment: PaymentInput | None = None,
    key: str = "",
    actor: Member | None = None,
    discount: Discount | None = None,
    is_prepaid: bool = False,
    package: Package | None = None,
    **changes: Any,
) -> Outcome:
    """Mark a session complete with a final button, by the practitioner unless said otherwise."""
    patient = cast.insured if payment_type == PaymentType.INSURANCE else cast.adult
    chosen = appointment or ended_appointment(cast, patient=patient)
    if payment_type == PaymentType.INSURANCE:
        changes.setdefault("coverage", cast.coverage)
        changes.setdefault("diagnoses", (ANXIETY,))
    send_to = changes.pop("send_to", "" if step in (Step.SAVE, Step.GENERATE) else cast.adult.email)
    return complete_session(
        appointment=chosen,
        billing=billing(payment_type, discount=discount, **changes),
        finish=Finish(step, payment, send_to),
        is_prepaid=is_prepaid,
        package=package,
        actor=actor or cast.practitioner,
        key=key or new_code(),
    )


def bill_now(cast: Cast, appointment: Appointment, step: Step = Step.SEND, **changes: Any) -> Outcome:
    """Bill a booked session in advance; paid in cash at once with Step.SEND_RECEIPT."""
    return bill_in_advance(
        appointment=appointment,
        billing=billing(changes.pop("payment_type", PaymentType.OTHER), **changes),
        finish=Finish(step, cash() if step is Step.SEND_RECEIPT else None, cast.adult.email),
        actor=cast.practitioner,
        key=new_code(),
    )


def make_offer(cast: Cast, *, count: int = 10, price_minor: int = 8_000_00, **changes: Any) -> PackageOffer:
    """Ten of the cast's sessions for R 8,000.00, each R 950.00 alone."""
    with practice_scope(cast.practice):
        offer: PackageOffer = PackageOffer.objects.create(
            practice=cast.practice,
            name=f"{count} sessions",
            service=cast.service,
            session_count=count,
            price_minor=price_minor,
            currency=cast.practice.currency,
            **changes,
        )
    return offer


def buy(cast: Cast, offer: PackageOffer | None = None, *, is_paid: bool = True, **changes: Any) -> Package:
    """A package that the adult client bought, paid in cash unless said otherwise."""
    chosen = offer or make_offer(cast)
    line = LineInput("Package", chosen.price_minor)
    outcome = sell_package(
        offer=chosen,
        patient=cast.adult,
        practitioner=cast.provider,
        billing=billing(lines=(line,), **changes),
        finish=Finish(
            Step.SEND_RECEIPT if is_paid else Step.SEND,
            cash(chosen.price_minor) if is_paid else None,
            cast.adult.email,
        ),
        actor=cast.practitioner,
        key=new_code(),
    )
    with practice_scope(cast.practice):
        package: Package = Package.objects.get(code=outcome.package_code)
    return package


def give(cast: Cast, package: Package, appointment: Appointment | None = None, **changes: Any) -> Completed:
    """Complete a session that a package pays for."""
    facts = SessionFacts(clock.now().date(), PaymentType.OTHER, [], [])
    return complete_with_package(
        appointment=appointment or ended_appointment(cast),
        facts=facts,
        package=package,
        actor=cast.practitioner,
        key=new_code(),
        **changes,
    )


def invoice_of(cast: Cast, outcome: Outcome) -> Invoice:
    """The invoice an outcome names, as the owner sees it."""
    return invoice_for(cast.owner, outcome.invoice_code)


def share_of(cast: Cast, outcome: Outcome) -> InvoiceShare:
    """The one share of the invoice an outcome names."""
    with practice_scope(cast.practice):
        return InvoiceShare.objects.select_related("invoice").get(invoice__code=outcome.invoice_code)


def refund_of(amount_minor: int, **changes: Any) -> RefundInput:
    """Money given back by transfer today."""
    given = RefundInput(
        method="transfer",
        refunded_on=clock.now().date(),
        amount_minor=amount_minor,
        reason="paid twice",
    )
    return replace(given, **changes)


def share_behind(link: PaymentLink) -> InvoiceShare:
    """The one share that a link opens."""
    assert link.share is not None
    return link.share


def attempt_at(
    connection: ProviderConnection,
    link: PaymentLink,
    *,
    amount_minor: int = 950_00,
    state: AttemptState = AttemptState.PENDING,
) -> PaymentAttempt:
    """A payer at a partner's page, for the share of a link. Nobody asks the partner."""
    share, now = share_behind(link), clock.now()
    attempt = PaymentAttempt(
        practice=connection.practice, link=link, connection=connection, reference=new_code(),
        currency=share.currency, state=state, created_at=now, next_check_at=now,
    )  # fmt: skip
    return open_attempt(attempt, [(share, amount_minor)])
