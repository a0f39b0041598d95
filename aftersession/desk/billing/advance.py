# SPDX-License-Identifier: Apache-2.0
"""What a stand-alone invoice is made for, where it is for something: a session to come, or a package."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.desk.billing_form.prefill import as_booked, blank
from aftersession.desk.billing_form.sheet import Parties
from aftersession.desk.billing_form.typed import Typed
from aftersession.lib import clock
from aftersession.lib.money import format_plain
from aftersession.practices.models import Member
from aftersession.prepaid.models import PackageOffer
from aftersession.prepaid.queries import offer_for
from aftersession.scheduling.models import Appointment
from aftersession.scheduling.queries import appointment_for, patients_at
from aftersession.ui.formats import near_day, wall_time
from aftersession.workflows.bill_in_advance import bill_in_advance
from aftersession.workflows.complete_session import Billing
from aftersession.workflows.create_invoice import create_invoice
from aftersession.workflows.finalise import Finish
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.sell_package import sell_package


@dataclass(frozen=True)
class Purpose:
    """What the invoice is for: a session to come, a package, or nothing in particular."""

    appointment: Appointment | None = None
    offer: PackageOffer | None = None

    @property
    def hidden(self) -> dict[str, str]:
        """What the form carries along."""
        if self.offer is not None:
            return {"package": self.offer.code}
        return {"appointment": self.appointment.code} if self.appointment else {}

    def begin(self, parties: Parties) -> Typed:
        """What the form begins with."""
        if self.appointment is not None:
            return as_booked(self.appointment, self.appointment.attendees.all()[0])
        typed = blank(parties.practice, parties.patient, clock.today(parties.practice.time_zone))
        typed.lines = [{"description": "", "quantity": "1"}]
        if self.offer is not None:
            count = self.offer.session_count
            text = ngettext("Package of %(count)d session", "Package of %(count)d sessions", count)
            typed.lines[0] |= {
                "description": text % {"count": count},
                "price": format_plain(self.offer.price, parties.practice.locale),
                "tax_treatment": self.offer.service.tax_treatment,
            }
        return typed

    def lead(self, parties: Parties) -> SafeString:
        """The answer of the page."""
        practice, text = parties.practice, _("New invoice for <b>{name}</b>, without an appointment")
        facts = {"name": parties.patient.full_name}
        if self.offer is not None:
            text, facts["offer"] = _("Sell <b>{offer}</b> to <b>{name}</b>"), self.offer.name
        if self.appointment is not None:
            text = _("Bill <b>{name}</b> in advance for <b>{day}, {time}</b>")
            starts = self.appointment.starts_at
            facts["day"] = near_day(starts, practice.locale, practice.time_zone)
            facts["time"] = wall_time(starts, practice.locale, practice.time_zone)
        return format_html(text, **facts)

    def bill(self, parties: Parties, billing: Billing, finish: Finish, *, actor: Member, key: str) -> Outcome:
        """Make the invoice, once."""
        if self.appointment is not None:
            return bill_in_advance(
                appointment=self.appointment, billing=billing, finish=finish, actor=actor, key=key
            )
        make = create_invoice if self.offer is None else partial(sell_package, offer=self.offer)
        return make(
            patient=parties.patient,
            practitioner=parties.practitioner,
            billing=billing,
            finish=finish,
            actor=actor,
            key=key,
        )


def purpose_of(member: Member, values: Mapping[str, str], parties: Parties) -> Purpose:
    """What the page names, through its gate. Raises Http404 for another client's session, or no such offer."""
    offer, code = (values.get(name, "").replace("\x00", "") for name in ("package", "appointment"))
    if offer:
        return Purpose(offer=offer_for(member, offer))
    if not code:
        return Purpose()
    appointment = appointment_for(member, code)
    if parties.patient.pk not in {each.pk for each in patients_at(appointment)}:
        raise Http404
    return Purpose(appointment)


def advance_address(appointment: Appointment) -> str:
    """Where this session is billed in advance."""
    query = {
        "client": patients_at(appointment)[0].code,
        "practitioner": appointment.practitioner.code,
        "appointment": appointment.code,
    }
    return f"{reverse('desk:invoice_new')}?{urlencode(query)}"
