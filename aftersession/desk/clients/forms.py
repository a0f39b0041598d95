# SPDX-License-Identifier: Apache-2.0
"""What is typed about clients, read into plain values. Nothing here saves."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.desk.forms import (
    AddressField,
    CleanedField,
    CommandForm,
    DayField,
    LinesField,
    NameField,
    people_choices,
)
from aftersession.lib import clock
from aftersession.lib.changes import digest_of
from aftersession.patients.actions import GuarantorDetails, PatientDetails
from aftersession.patients.models import Guarantor, Patient, Sex
from aftersession.practices.models import Member, Practitioner
from aftersession.practices.queries import practitioners_in


class PatientForm(CommandForm):
    """Who is seen: names, numbers, ways to reach them."""

    title = NameField(label=_("Title"), max_length=20, required=False)
    given_names = NameField(label=_("Given names"))
    family_name = NameField(label=_("Family name"), required=False)
    known_as = NameField(label=_("Goes by"), max_length=80, required=False)
    born_on = DayField(label=_("Birth date"), required=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, required=False)
    id_number = CleanedField(required=False, max_length=32)
    email = AddressField(required=False)
    phone = CleanedField(label=_("Phone"), required=False, max_length=40)
    address = LinesField(label=_("Postal address"), required=False)
    usual_practitioner = forms.ChoiceField(label=_("Usually sees"), required=False)
    prints_diagnosis = forms.BooleanField(
        label=_("Diagnoses may stand on this client's own invoices"), required=False
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, member: Member, patient: Patient | None = None
    ) -> None:
        super().__init__(data, initial=_initial(patient, member))
        self.member = member
        country = member.practice.profile
        self.call("id_number", country.words.national_id)
        self.clean_with(id_number=country.clean_national_id, phone=country.clean_phone)
        self.practitioners = {each.code: each for each in _choosable(member, patient)}
        choices = people_choices(self.practitioners.values())
        self.offer(
            "usual_practitioner",
            choices if self._must_choose() else [("", _("Nobody in particular")), *choices],
        )

    def _must_choose(self) -> bool:
        # A practitioner would lose sight of a client who belongs to nobody.
        return not self.member.sees_everyone

    def clean_born_on(self) -> date | None:
        born_on: date | None = self.cleaned_data["born_on"]
        if born_on and born_on > clock.today(self.member.practice.time_zone):
            raise forms.ValidationError(_("This day is still to come."))
        return born_on

    def clean_usual_practitioner(self) -> str:
        chosen: str = self.cleaned_data["usual_practitioner"]
        if not chosen and self._must_choose():
            return next(iter(self.practitioners), "")
        return chosen

    def details(self) -> PatientDetails:
        """What a valid form says."""
        values = {name: self.cleaned_data[name] for name in PatientDetails.names()}
        values["usual_practitioner"] = self.practitioners.get(values["usual_practitioner"])
        values["sex"] = values["sex"] or Sex.UNKNOWN
        return PatientDetails(**values)


class GuarantorForm(CommandForm):
    """Who answers for the bills."""

    title = NameField(label=_("Title"), max_length=20, required=False)
    given_names = NameField(label=_("Given names"))
    family_name = NameField(label=_("Family name"), required=False)
    relationship = NameField(label=_("Who they are to the client"), max_length=40, required=False)
    email = AddressField(required=False)
    phone = CleanedField(label=_("Phone"), required=False, max_length=40)
    address = LinesField(label=_("Postal address"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        member: Member,
        guarantor: Guarantor | None = None,
        **options: Any,
    ) -> None:
        initial = {}
        if guarantor is not None:
            initial = {name: getattr(guarantor, name) for name in GuarantorDetails.names()}
            initial["seen"] = digest_of(guarantor, GuarantorDetails.names())
            initial["phone"] = member.practice.profile.format_phone(guarantor.phone)
        super().__init__(data, initial=initial, **options)
        self.clean_with(phone=member.practice.profile.clean_phone)

    def details(self) -> GuarantorDetails:
        """What a valid form says."""
        return GuarantorDetails(**{name: self.cleaned_data[name] for name in GuarantorDetails.names()})


class NewGuarantorForm(GuarantorForm):
    """The same on the page of a new client: all of it may stay empty."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, member: Member) -> None:
        super().__init__(
            data, member=member, prefix="responsible", empty_permitted=True, use_required_attribute=False
        )
        # The page's own form carries the key.
        del self.fields["key"], self.fields["seen"]

    def named(self) -> GuarantorDetails | None:
        """Who was written down, if anybody."""
        return self.details() if self.has_changed() else None


def _initial(patient: Patient | None, member: Member) -> dict[str, Any]:
    if patient is None:
        own = member.practitioner
        return {"usual_practitioner": own.code if own else "", "sex": Sex.UNKNOWN}
    values = {name: getattr(patient, name) for name in PatientDetails.names()}
    usual = patient.usual_practitioner
    return {
        **values,
        "usual_practitioner": usual.code if usual else "",
        "phone": member.practice.profile.format_phone(patient.phone),
        "seen": digest_of(patient, PatientDetails.names()),
    }


def _choosable(member: Member, patient: Patient | None) -> list[Practitioner]:
    """Whom the member may name as usual practitioner; whoever it is now stays in the list."""
    found = practitioners_in(member.practice)
    if not member.sees_everyone:
        found = [each for each in found if each.pk == member.practitioner_id]
    now = patient.usual_practitioner if patient else None
    return [*found, now] if now and now not in found else found
