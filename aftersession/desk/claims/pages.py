# SPDX-License-Identifier: Apache-2.0
"""What the worklist says and links to, put together from counts and rows."""

from collections.abc import Sequence

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from aftersession.claims.queries import Choice, ClaimRow, Stage, Waiting
from aftersession.desk.billing.filters import SearchFilter
from aftersession.desk.billing.pages import TabLink, address
from aftersession.lib.money import format_money
from aftersession.practices.models import Practice, Practitioner


class ClaimFilter(SearchFilter):
    """The filters of the worklist."""

    payer = forms.ChoiceField(label=_lazy("Insurer"), required=False)
    practitioner = forms.ChoiceField(label=_lazy("Practitioner"), required=False)

    def __init__(
        self, choice: Choice, payers: Sequence[tuple[str, str]], practitioners: Sequence[Practitioner]
    ) -> None:
        super().__init__(
            initial={"q": choice.search, "payer": choice.payer, "practitioner": choice.practitioner}
        )
        self.fields["q"].widget.attrs["placeholder"] = _("Client")
        people = [(each.code, each.short_name) for each in practitioners]
        for name, choices in (("payer", payers), ("practitioner", people)):
            self.fields[name].choices = [("", _("Everyone")), *choices]  # type: ignore[attr-defined]
            # What leaves no choice is not asked.
            if len(choices) < 2:
                del self.fields[name]


def claim_tabs(choice: Choice, waiting: Waiting) -> list[TabLink]:
    """The stages of a claim that waits."""
    labels = {
        Stage.ALL: _("All that wait"),
        Stage.UNSENT: _("Not sent yet"),
        Stage.SENT: _("Sent"),
        Stage.LATE: _("Late"),
    }
    return [
        TabLink(
            label,
            address("desk:claim_list", choice.parameters(tab="" if stage == Stage.ALL else stage)),
            waiting.counts[stage],
            stage == choice.stage,
        )
        for stage, label in labels.items()
    ]


def waiting_lead(waiting: Waiting, practice: Practice) -> SafeString:
    """How much insurers owe, and how many claims need somebody now."""
    unsent, late = waiting.counts[Stage.UNSENT], waiting.counts[Stage.LATE]
    if not waiting.counts[Stage.ALL]:
        return mark_safe(_("<b>Nothing waits</b> for an insurer."))
    facts = {"total": format_money(waiting.total, practice.locale), "payers": practice.profile.words.payers}
    lead = format_html(_('The {payers} owe <b class="nw">{total}</b>.'), **facts)
    if late:
        text = ngettext("<b>{late} claim</b> is late.", "<b>{late} claims</b> are late.", late)
        return format_html("{} {}", lead, format_html(text, late=late))
    if unsent:
        text = ngettext(
            "<b>{unsent} claim</b> is not sent yet.", "<b>{unsent} claims</b> are not sent yet.", unsent
        )
        return format_html("{} {}", lead, format_html(text, unsent=unsent))
    return format_html(_("{} Nothing is late."), lead)


def next_to_do(rows: Sequence[ClaimRow]) -> ClaimRow | None:
    """The claim to take up first: the nearest that can be sent, else the nearest of all."""
    unsent = (row for row in rows if row.is_unsent and row.payer_email)
    return next(unsent, rows[0] if rows else None)
