# SPDX-License-Identifier: Apache-2.0
"""What is typed about appointments, read into plain values. Nothing here saves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.desk.forms import AddressField, CommandForm, DayField, NameField
from aftersession.lib import clock
from aftersession.lib.errors import DomainError
from aftersession.lib.text import clean_text
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practitioner
from aftersession.scheduling.choices import bookable_services, practitioners_of
from aftersession.scheduling.lists import PAST_STATUS, Choice, Period
from aftersession.scheduling.local_time import AmbiguousTime, to_instant
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.book_appointment import Agreement
from aftersession.workflows.new_client import NewClient

YEARS = 2


@dataclass(frozen=True)
class PaymentChoice:
    """One way of paying as a large choice."""

    value: str
    label: str
    text: str
    is_checked: bool
    id: str


class TimeForm(CommandForm):
    """A day, a time on the practice's wall and a length; `span` holds the instants."""

    day = DayField(label=_("Day"))
    starts = forms.TimeField(
        label=_("Starts at"),
        input_formats=["%H:%M", "%H:%M:%S", "%Hh%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=5,
        max_value=720,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": 5}),
    )
    fold = forms.TypedChoiceField(
        label=_("Which of the two"),
        choices=[("0", ""), ("1", "")],
        coerce=int,
        required=False,
        empty_value=None,
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.span: tuple[datetime, datetime] | None = None
        self.readings: list[str] = []

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if abs(day.year - clock.today(self.member.practice.time_zone).year) > YEARS:
            raise forms.ValidationError(_("This day is more than two years away. Please check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        minutes = self.length()
        if "day" in values and "starts" in values and minutes:
            self._read_time(values, minutes)
        return values

    def length(self) -> int | None:
        """How long it lasts, in minutes; None if that cannot be read."""
        return self.cleaned_data.get("minutes")

    def _read_time(self, values: dict[str, Any], minutes: int) -> None:
        zone = self.member.practice.time_zone
        try:
            starts_at = to_instant(
                values["day"], values["starts"], time_zone=zone, fold=values.get("fold"), field="starts"
            )
        except AmbiguousTime as error:
            # "01:30 EDT" and "01:30 EST": the zone's own letters tell the two apart.
            self.readings = [f"{clock.local(each, zone):%H:%M %Z}" for each in error.instants]
            self.add_error("starts", error.message)
        except DomainError as error:
            self.add_error("starts", error.message)
        else:
            # The length is real time: it survives a change of clocks.
            self.span = (starts_at, starts_at + timedelta(minutes=minutes))


class BookingForm(TimeForm):
    """Book ahead or log afterwards: a client on file or a new one, what, with whom, when, who pays."""

    service = forms.ChoiceField(label=_("Service"))
    practitioner = forms.ChoiceField(label=_("Practitioner"))
    payment_type = forms.ChoiceField(
        label=_("Who pays, and how"), choices=PaymentType.choices, widget=forms.RadioSelect
    )
    find = forms.CharField(label=_("Find a client"), max_length=80, required=False)
    client = forms.CharField(label=_("Client"), max_length=16, required=False)
    given_names = NameField(label=_("Given names"), required=False)
    family_name = NameField(label=_("Family name"), required=False)
    email = AddressField(required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    born_on = DayField(label=_("Birth date"), required=False)
    responsible_given_names = NameField(label=_("Given names"), required=False)
    responsible_family_name = NameField(label=_("Family name"), required=False)
    responsible_email = AddressField(required=False)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        self.fields["minutes"].required = False
        self.services = {each.code: each for each in bookable_services(member)}
        self.practitioners = {each.code: each for each in practitioners_of(member)}
        self.offer("service", [(each.code, each.name) for each in self.services.values()])
        self.offer("practitioner", [(each.code, each.full_name) for each in self.practitioners.values()])

    @property
    def is_for_somebody_new(self) -> bool:
        """Whether a field of the new client holds something, or was refused."""
        names = {each.name for each in fields(NewClient)}
        return any(self[name].value() or self[name].errors for name in names)

    @property
    def payment_choices(self) -> list[PaymentChoice]:
        """The three ways of paying, each with when to choose it."""
        texts = {
            PaymentType.ONLINE: _("The client gets a payment link by e-mail once the session is completed."),
            PaymentType.OTHER: _("Cash, card machine or transfer: the invoice shows the bank details."),
            PaymentType.INSURANCE: _("The insurer is billed. The client gets no payment link."),
        }
        chosen = self["payment_type"].value()
        return [
            PaymentChoice(str(each), str(each.label), str(text), each == chosen, f"id_payment_type_{number}")
            for number, (each, text) in enumerate(texts.items())
        ]

    def length(self) -> int | None:
        service = self.services.get(self.cleaned_data.get("service", ""))
        typed: int | None = self.cleaned_data.get("minutes")
        return typed or (service.minutes if service else None)

    def clean_phone(self) -> str:
        return _checked(self.member.practice.profile.clean_phone, self.cleaned_data["phone"])

    def clean_born_on(self) -> date | None:
        born_on: date | None = self.cleaned_data["born_on"]
        if born_on and not date(1900, 1, 1) <= born_on <= clock.today(self.member.practice.time_zone):
            raise forms.ValidationError(_("This is not a birth date."))
        return born_on

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.length() and values.get("service"):
            self.add_error("minutes", _("This service has no usual length. Say how many minutes."))
        if values.get("client") and values.get("given_names"):
            self.add_error("client", _("Choose a client on file or write a new one, not both."))
        elif not values.get("client") and not values.get("given_names") and "given_names" not in self.errors:
            self.add_error("client", _("Choose a client, or write the name of a new one."))
        return values

    def new_client(self) -> NewClient | None:
        """Who was written down as new, if nobody on file was chosen."""
        values = self.cleaned_data
        if values["client"]:
            return None
        return NewClient(**{each.name: values[each.name] for each in fields(NewClient)})

    def agreement(self, patient: Patient | None) -> Agreement:
        """What a valid form says."""
        values = self.cleaned_data
        assert self.span is not None
        return Agreement(
            practitioner=self.practitioners[values["practitioner"]],
            service=self.services[values["service"]],
            starts_at=self.span[0],
            ends_at=self.span[1],
            payment_type=values["payment_type"],
            patient=patient,
            new_client=self.new_client(),
        )


class FilterForm(forms.Form):
    """The filters of the list. Drawn from a `Choice`, which has read the address already."""

    q = forms.CharField(
        label=_("Client"),
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Client")}),
    )
    practitioner = forms.ChoiceField(label=_("Practitioner"))
    bills_to = forms.ChoiceField(label=_("Bills to"), choices=[("", _("Anyone")), *PaymentType.choices])
    period = forms.ChoiceField(
        label=_("Time"),
        choices=[
            (Period.WEEK, _("Last 7 days")),
            (Period.MONTH, _("Last 30 days")),
            (Period.QUARTER, _("Last 90 days")),
            (Period.THIS_MONTH, _("This month")),
            (Period.LAST_MONTH, _("Last month")),
        ],
    )

    def __init__(self, choice: Choice, practitioners: Sequence[Practitioner]) -> None:
        super().__init__(
            initial={
                "q": choice.search,
                "practitioner": choice.practitioner,
                "bills_to": choice.bills_to,
                "period": choice.period,
            }
        )
        codes = [(each.code, each.short_name) for each in practitioners]
        people = self.fields["practitioner"]
        assert isinstance(people, forms.ChoiceField)
        people.choices = [("", _("Everyone")), *codes]
        # What leaves no choice is not asked.
        if len(codes) < 2:
            del self.fields["practitioner"]
        if choice.tab not in PAST_STATUS:
            del self.fields["period"]


class CancelForm(CommandForm):
    """Why an appointment is called off."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300})
    )

    def clean_reason(self) -> str:
        return _checked(lambda text: clean_text(text, 300), self.cleaned_data["reason"])


def _checked(clean: Callable[[str], str], value: str) -> str:
    try:
        return clean(value)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error
