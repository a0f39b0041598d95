# SPDX-License-Identifier: Apache-2.0
"""The final buttons of a draft: what was checked, what each would do and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from aftersession.billing.documents import People
from aftersession.desk.billing.details import Details
from aftersession.practices.models import Member, Role
from aftersession.workflows.checks import ERROR, NOT_CHECKED, OK, WARNING, Check, Fix, checks_for, subject_of
from aftersession.workflows.finalise import Step
from aftersession.workflows.review import buttons_for

TONES = {OK: "ok", WARNING: "warn", ERROR: "bad", NOT_CHECKED: "unknown"}


@dataclass(frozen=True)
class CheckLine:
    """One check as `ui/parts/checks.html` draws it, with the way to mend it."""

    text: str
    tone: str
    url: str = ""
    label: str = ""


@dataclass(frozen=True)
class FinalButton:
    """One final button as `ui/parts/act.html` draws it; the first that can be pressed is filled."""

    step: str
    title: str
    consequence: str
    is_main: bool
    is_disabled: bool


@dataclass(frozen=True)
class Finals:
    """What stands beside a draft: the checks and the buttons, the likeliest first."""

    checks: Sequence[CheckLine]
    buttons: Sequence[FinalButton]
    send_to: str

    @property
    def takes_money(self) -> bool:
        return any(button.step is Step.SEND_RECEIPT for button in self.buttons)


def finals_of(details: Details) -> Finals:
    """The checks and final buttons of a draft."""
    invoice = details.invoice
    people = People(details.practice, invoice.patient, invoice.practitioner, details.debtor)
    subject = subject_of(details.bill, people)
    checks = checks_for(subject)
    offered = buttons_for(subject, checks, undo_seconds=details.practice.undo_seconds)
    buttons = [each for each in offered if each.step is not Step.SAVE]
    main = next((each for each in buttons if each.is_enabled), None)
    back = reverse("desk:invoice_detail", args=[details.invoice.code])
    return Finals(
        checks=[_line(each, details, back) for each in checks],
        buttons=[
            FinalButton(each.step, each.title, each.consequence, each is main, not each.is_enabled)
            for each in buttons
        ],
        send_to=next((each.send_to for each in buttons if each.send_to), ""),
    )


def fix_address(place: str, details: Details) -> str:
    """Where something that a check found can be mended; nothing where the page itself is the place."""
    patient, coverage = details.invoice.patient, details.invoice.coverage
    routes = {
        "patient": ("desk:patient_edit", patient.code),
        "guarantor": ("desk:patient_guarantor", patient.code),
        "recipient": ("desk:patient_edit", patient.code),
        "practitioner": ("desk:practitioner_edit", details.invoice.practitioner.code),
        "coverage": ("desk:coverage_edit", coverage.code)
        if coverage
        else ("desk:coverage_new", patient.code),
    }
    if place in routes:
        route, code = routes[place]
        return reverse(route, args=[code])
    if place in ("settings", "practice"):
        return reverse("desk:practice_settings")
    return reverse("desk:partner_list") if place == "partner" else ""


def _line(check: Check, details: Details, back: str) -> CheckLine:
    fix: Fix | None = check.fix
    url = fix_address(fix.place, details) if fix and may_mend(details.member, fix.place) else ""
    return CheckLine(
        check.text, TONES[check.level], f"{url}?next={back}" if url else "", fix.label if fix and url else ""
    )


def may_mend(member: Member, place: str) -> bool:
    """Whether this person may open the page where it is mended."""
    return place not in ("settings", "partner", "practice", "practitioner") or member.role == Role.OWNER
