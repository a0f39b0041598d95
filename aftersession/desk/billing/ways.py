# SPDX-License-Identifier: Apache-2.0
"""The ways on from an invoice in any state: nothing is a dead end, and the page names the way.

Who may not take a way is told who may.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from aftersession.billing.models import InvoiceState
from aftersession.desk.billing.parts import DebtorPart
from aftersession.encounters.models import EncounterState
from aftersession.lib.money import format_money
from aftersession.payments.models import Payment
from aftersession.practices.models import Role
from aftersession.practices.queries import names_of_roles
from aftersession.scheduling.models import AppointmentStatus
from aftersession.workflows.package_invoice import why_package_stays
from aftersession.workflows.refund_online import can_refund_online

if TYPE_CHECKING:
    from aftersession.desk.billing.details import Details

CORRECTORS = (Role.OWNER, Role.PRACTITIONER, Role.BILLER)
"""Who may take back what is in the books: `config/policy.py` says the same of the routes."""

GIVE_BACK = "gives_back"
"""The field of a credit note's form that leads on to the refund."""


@dataclass(frozen=True)
class Way:
    """One thing that can be done from here: the button, and when it is the right one."""

    label: str
    text: str
    url: str


def ways_of(details: Details) -> list[Way]:
    """What can be done about an invoice that is not as it should be, by whoever looks at it."""
    if details.successor is not None:
        label = _("Open %(number)s") % {"number": details.successor.number_label}
        text = _("It stands in the place of this one. Further changes are made there.")
        return [Way(label, text, reverse("desk:invoice_detail", args=[details.successor.code]))]
    if details.invoice.state in (InvoiceState.VOID, InvoiceState.DISCARDED):
        return [_bill_anew(details)]
    if not details.is_issued or not details.may_correct:
        return []
    return [
        *_of_invoice(details),
        *_give_back(details),
        *(way for part in details.parts for way in _of_part(part, details)),
        *_void(details),
    ]


def who_may(details: Details) -> str:
    """For somebody who may not correct: who may."""
    if details.may_correct or not details.is_issued or details.successor is not None:
        return ""
    names = names_of_roles(details.practice, CORRECTORS, treating=details.invoice.practitioner)
    return _("Crediting, correcting, moving and writing off is done by: %(names)s.") % {
        "names": ", ".join(names)
    }


def _bill_anew(details: Details) -> Way:
    invoice = details.invoice
    encounter = invoice.encounter
    is_open = (
        encounter is not None
        and encounter.state == EncounterState.REOPENED
        and encounter.appointment.status == AppointmentStatus.BOOKED
    )
    if encounter is not None and is_open:
        url = reverse("desk:completion", args=[encounter.appointment.code])
        return Way(
            _("Bill the session again"), _("Its session is open, with what was billed filled in."), url
        )
    if details.package is not None:
        return _sell_anew(details)
    if encounter is not None:
        url = reverse("desk:appointment_detail", args=[encounter.appointment.code])
        return Way(_("Open the session"), _("See what became of it, and its bill as it stands now."), url)
    query = f"?client={invoice.patient.code}&practitioner={invoice.practitioner.code}"
    text = _("A new one takes a number of its own.")
    return Way(_("Make a new invoice"), text, reverse("desk:invoice_new") + query)


def _sell_anew(details: Details) -> Way:
    text = _("The package is closed. Sold again, it takes an invoice of its own.")
    return Way(
        _("Sell the package anew"), text, reverse("desk:package_sell", args=[details.invoice.patient.code])
    )


def _correct(details: Details) -> Way:
    """Correct it; or, where a package stands in the way, what to do about that."""
    package = details.package
    if package is not None and package.closed_at is not None:
        return _sell_anew(details)
    if package is not None and (why := why_package_stays(package)):
        return Way(_("Open the package"), why, reverse("desk:package_detail", args=[package.code]))
    text = _(
        "A wrong service, price, policy or diagnosis: this one is taken back, a new one stands in its place."
    )
    if package is not None:
        text = _(
            "A wrong price or text: this one is taken back, and a new one sells the package in its place."
        )
    return Way(_("Correct this invoice"), text, reverse("desk:invoice_correct", args=[details.invoice.code]))


def _of_invoice(details: Details) -> Iterator[Way]:
    invoice = details.invoice
    correct = reverse("desk:invoice_correct", args=[invoice.code])
    if details.left_to_credit.is_zero and invoice.total_minor and details.package is not None:
        yield _correct(details)
        return
    if details.left_to_credit.is_zero and invoice.total_minor:
        yield Way(
            _("Bill it again"),
            _("A new invoice in the place of this one, with what was billed filled in."),
            correct,
        )
        return
    yield _correct(details)
    if invoice.total_minor:
        text = _(
            "Takes back all of it, some lines or an amount, on a numbered paper. Money already paid stays as credit."
        )
        yield Way(_("Make a credit note"), text, reverse("desk:invoice_credit", args=[invoice.code]))


def _give_back(details: Details) -> Iterator[Way]:
    """The way to a refund: of what is unused already, else by a credit note that sets it free first."""
    locale = details.practice.locale
    for payment in details.loose:
        facts = {"amount": format_money(payment.unallocated, locale), "name": payment.from_name}
        text = _("It was paid by %(name)s and settles nothing now.") % facts
        yield Way(_("Give %(amount)s back") % facts, text, refund_address(payment))
    if details.settled.minor and details.left_to_credit.minor:
        url = reverse("desk:invoice_credit", args=[details.invoice.code])
        text = _(
            "A credit note first says what is given back of it. The next page asks the payment partner, or records how you did it."
        )
        yield Way(_("Give money back"), text, f"{url}?{GIVE_BACK}=on")


def refund_address(payment: Payment) -> str:
    """Where what is unused of a payment is given back: through its partner where that can."""
    page = "desk:payment_refund_online" if can_refund_online(payment) else "desk:payment_refund"
    return reverse(page, args=[payment.code])


def _of_part(part: DebtorPart, details: Details) -> Iterator[Way]:
    share = part.share
    facts = {"name": part.name, "open": format_money(part.open, details.practice.locale)}
    if part.is_owed:
        text = (
            _("What %(name)s leaves, or a part of it, becomes somebody else's to pay.")
            if part.is_insured
            else _(
                "A part, or all that is open, becomes somebody else's to pay: a second parent, an employer."
            )
        )
        label = (
            _("Move what is left to somebody else") if part.is_insured else _("Split it with somebody else")
        )
        yield Way(_for(part, details, label), text % facts, reverse("desk:share_move", args=[share.code]))
        text = (
            _("%(name)s will not pay: stop expecting %(open)s or a part of it. It can be taken back.") % facts
        )
        yield Way(
            _for(part, details, _("Write off")), text, reverse("desk:share_write_off", args=[share.code])
        )
    if share.allocated_minor:
        text = (
            _("It was meant for another invoice, or is to be given back: it stays as %(name)s’s credit.")
            % facts
        )
        label = _for(part, details, _("Take a payment off"))
        yield Way(label, text, reverse("desk:share_release", args=[share.code]))


def _for(part: DebtorPart, details: Details, label: str) -> str:
    """With the debtor's name where several owe."""
    if len(details.shown_parts) < 2:
        return label
    return _("%(name)s: %(what)s") % {"name": part.name, "what": label[:1].lower() + label[1:]}


def _void(details: Details) -> Iterator[Way]:
    if not details.why_not_void:
        text = _("Nothing of it has been paid: it counts as never sent, and its session opens again.")
        if details.invoice.encounter is None:
            text = _("Nothing of it has been paid: it counts as never sent.")
        yield Way(_("Void the invoice"), text, reverse("desk:invoice_void", args=[details.invoice.code]))
