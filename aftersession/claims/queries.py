# SPDX-License-Identifier: Apache-2.0
"""Reads of claims. `claim_for` is the only door from a public code to a claim."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404

from aftersession.billing.labels import ClaimFacts
from aftersession.billing.models import Invoice
from aftersession.claims.models import Claim, ClaimState, Submission
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.lib.paging import PAGE_SIZE, Page, code_in, cut, known_in, parameters_of, search_in
from aftersession.patients.search import named, typed_words
from aftersession.practices.models import Member, Practice

NEVER = date(9999, 12, 31)
WAITING = (ClaimState.DRAFT, ClaimState.SUBMITTED, ClaimState.ANSWERED)


class Stage(StrEnum):
    """The tabs of the worklist."""

    ALL = "all"
    UNSENT = "unsent"
    SENT = "sent"
    LATE = "late"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the reader asked for, after unknown values fell back to the usual."""

    stage: Stage = Stage.ALL
    payer: str = ""
    practitioner: str = ""
    search: str = ""
    after: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the parameters of an address; never raises."""
        return cls(
            stage=Stage(known_in(query, "tab", Stage, Stage.ALL)),
            payer=code_in(query, "payer"),
            practitioner=code_in(query, "practitioner"),
            search=search_in(query),
            after=code_in(query, "after"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.payer or self.practitioner or self.search)

    def parameters(self, **other: str) -> dict[str, str]:
        """The parameters of an address that asks for this, with some of them changed. No page."""
        chosen = {
            "tab": self.stage,
            "payer": self.payer,
            "practitioner": self.practitioner,
            "q": self.search,
            **other,
        }
        return parameters_of(chosen, {"tab": Stage.ALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One claim as the worklist shows it. `deadline`: the day that counts next."""

    code: str
    invoice_code: str
    number: str
    service_on: date
    client: str
    payer: str
    payer_email: str
    state: str
    safe_on: date | None
    legal_on: date | None
    answer_due_on: date | None
    deadline: date | None
    is_late: bool
    amount: Money
    owed: Money

    @property
    def is_unsent(self) -> bool:
        return self.state == ClaimState.DRAFT


@dataclass(frozen=True)
class Waiting:
    """What waits for insurers: how much, and how many claims in each tab."""

    total: Money
    counts: Mapping[Stage, int]


def visible_claims(member: Member) -> "QuerySet[Claim]":
    """Every claim this person may see: a practitioner's own, everyone else's the whole practice's."""
    claims: QuerySet[Claim] = Claim.objects.for_practice(member.practice)
    return (
        claims if member.sees_everyone else claims.filter(invoice__practitioner=member.practitioner_id or 0)
    )


def claim_for(member: Member, code: str) -> Claim:
    """The claim with its invoice and insurer, or Http404 alike for none and for another's."""
    people = ("invoice__patient__guarantor", "invoice__practitioner", "invoice__document", "payer", "share")
    claim = visible_claims(member).select_related(*people).filter(code=code).first()
    if claim is None:
        raise Http404
    return claim


def claim_of(invoice: Invoice) -> Claim | None:
    """The claim on an invoice, if an insurer is billed."""
    return Claim.objects.filter(invoice=invoice).select_related("payer", "share").first()


def submissions_of(claim: Claim) -> list[Submission]:
    """When and to whom a claim was sent, newest first."""
    return list(claim.submissions.select_related("document").order_by("-id"))


def deadline_of(claim: Claim, today: date) -> date | None:
    """The day that counts next: to have it in, and once it is in, to have an answer."""
    if claim.state == ClaimState.DRAFT:
        return claim.safe_on if claim.safe_on is None or claim.safe_on >= today else claim.legal_on
    return claim.answer_due_on if claim.submitted_at else None


def is_late(claim: Claim, today: date) -> bool:
    """Past the last day to send it, or past the day the insurer had to answer by."""
    if claim.state == ClaimState.DRAFT:
        return claim.legal_on is not None and claim.legal_on < today
    waits = claim.state in WAITING and claim.submitted_at is not None
    return waits and claim.answer_due_on is not None and claim.answer_due_on < today


def late_share(practice: Practice) -> Q:
    """The condition on an invoice's share that its insurer is past its time (as `is_late` has it)."""
    late = _late(clock.today(practice.time_zone))
    return Q(Exists(Claim.objects.for_practice(practice).filter(late, share=OuterRef("pk"))))


def claim_facts(practice: Practice, invoices: Iterable[Invoice]) -> dict[int, ClaimFacts]:
    """Where the claims on these invoices stand, by invoice key. One query."""
    today = clock.today(practice.time_zone)
    claims = Claim.objects.for_practice(practice).filter(invoice__in=list(invoices))
    return {
        claim.invoice_id: ClaimFacts(
            code=claim.code,
            is_submitted=claim.submitted_at is not None,
            due_on=deadline_of(claim, today),
            is_late=is_late(claim, today),
        )
        for claim in claims
    }


def list_claims(member: Member, choice: Choice, *, size: int = PAGE_SIZE) -> Page[ClaimRow]:
    """The worklist: claims that wait for their insurer, the nearest deadline first, by keyset."""
    today = clock.today(member.practice.time_zone)
    rows = _of_stage(_filtered(_by_deadline(member, today), choice), choice.stage, today)
    anchors = _by_deadline(member, today).filter(code=choice.after).values_list("deadline", "pk")
    if choice.after and (anchor := anchors.first()):
        day, pk = anchor
        rows = rows.filter(Q(("deadline__gt", day)) | Q(("deadline", day), ("pk__gt", pk)))
    rows = rows.select_related("invoice__patient", "payer", "share")
    page = cut(list(rows.order_by("deadline", "pk")[: size + 1]), size)
    return Page([_row(claim, today) for claim in page.rows], page.after)


def count_waiting(member: Member) -> Waiting:
    """How much insurers owe, and how many claims each tab holds, exactly. One query."""
    practice = member.practice
    late = _late(clock.today(practice.time_zone))
    due = F("share__amount_minor") + F("share__transferred_minor")
    settled = F("share__allocated_minor") + F("share__credited_minor") + F("share__written_off_minor")
    found = _waiting(member).aggregate(
        all=Count("pk"),
        unsent=Count("pk", filter=Q(state=ClaimState.DRAFT)),
        late=Count("pk", filter=late),
        total=Sum(due - settled, filter=Q(share__currency=practice.currency)),
    )
    counts = {
        Stage.ALL: found["all"],
        Stage.UNSENT: found["unsent"],
        Stage.SENT: found["all"] - found["unsent"],
        Stage.LATE: found["late"],
    }
    return Waiting(Money(found["total"] or 0, practice.currency), counts)


def _waiting(member: Member) -> "QuerySet[Claim]":
    return visible_claims(member).filter(state__in=WAITING)


def _by_deadline(member: Member, today: date) -> "QuerySet[Any]":
    """What waits, with the day that counts next (`deadline_of` in SQL; no such day comes last)."""
    to_send = Case(When(safe_on__gte=today, then=F("safe_on")), default=F("legal_on"))
    deadline = Case(
        When(state=ClaimState.DRAFT, then=to_send), default=F("answer_due_on"), output_field=DateField()
    )
    return _waiting(member).annotate(deadline=Coalesce(deadline, Value(NEVER), output_field=DateField()))


def _of_stage(rows: "QuerySet[Any]", stage: Stage, today: date) -> "QuerySet[Any]":
    if stage == Stage.UNSENT:
        return rows.filter(state=ClaimState.DRAFT)
    if stage == Stage.SENT:
        return rows.exclude(state=ClaimState.DRAFT)
    return rows.filter(_late(today)) if stage == Stage.LATE else rows


def _late(today: date) -> Q:
    unsent = Q(state=ClaimState.DRAFT, legal_on__lt=today)
    unanswered = Q(state__in=(ClaimState.SUBMITTED, ClaimState.ANSWERED), submitted_at__isnull=False)
    return unsent | (unanswered & Q(answer_due_on__lt=today))


def _filtered(rows: "QuerySet[Any]", choice: Choice) -> "QuerySet[Any]":
    if choice.payer:
        rows = rows.filter(payer__code=choice.payer)
    if choice.practitioner:
        rows = rows.filter(invoice__practitioner__code=choice.practitioner)
    if choice.search and not typed_words(choice.search):
        return rows.none()
    return rows.filter(*named(choice.search, patient="invoice__patient"))


def _row(claim: Claim, today: date) -> ClaimRow:
    invoice, share = claim.invoice, claim.share
    return ClaimRow(
        code=claim.code,
        invoice_code=invoice.code,
        number=invoice.number_label,
        service_on=claim.last_service_on,
        client=invoice.patient.full_name,
        payer=claim.payer.name,
        payer_email=claim.payer.claims_email,
        state=claim.state,
        safe_on=claim.safe_on,
        legal_on=claim.legal_on,
        answer_due_on=claim.answer_due_on if claim.submitted_at else None,
        deadline=deadline_of(claim, today),
        is_late=is_late(claim, today),
        amount=Money(share.amount_minor, share.currency),
        owed=share.open,
    )


def waiting_payers(member: Member) -> list[tuple[str, str]]:
    """The insurers that owe something, code and name, for the filter of the worklist."""
    payers = _waiting(member).order_by("payer__name").values_list("payer__code", "payer__name")
    return list(payers.distinct())
