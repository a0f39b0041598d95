# SPDX-License-Identifier: Apache-2.0
"""A stand-alone invoice: whose it is, then the same billing details as a session's."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersession.catalog.queries import active_services
from aftersession.desk.billing.advance import Purpose, purpose_of
from aftersession.desk.billing.pages import address
from aftersession.desk.billing.told import tell
from aftersession.desk.billing_form.page import BillingPage, billing_page
from aftersession.desk.billing_form.sheet import Parties, Sheet, read_sheet
from aftersession.desk.billing_form.steps import DIAGNOSIS_STEPS, final_step, take_step
from aftersession.desk.billing_form.typed import check_envelope, read_posted
from aftersession.desk.forms import people_choices
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.patients.models import Patient
from aftersession.patients.queries import list_patients, patient_for
from aftersession.practices.models import Member
from aftersession.scheduling.choices import practitioners_of
from aftersession.workflows.finalise import Step
from aftersession.workflows.produce_documents import produce_now

FOUND = 8


class PartiesForm(forms.Form):
    """Who the invoice is for, and whose work it bills."""

    q = forms.CharField(
        label=_("Client"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, e-mail or phone")}),
    )
    practitioner = forms.ChoiceField(label=_("Practitioner"))

    def __init__(self, data: Any, member: Member) -> None:
        people = practitioners_of(member)
        own = member.practitioner.code if member.practitioner else ""
        chosen = data.get("practitioner") or own or (people[0].code if people else "")
        super().__init__(initial={"q": data.get("q", "")[:80].replace("\x00", ""), "practitioner": chosen})
        self.people = {each.code: each for each in people}
        self.chosen = chosen if chosen in self.people else ""
        self.fields["practitioner"].choices = people_choices(people)  # type: ignore[attr-defined]


@require_GET
def invoice_for_whom(request: DeskRequest) -> HttpResponse:
    """Choose the client: each one found leads on to the billing details."""
    form = PartiesForm(request.GET, request.member)
    words = str(form.initial["q"])
    patients = list_patients(request.member, words=words, size=FOUND).patients if words else []
    found = [(each, _new_address(each, form.chosen)) for each in patients] if form.chosen else []
    context = {"place": "billing", "form": form, "found": found, "words": words}
    return render(request, "desk/billing/for_whom.html", context)


@require_http_methods(["GET", "POST"])
def invoice_new(request: DeskRequest) -> HttpResponse:
    """The billing details on GET; on POST a step of them, or the final button."""
    values = request.POST if request.method == "POST" else request.GET
    if not values.get("client"):
        return invoice_for_whom(request) if request.method == "GET" else redirect("desk:invoice_new")
    parties = _parties(request)
    if parties is None:
        return redirect("desk:invoice_new")
    purpose = purpose_of(request.member, values.dict(), parties)
    if request.method == "GET":
        sheet = read_sheet(purpose.begin(parties), parties)
        return _show(request, _page(request, sheet, fresh_line=None if purpose.hidden else 0), purpose)
    check_envelope(request)
    step = final_step(request.POST)
    return _finish(request, parties, purpose, step) if step else _change(request, parties, purpose)


@require_POST
def invoice_new_totals(request: DeskRequest) -> HttpResponse:
    """What is typed so far comes to, and what each button would do. Nothing is kept."""
    check_envelope(request)
    parties = _parties(request)
    if parties is None:
        return redirect("desk:invoice_new")
    page = _page(request, read_sheet(read_posted(request.POST), parties))
    return render(request, "desk/billing_form/finals.html", {"page": page, "is_live": True})


def _change(request: DeskRequest, parties: Parties, purpose: Purpose) -> HttpResponse:
    typed = read_posted(request.POST)
    fresh_line = take_step(typed, request.POST, active_services(parties.practice))
    sheet = read_sheet(typed, parties, finds=DIAGNOSIS_STEPS[0] in request.POST)
    return _show(request, _page(request, sheet, fresh_line=fresh_line), purpose)


def _finish(request: DeskRequest, parties: Parties, purpose: Purpose, step: Step) -> HttpResponse:
    sheet = read_sheet(read_posted(request.POST), parties, step=step)
    send_to = request.POST.get("send_to", "")
    sheet.check_button(shown_total=request.POST.get("shown_total", ""), send_to=send_to)
    if not sheet.problems:
        try:
            outcome = purpose.bill(
                parties,
                sheet.billing(),
                sheet.finish(step, send_to),
                actor=request.member,
                key=request.POST["key"],
            )
        except DomainError as error:
            sheet.refuse(error)
        else:
            produce_now(parties.practice, [outcome.document_code])
            messages.success(request, tell(outcome))
            return redirect("desk:invoice_detail", outcome.invoice_code)
    return _show(request, _page(request, sheet, shows_problems=True), purpose, status=422)


def _parties(request: DeskRequest) -> Parties | None:
    """Client and practitioner as chosen: Http404 for another's client, None for no such practitioner."""
    values = request.POST if request.method == "POST" else request.GET
    patient = patient_for(request.member, values["client"].replace("\x00", "") if "client" in values else "")
    people = {each.code: each for each in practitioners_of(request.member)}
    practitioner = people.get(values.get("practitioner", ""))
    if practitioner is None:
        return None
    patient.practice = request.member.practice
    return Parties(
        practice=request.member.practice,
        patient=patient,
        practitioner=practitioner,
        is_session=False,
        is_advance=bool(values.get("appointment") or values.get("package")),
    )


def _page(request: DeskRequest, sheet: Sheet, **options: Any) -> BillingPage:
    parties = sheet.parties
    return billing_page(
        sheet,
        request.member,
        back=_new_address(parties.patient, parties.practitioner.code),
        shown_total=request.POST.get("shown_total", ""),
        **options,
    )


def _show(request: DeskRequest, page: BillingPage, purpose: Purpose, *, status: int = 200) -> HttpResponse:
    """The whole page; for a request of htmx only the form's inside."""
    template = "desk/billing/new.html" + ("#details" if request.headers.get("HX-Request") else "")
    context = {
        "place": "billing",
        "page": page,
        "choose_url": reverse("desk:invoice_new"),
        "purpose": purpose,
        "lead": purpose.lead(page.sheet.parties),
    }
    return render(request, template, context, status=status)


def _new_address(patient: Patient, practitioner: str) -> str:
    return address("desk:invoice_new", {"client": patient.code, "practitioner": practitioner})
