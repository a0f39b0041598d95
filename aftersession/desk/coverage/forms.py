# SPDX-License-Identifier: Apache-2.0
"""What stands on the card of a client's insurer, read into plain values."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from aftersession.countries.facts import Missing
from aftersession.coverage.actions import CoverageDetails
from aftersession.coverage.models import Coverage, Payer, Relationship
from aftersession.coverage.queries import payers_of
from aftersession.desk.forms import CleanedField, CommandForm, DayField, NameField
from aftersession.lib.changes import digest_of
from aftersession.practices.models import Member

# What an account calls otherwise than the row it is copied from.
FIELD_OF = {
    "coverage.principal_surname": "principal_family_name",
    "coverage.principal_initials": "principal_initials",
    "coverage.payer_name": "payer",
    "coverage.member_number": "member_number",
    "coverage.dependant_code": "dependant_code",
}


class CoverageForm(CommandForm):
    """A policy as on the card."""

    payer = forms.ChoiceField(required=False)
    new_payer = NameField(required=False)
    plan = NameField(max_length=80, required=False)
    member_number = CleanedField(max_length=40)
    dependant_code = CleanedField(max_length=10, required=False)
    relationship = forms.ChoiceField(
        label=_("The client is"), choices=Relationship.choices, initial=Relationship.SELF
    )
    principal_family_name = NameField(required=False)
    principal_initials = NameField(max_length=20, required=False)
    principal_id_number = CleanedField(max_length=32, required=False)
    valid_from = DayField(label=_("Valid from"), required=False)
    valid_to = DayField(label=_("Valid until"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, member: Member, coverage: Coverage | None = None
    ) -> None:
        super().__init__(data, initial=_initial(coverage))
        country = member.practice.profile
        words = country.words
        self.call("payer", words.payer)
        self.call("plan", words.plan)
        self.call("member_number", words.member_number)
        self.call("new_payer", _("or another one, by name"))
        who = {"who": capfirst(str(words.principal_member))}
        self.call("principal_family_name", _("%(who)s: family name") % who)
        self.call("principal_initials", _("%(who)s: initials") % who)
        self.call("principal_id_number", _("%(who)s: ID number") % who)
        self.clean_with(
            member_number=country.clean_member_number,
            dependant_code=country.clean_dependant_code,
            principal_id_number=country.clean_national_id,
        )
        self.call("dependant_code", words.dependant_code)
        if not country.has_dependant_codes:
            del self.fields["dependant_code"]
        self.payers = {each.code: each for each in _choosable(member, coverage)}
        self.offer("payer", [("", "—"), *((each.code, each.name) for each in self.payers.values())])

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        since, until = values.get("valid_from"), values.get("valid_to")
        if since and until and until < since:
            self.add_error("valid_to", _("This is before the first day."))
        if values.get("payer") and values.get("new_payer"):
            self.add_error("new_payer", _("Choose one from the list or write a name, not both."))
        elif not values.get("payer") and not values.get("new_payer") and "new_payer" not in self.errors:
            self.add_error("payer", _("Choose one, or write the name of another."))
        return values

    def details(self) -> CoverageDetails:
        """What a valid form says."""
        values = {name: self.cleaned_data.get(name, "") for name in CoverageDetails.names()}
        values["payer"] = self.payers.get(values["payer"])
        return CoverageDetails(**values, new_payer=self.cleaned_data["new_payer"])

    def hint(self, missing: list[Missing]) -> None:
        """Say beside each field what an account would lack without it."""
        for each in missing:
            name = FIELD_OF.get(each.field)
            if name in self.fields:
                self.fields[name].help_text = each.sentence


def _initial(coverage: Coverage | None) -> dict[str, Any]:
    if coverage is None:
        return {}
    values = {name: getattr(coverage, name) for name in CoverageDetails.names()}
    return {**values, "payer": coverage.payer.code, "seen": digest_of(coverage, CoverageDetails.names())}


def _choosable(member: Member, coverage: Coverage | None) -> list[Payer]:
    """The insurers in use; the present one stays in the list."""
    found = payers_of(member.practice)
    return [*found, coverage.payer] if coverage and coverage.payer not in found else found
