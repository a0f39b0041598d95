# SPDX-License-Identifier: Apache-2.0
"""A client's package: sell one, see what is left of it, give back the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.billing.actions import Bill
from aftersession.billing.credit_papers import readers_of
from aftersession.billing.debtors import Debtor
from aftersession.billing.queries import bill_of, invoice_for
from aftersession.desk.billing.details import CORRECTORS
from aftersession.desk.forms import CommandForm, NameField
from aftersession.desk.requests import DeskRequest
from aftersession.lib import clock
from aftersession.lib.errors import DomainError
from aftersession.lib.money import Money, format_money
from aftersession.patients.queries import patient_for
from aftersession.practices.models import Member
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import offers_of, package_for, package_instead, uses_of
from aftersession.scheduling.choices import practitioners_of
from aftersession.workflows.close_package import refund_of, refund_package
from aftersession.workflows.produce_documents import produce_now


@dataclass(frozen=True)
class PackagePage:
    """A package as its page shows it."""

    package: Package
    bill: Bill
    readers: Sequence[Debtor]
    refund: Money
    is_expired: bool

    @property
    def open(self) -> Money:
        """What is owed on its invoice by whomever."""
        return Money(sum(share.open_minor for share in self.bill.shares), self.package.currency)

    @property
    def price(self) -> Money:
        return self.package.price

    @property
    def used(self) -> Money:
        """What the sessions used come to at the price of one alone."""
        return Money(self.package.used_count * self.package.single_price_minor, self.package.currency)

    @property
    def single(self) -> Money:
        return Money(self.package.single_price_minor, self.package.currency)

    @property
    def is_open(self) -> bool:
        return self.package.closed_at is None and self.bill.invoice.state == "issued"

    @property
    def is_at_its_end(self) -> bool:
        """Whether no further session can be used of it, though nobody has closed it."""
        return self.is_open and (self.is_expired or not self.package.left_count)

    @property
    def way_on(self) -> str:
        """What to do from here, where it is not simply used."""
        if self.is_open and not self.is_at_its_end:
            return ""
        if self.is_at_its_end and self.package.left_count:
            return _("Its sessions cannot be used any more. Close it to give back what is left.")
        if self.is_at_its_end:
            return _("Further sessions are billed one by one, or by another package.")
        return _("What had paid for sessions given back is unused money. Its invoice leads to the payment.")

    @property
    def lead(self) -> SafeString:
        """The page's answer: how much is left, for whom."""
        package = self.package
        facts = {
            "client": package.patient.full_name,
            "left": package.left_count,
            "count": package.session_count,
        }
        if not self.is_open:
            return format_html(_("This package of <b>{client}</b> is <b>closed</b>."), **facts)
        if not package.left_count:
            return format_html(_("<b>{client}</b> has used all <b>{count}</b> sessions."), **facts)
        if self.is_expired:
            return format_html(
                _("<b>{left} of {count}</b> sessions of <b>{client}</b> have expired."), **facts
            )
        return format_html(_("<b>{client}</b> has <b>{left} of {count}</b> sessions left."), **facts)


class RefundForm(CommandForm):
    """Why the package ends, how many sessions the page counted, and whether the credit note is sent."""

    reason = NameField(label=_lazy("Why it ends"), max_length=300)
    used_count = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    send_to = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    sends = forms.BooleanField(label=_lazy("Send the credit note"), required=False)

    def __init__(self, data: QueryDict | None, *, used_count: int, addresses: Sequence[str]) -> None:
        super().__init__(data, initial={"used_count": used_count, "send_to": " ".join(addresses)})
        if not addresses:
            del self.fields["sends"]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the credit note of a valid form goes."""
        return tuple(self.cleaned_data["send_to"].split()) if self.cleaned_data.get("sends") else ()


@require_GET
def package_sell(request: DeskRequest, code: str) -> HttpResponse:
    """Choose what is sold to this client: each offer leads on to its invoice."""
    patient, people = patient_for(request.member, code), practitioners_of(request.member)
    usual = patient.usual_practitioner
    context = {
        "place": "clients",
        "patient": patient,
        "offers": offers_of(request.member.practice),
        "practitioner": next((each for each in people if each == usual), people[0] if people else None),
        "practitioners": people,
        "may_offer": request.member.role == "owner",
    }
    return render(request, "desk/prepaid/sell.html", context)


@require_GET
def package_detail(request: DeskRequest, code: str) -> HttpResponse:
    """What is left, what was used when, and what could be given back."""
    page = page_of(request.member, package_for(request.member, code))
    context = {
        "place": "clients",
        "page": page,
        "package": page.package,
        "uses": uses_of(page.package),
        "instead": package_instead(page.package),
        "may_correct": request.member.role in CORRECTORS,
    }
    return render(request, "desk/prepaid/package.html", context)


@require_http_methods(["GET", "POST"])
def package_refund(request: DeskRequest, code: str) -> HttpResponse:
    """Give back what is left: a credit note over it, so that the money is free to be refunded."""
    page = page_of(request.member, package_for(request.member, code))
    package, addresses = page.package, [each.email for each in page.readers if each.email]
    form = RefundForm(request.POST or None, used_count=package.used_count, addresses=addresses)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            closed = refund_package(
                package=package,
                used_count=values["used_count"],
                reason=values["reason"],
                send_to=form.addresses,
                actor=request.member,
                key=values["key"],
            )
        except DomainError as error:
            form.add_refusal(error)
        else:
            papers = [closed.document_code, *closed.part_document_codes] if closed.document_code else []
            produce_now(request.member.practice, papers)
            messages.success(request, _told(closed.number, closed.freed_minor, package, request.member))
            return redirect("desk:package_detail", code)
    context = {
        "place": "clients",
        "page": page,
        "package": package,
        "form": form,
        "back": reverse("desk:package_detail", args=[code]),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/prepaid/refund.html", context, status=status)


def page_of(member: Member, package: Package) -> PackagePage:
    """The package (loaded through its gate) with its bill and what could be given back."""
    bill = bill_of(invoice_for(member, package.invoice.code))
    package.invoice = bill.invoice
    today = clock.today(member.practice.time_zone)
    return PackagePage(
        package=package,
        bill=bill,
        readers=readers_of(bill, member.practice),
        refund=Money(refund_of(package, bill), package.currency),
        is_expired=package.expires_on is not None and package.expires_on < today,
    )


def _told(number: str, freed_minor: int, package: Package, member: Member) -> str:
    if not number:
        return _("The package is closed. There was nothing to give back.")
    facts = {
        "number": number,
        "amount": format_money(Money(freed_minor, package.currency), member.practice.locale),
    }
    if not freed_minor:
        return _("%(number)s takes the rest off what was owed. The package is closed.") % facts
    return _("%(number)s is made. %(amount)s is free: refund it on the page of the payment.") % facts
