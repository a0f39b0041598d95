# SPDX-License-Identifier: Apache-2.0
"""What is typed about reminders, read into plain values. Nothing here saves."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.desk.forms import CommandForm, DayField, LinesField, NameField
from aftersession.reminders.actions import StepDetails
from aftersession.reminders.letters import Words
from aftersession.reminders.models import LONGEST_DAYS

LONGEST_BODY = 2000


class RemindForm(CommandForm):
    """A letter to the address that the button names."""

    send_to = forms.CharField(max_length=254, required=False, widget=forms.HiddenInput)


class PromiseForm(CommandForm):
    """By when somebody promised to pay."""

    until_on = DayField(label=_("Promised to pay by"))
    reason = LinesField(label=_("Note"), rows=2, max_length=300, required=False)


class DisputeForm(CommandForm):
    """What somebody says is wrong."""

    reason = LinesField(label=_("What is disputed"), rows=2, max_length=300)


class PauseForm(CommandForm):
    """Why nobody is reminded for now, and until when."""

    reason = LinesField(label=_("Reason"), rows=2, max_length=300)
    until_on = DayField(
        label=_("Until"), required=False, help_text=_("Leave it empty to pause until somebody resumes them.")
    )


class StepForm(CommandForm):
    """One step of the ladder: its day and its words."""

    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=LONGEST_DAYS, help_text=_("After the invoice was sent.")
    )
    is_on = forms.BooleanField(label=_("Send this reminder"), required=False)
    subject = NameField(label=_("Subject"), max_length=120)
    body = LinesField(label=_("Text"), rows=9, max_length=LONGEST_BODY)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, details: StepDetails, seen: str = ""
    ) -> None:
        values = {name: getattr(details, name) for name in StepDetails.names()}
        super().__init__(data, initial={**values, "seen": seen})

    @property
    def words(self) -> Words:
        """What a valid form says."""
        return Words(self.cleaned_data["subject"], self.cleaned_data["body"])

    def details(self) -> StepDetails:
        """What a valid form says, with its day."""
        return StepDetails(**{name: self.cleaned_data[name] for name in StepDetails.names()})
