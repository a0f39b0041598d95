# SPDX-License-Identifier: Apache-2.0
"""Writing a practice's own facts. Plain functions: the commands around them are workflows."""

from dataclasses import asdict, dataclass, fields
from datetime import date

from django.utils.translation import gettext as _

from aftersession.lib.changes import changed_names, digest_of
from aftersession.lib.errors import InvalidTransition
from aftersession.practices.models import Practice, Practitioner


@dataclass(frozen=True, kw_only=True)
class PracticeDetails:
    """What an owner can set. Country, currency and series are not among it: books stand on them."""

    name: str
    legal_name: str = ""
    tagline: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    support_email: str = ""
    practice_number: str = ""
    tax_number: str = ""
    tax_vendor_from: date | None = None
    tax_vendor_to: date | None = None
    accent_colour: str
    bank_name: str = ""
    bank_account_name: str = ""
    bank_account_number: str = ""
    bank_branch: str = ""
    invoice_terms: str = ""
    payment_days: int
    undo_seconds: int
    prints_diagnosis: bool = False
    allows_part_payment: bool = True
    biller_refund_limit_minor: int | None = None
    practitioner_refund_limit_minor: int | None = None

    @classmethod
    def names(cls) -> list[str]:
        """The fields, as the model calls them too."""
        return [each.name for each in fields(cls)]


@dataclass(frozen=True, kw_only=True)
class PractitionerDetails:
    """What accounts say of who treats."""

    title: str = ""
    given_names: str
    family_name: str
    discipline: str = ""
    registration_number: str = ""
    practice_number: str = ""

    @classmethod
    def names(cls) -> list[str]:
        """The fields, as the model calls them too."""
        return [each.name for each in fields(cls)]


def write_practice(practice: Practice, details: PracticeDetails, *, seen: str) -> list[str]:
    """Keep these facts; the names of those that changed. In the caller's transaction.

    `seen` is `digest_of(practice, PracticeDetails.names())` as the form showed it. Raises
    InvalidTransition if somebody else has changed them since.
    """
    kept = Practice.objects.select_for_update().get(pk=practice.pk)
    return _write(kept, asdict(details), seen)


def write_practitioner(practitioner: Practitioner, details: PractitionerDetails, *, seen: str) -> list[str]:
    """Keep what accounts say of a practitioner; as `write_practice`."""
    kept: Practitioner = Practitioner.objects.select_for_update().get(pk=practitioner.pk)
    return _write(kept, asdict(details), seen)


def _write(row: Practice | Practitioner, values: dict[str, object], seen: str) -> list[str]:
    if digest_of(row, list(values)) != seen:
        raise InvalidTransition(
            _("Somebody else has changed this meanwhile. Nothing was saved: open the page again."),
            code="changed_meanwhile",
        )
    changed = changed_names(row, values)
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
    return changed
