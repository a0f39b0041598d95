# SPDX-License-Identifier: Apache-2.0
"""Value-added tax: dated rates, and what a tax invoice must say (VAT Act, section 20)."""

from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from aftersession.countries.facts import InvoiceDetail, InvoiceFacts, Missing, TaxPolicy

# The 15.5 % announced for May 2025 was withdrawn before its day and never was a rate.
POLICIES: Final = (
    TaxPolicy(version="za-vat-1993", since=date(1993, 4, 7), rate_bp=1400),
    TaxPolicy(version="za-vat-2018", since=date(2018, 4, 1), rate_bp=1500),
)

NO_INVOICE_NEEDED_MINOR: Final = 50_00
ABRIDGED_UP_TO_MINOR: Final = 5_000_00


def invoice_detail(gross_minor: int) -> InvoiceDetail:
    """What a vendor's invoice of this amount, VAT included, must say."""
    if gross_minor <= NO_INVOICE_NEEDED_MINOR:
        return InvoiceDetail.NONE
    return InvoiceDetail.ABRIDGED if gross_minor <= ABRIDGED_UP_TO_MINOR else InvoiceDetail.FULL


def invoice_requirements(facts: InvoiceFacts) -> list[Missing]:
    """What a vendor's tax invoice misses. Who is no vendor owes only his name, which practices have."""
    detail = invoice_detail(facts.gross_minor) if facts.is_vendor else InvoiceDetail.NONE
    needed: list[Missing] = []
    if detail is not InvoiceDetail.NONE:
        needed += _supplier(facts)
    if detail.names_recipient:
        needed += _recipient(facts)
    return needed


def _supplier(facts: InvoiceFacts) -> list[Missing]:
    fix = _("Add it in the practice's settings.")
    return _absent(
        ("practice.name", facts.supplier_name, _("A tax invoice needs the practice's name."), fix),
        ("practice.address", facts.supplier_address, _("A tax invoice needs the practice's address."), fix),
        (
            "practice.tax_number",
            facts.supplier_tax_number,
            _("A tax invoice needs the practice's VAT number."),
            fix,
        ),
    )


def _recipient(facts: InvoiceFacts) -> list[Missing]:
    fix = _("Add it on the profile of the person billed.")
    name = _("A tax invoice above R 5,000 needs the name of the person billed.")
    address = _("A tax invoice above R 5,000 needs the address of the person billed.")
    return _absent(
        ("recipient.name", facts.recipient_name, name, fix),
        ("recipient.address", facts.recipient_address, address, fix),
    )


def _absent(*wanted: tuple[str, str, str, str]) -> list[Missing]:
    return [Missing(field, sentence, fix) for field, value, sentence, fix in wanted if not value.strip()]
