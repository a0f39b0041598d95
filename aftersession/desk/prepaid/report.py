# SPDX-License-Identifier: Apache-2.0
"""What the practice owes in sessions: packages with what is left, beside what the books put off."""

import csv
from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from aftersession.desk.billing.pages import sections
from aftersession.desk.requests import DeskRequest
from aftersession.lib import clock
from aftersession.lib.money import format_plain
from aftersession.practices.models import Practice
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import packages_owed, put_off, total_of

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
def prepaid_list(request: DeskRequest) -> HttpResponse:
    """Packages of which something is left, and their total, which is the books' own."""
    member = request.member
    packages = packages_owed(member)
    total, books = total_of(packages, member.practice), put_off(member.practice)
    context = {
        "place": "billing",
        "packages": packages,
        "sessions": sum(each.left_count for each in packages),
        "total": total,
        "books": books if member.sees_everyone else None,
        "ties": total == books,
        "today": clock.today(member.practice.time_zone),
        "sections": sections("desk:prepaid_list"),
    }
    return render(request, "desk/prepaid/report.html", context)


@require_GET
def prepaid_csv(request: DeskRequest) -> HttpResponse:
    """The same as a table for a spreadsheet."""
    practice = request.member.practice
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"packages-{clock.today(practice.time_zone):%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\ufeff")
    out = csv.writer(answer)
    head = (
        _("Client"),
        _("Package"),
        _("Invoice"),
        _("Sold on"),
        _("Sessions"),
        _("Used"),
        _("Left"),
        _("Until"),
        _("Price"),
        _("Still to be earned"),
        _("Currency"),
    )
    out.writerow(head)
    out.writerows(_row(each, practice) for each in packages_owed(request.member))
    return answer


def _row(package: Package, practice: Practice) -> Sequence[str | int]:
    return (
        _safe(package.patient.full_name),
        _safe(package.name),
        package.invoice.number_label,
        f"{package.invoice.issued_on:%Y-%m-%d}",
        package.session_count,
        package.used_count,
        package.left_count,
        f"{package.expires_on:%Y-%m-%d}" if package.expires_on else "",
        format_plain(package.price, practice.locale),
        format_plain(package.deferred, practice.locale),
        package.currency,
    )


def _safe(text: str) -> str:
    """A name that a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text.startswith(FORMULA) else text
