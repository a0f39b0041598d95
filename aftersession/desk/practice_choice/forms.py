# SPDX-License-Identifier: Apache-2.0
from django import forms


class PracticeChoiceForm(forms.Form):
    """The code of one of one's own practices."""

    practice = forms.CharField(max_length=16)
