# SPDX-License-Identifier: Apache-2.0
"""The words a country's practices use on screen and paper for what the code calls otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Nouns as they stand inside a sentence; a heading puts `|capfirst` on them."""

    coverage: _StrPromise
    payer: _StrPromise
    payers: _StrPromise
    plan: _StrPromise
    member_number: _StrPromise
    dependant_code: _StrPromise
    principal_member: _StrPromise
    authorisation: _StrPromise
    practice_number: _StrPromise
    registration_number: _StrPromise
    procedure_code: _StrPromise
    diagnosis_code: _StrPromise
    responsible_person: _StrPromise
    tax: _StrPromise
    tax_number: _StrPromise
    tax_vendor: _StrPromise
    national_id: _StrPromise
    branch_code: _StrPromise
    postal_code: _StrPromise
    province: _StrPromise


# A country starts from these and replaces what its practices call otherwise.
PLAIN_WORDS = Words(
    coverage=_("insurance"),
    payer=_("insurer"),
    payers=_("insurers"),
    plan=_("plan"),
    member_number=_("member number"),
    dependant_code=_("dependant code"),
    principal_member=_("main member"),
    authorisation=_("authorisation number"),
    practice_number=_("practice number"),
    registration_number=_("registration number"),
    procedure_code=_("code"),
    diagnosis_code=_("diagnosis code"),
    responsible_person=_("responsible person"),
    tax=_("tax"),
    tax_number=_("tax number"),
    tax_vendor=_("registered for tax"),
    national_id=_("ID number"),
    branch_code=_("branch code"),
    postal_code=_("postal code"),
    province=_("region"),
)
