# SPDX-License-Identifier: Apache-2.0
"""What a payer is told of the partner whose page comes next, and what that partner is told of the payer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.payments.links import debtor_of_link
from aftersession.payments.models import PaymentLink
from aftersession.payments.registry import UnknownProvider, provider_class
from aftersession.payments.routing import connection_for


@dataclass(frozen=True, kw_only=True)
class Partner:
    """The partner that a payment on a link goes through now. `own_email` is what we know of the payer."""

    title: str
    sees: str | Promise
    is_test: bool
    needs_email: bool
    own_email: str


class EmailForm(forms.Form):
    """Which address the partner gets, where it takes no payment without one. Nothing chosen: the practice's.

    What we know is shown masked: the link may have been passed on.
    """

    own = forms.BooleanField(required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        required=False,
        max_length=254,
        error_messages={"invalid": gettext_lazy("Enter one e-mail address, like naledi@example.com.")},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, of: str, own_email: str) -> None:
        super().__init__(data if data is not None and "email" in data else None, auto_id=f"id_{of}_%s")
        self.own_email = own_email
        if own_email:
            self.fields["own"].label = _("Give it mine: %(address)s") % {"address": masked(own_email)}
            self.fields["email"].label = _("Or another e-mail address")
        else:
            del self.fields["own"]
        self.fields["email"].widget.attrs |= {"autocomplete": "email"}

    def chosen(self) -> str:
        """What the payer confirmed; empty where they confirmed none. For a valid form."""
        typed = str(self.cleaned_data["email"])
        return typed or (self.own_email if self.cleaned_data.get("own") else "")


def partner_of(link: PaymentLink) -> Partner | None:
    """Whose page the press on Pay leads to; None where it leads nowhere now."""
    connection = connection_for(link)
    if connection is None:
        return None
    try:
        guide = provider_class(connection.kind).guide
    except UnknownProvider:
        return None
    return Partner(
        title=guide.title,
        sees=guide.payer_sees,
        is_test=connection.is_test,
        needs_email=guide.needs_email,
        own_email=debtor_of_link(link).email if guide.needs_email else "",
    )


def masked(address: str) -> str:
    """An e-mail address that its owner recognises and nobody else learns: n•••@e•••.com."""
    name, _at, domain = address.rpartition("@")
    host, _dot, ending = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••.{ending}"
