# SPDX-License-Identifier: Apache-2.0
"""What is stuck at insurers, and until when."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.claims.models import Claim
from aftersession.claims.queries import Choice, claim_for, count_waiting, list_claims, waiting_payers
from aftersession.desk.billing.forms import SendForm
from aftersession.desk.billing.pages import address
from aftersession.desk.billing.told import tell
from aftersession.desk.claims.pages import ClaimFilter, claim_tabs, next_to_do, waiting_lead
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.scheduling.choices import practitioners_of
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.submit_claim import submit_claim


@require_GET
def claim_list(request: DeskRequest) -> HttpResponse:
    """The worklist: every claim that waits, the nearest deadline first."""
    member, choice = request.member, Choice.read(request.GET.dict())
    waiting, page = count_waiting(member), list_claims(member, choice)
    clear = {"tab": str(choice.stage)}
    context = {
        "place": "claims",
        "choice": choice,
        "lead": waiting_lead(waiting, member.practice),
        "tabs": claim_tabs(choice, waiting),
        "filter_form": ClaimFilter(choice, waiting_payers(member), practitioners_of(member)),
        "kept": [("tab", str(choice.stage))],
        "clear_url": address("desk:claim_list", clear) if choice.is_filtered else "",
        "rows": page.rows,
        "first": next_to_do(page.rows),
        "next_url": address("desk:claim_list", choice.parameters(after=page.after)) if page.after else "",
        "first_url": address("desk:claim_list", choice.parameters()) if choice.after else "",
    }
    return render(request, "desk/claims/list.html", context)


@require_http_methods(["GET", "POST"])
def claim_submit(request: DeskRequest, code: str) -> HttpResponse:
    """Send the account to the insurer: ask on GET, do it on POST."""
    claim = claim_for(request.member, code)
    form = SendForm(request.POST or None, initial={"send_to": claim.payer.claims_email})
    if request.method == "POST" and form.is_valid():
        try:
            return _submit(request, claim, form)
        except DomainError as error:
            form.add_refusal(error)
    context = {
        "place": "claims",
        "claim": claim,
        "invoice": claim.invoice,
        "form": form,
        "back": reverse("desk:invoice_detail", args=[claim.invoice.code]),
    }
    return render(request, "desk/claims/submit.html", context, status=422 if form.is_bound else 200)


def _submit(request: DeskRequest, claim: Claim, form: SendForm) -> HttpResponse:
    document = claim.invoice.document
    if document is not None and not document.sha256:
        # The submission names the file by its hash, so it has to be there.
        produce_now(request.member.practice, [document.code])
        document.refresh_from_db()
    outcome = submit_claim(
        claim=claim,
        send_to=form.cleaned_data["send_to"],
        actor=request.member,
        key=form.cleaned_data["key"],
    )
    messages.success(request, tell(outcome))
    return redirect("desk:invoice_detail", claim.invoice.code)
