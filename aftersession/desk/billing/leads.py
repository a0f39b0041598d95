# SPDX-License-Identifier: Apache-2.0
"""The sentence that an invoice's page opens with: who owes what by when, and why nobody does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.billing.labels import Standing
from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.lib.money import Money, format_money
from aftersession.practices.models import Practice
from aftersession.ui.formats import long_day, near_day

if TYPE_CHECKING:
    from aftersession.desk.billing.details import Details

Facts = dict[str, str | Promise]


def lead_of(details: Details) -> SafeString:
    """The page's answer."""
    invoice, facts = details.invoice, _facts(details)
    if details.is_draft:
        text = _('A draft for <b>{name}</b> over <b class="nw">{total}</b>. Nothing has been sent or booked.')
    elif invoice.state == InvoiceState.DISCARDED:
        text = _("This draft was <b>discarded</b>. Nobody owes anything on it.")
    elif invoice.state == InvoiceState.VOID:
        text = _("<b>{number}</b> is <b>void</b>. Nobody owes anything on it.")
    elif details.successor is not None:
        text = _(
            "<b>{number}</b> was <b>corrected</b>: {successor} stands in its place. Nothing is owed on it."
        )
    elif details.open.is_zero:
        text = _settled(details)
    else:
        return _owing(details)
    return format_html(text, **facts)


def _facts(details: Details) -> Facts:
    invoice, locale = details.invoice, details.practice.locale
    shares = details.bill.shares

    def shown(minor: int) -> str:
        return format_money(Money(minor, invoice.currency), locale)

    given_up = sum(share.credited_minor + share.written_off_minor for share in shares)
    return {
        "number": invoice.number_label,
        "successor": details.successor.number_label if details.successor else "",
        "name": details.names,
        "client": invoice.patient.full_name,
        "total": shown(invoice.total_minor),
        "paid": shown(sum(share.allocated_minor for share in shares)),
        "given_up": shown(given_up),
        "written_off": shown(sum(share.written_off_minor for share in shares)),
    }


def _settled(details: Details) -> str:
    shares = details.bill.shares
    paid = sum(share.allocated_minor for share in shares)
    credited = sum(share.credited_minor for share in shares)
    written_off = sum(share.written_off_minor for share in shares)
    if not details.invoice.total_minor:
        return _("<b>{number}</b> comes to nothing. Nothing is owed.")
    if paid and credited and written_off:
        return _(
            '<b>{name}</b> paid <b class="nw">{paid}</b>; <b class="nw">{given_up}</b> was credited and written '
            "off. Nothing is owed."
        )
    if paid and credited:
        return _(
            '<b>{name}</b> paid <b class="nw">{paid}</b>; <b class="nw">{given_up}</b> was credited. '
            "Nothing is owed."
        )
    if paid and written_off:
        return _(
            '<b>{name}</b> paid <b class="nw">{paid}</b>; <b class="nw">{given_up}</b> was written off. '
            "Nothing is expected any more."
        )
    if paid:
        return _('<b>{name}</b> has paid <b class="nw">{total}</b>. Nothing is owed.')
    if credited and not written_off:
        return _("<b>{number}</b> was taken back by <b>credit note</b>. Nothing is owed.")
    if credited:
        return _("<b>{number}</b> was <b>credited and written off</b>. Nothing is expected any more.")
    return _(
        '<b class="nw">{written_off}</b> of {number} was <b>written off</b>. Nothing is expected any more.'
    )


def _owing(details: Details) -> SafeString:
    owing = [share for share in details.bill.shares if share.open_minor]
    if len(owing) == 1:
        return _one(details, owing[0])
    clauses = format_html_join(_("; "), "{}", ((_clause(details, share),) for share in owing))
    return format_html("{}.", clauses)


def _clause(details: Details, share: InvoiceShare) -> SafeString:
    """One of several who owe, in a few words."""
    facts, due = _of_share(details, share)
    standing = details.standing
    if due is None:
        text = _('<b>{name}</b> owes <b class="nw">{owed}</b>')
    elif due < standing.today:
        text = _('<b>{name}</b> owes <b class="nw">{owed}</b>, due since {day}')
    elif share.payer_id and not (standing.claim and standing.claim.is_submitted):
        text = _('<b>{name}</b> owes <b class="nw">{owed}</b>, to be claimed by {day}')
    else:
        text = _('<b>{name}</b> owes <b class="nw">{owed}</b> by {day}')
    return format_html(text, **facts)


def _one(details: Details, share: InvoiceShare) -> SafeString:
    standing = details.standing
    facts, due = _of_share(details, share)
    if share.payer_id and share.allocated_minor:
        paid = format_money(Money(share.allocated_minor, share.currency), details.practice.locale)
        return format_html(_rest_text(standing, due), paid=paid, **facts)
    if due is None:
        return format_html(_('<b>{name}</b> owes <b class="nw">{owed}</b>.'), **facts)
    if share.payer_id:
        return format_html(_claim_text(standing), **facts)
    days = (standing.today - due).days
    if days <= 0:
        return format_html(_('<b>{name}</b> owes <b class="nw">{owed}</b> by {day}.'), **facts)
    late = ngettext("{days} day", "{days} days", days).format(days=days)
    text = _('<b>{name}</b> has owed <b class="nw">{owed}</b> since {day}, <b>{late}</b> late.')
    return format_html(text, late=late, **facts)


def _of_share(details: Details, share: InvoiceShare) -> tuple[Facts, date | None]:
    standing, practice = details.standing, details.practice
    claim = standing.claim
    due = (claim.due_on if claim else None) if share.payer_id else share.due_on or details.invoice.due_on
    facts: Facts = {"name": share.debtor_name, "owed": format_money(share.open, practice.locale)}
    if due is not None:
        facts["day"] = _day(due, standing.today, practice)
    return facts, due


def _day(due: date, today: date, practice: Practice) -> str:
    if -7 < (today - due).days < 7:
        return near_day(due, practice.locale, practice.time_zone)
    return long_day(due, practice.locale, practice.time_zone)


def _claim_text(standing: Standing) -> str:
    claim = standing.claim
    if claim is not None and claim.is_submitted:
        if claim.is_late:
            return _('<b>{name}</b> owes <b class="nw">{owed}</b>. Its answer was due <b>{day}</b>.')
        return _('<b>{name}</b> owes <b class="nw">{owed}</b>. Its answer is due by <b>{day}</b>.')
    if claim is not None and claim.is_late:
        return _('<b>{name}</b> owes <b class="nw">{owed}</b>. It had to be sent by <b>{day}</b>.')
    return _('<b>{name}</b> owes <b class="nw">{owed}</b>. Send it by <b>{day}</b>.')


def _rest_text(standing: Standing, due: date | None) -> str:
    """An insurer that paid a part has answered: what is open is the rest."""
    claim = standing.claim
    if claim is None or due is None or not claim.is_submitted:
        rest = _('The rest, <b class="nw">{owed}</b>, is open.')
    elif claim.is_late:
        rest = _('The rest, <b class="nw">{owed}</b>, was due <b>{day}</b>.')
    else:
        rest = _('The rest, <b class="nw">{owed}</b>, is due by <b>{day}</b>.')
    return _('<b>{name}</b> paid <b class="nw">{paid}</b>.') + f" {rest}"
