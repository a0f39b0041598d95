# SPDX-License-Identifier: Apache-2.0
from django.db import connection

from aftersession.billing.models import NumberSequence
from aftersession.practices.models import Practice

INVOICES = "INV"
RECEIPTS = "RCT"
CREDIT_NOTES = "CRN"
REFUNDS = "RFD"
ALL_SERIES = (INVOICES, RECEIPTS, CREDIT_NOTES, REFUNDS)


def open_series(practice: Practice) -> None:
    """Make the series of a new practice. Safe to repeat."""
    for series in ALL_SERIES:
        NumberSequence.objects.get_or_create(practice=practice, series=series)


def take_number(practice: Practice, series: str) -> int:
    """The next number of a series, without gap or repeat: 1, 2, 3…

    Locks the series' row until commit, so take numbers as late as possible, one series a statement
    and always in the order of `ALL_SERIES`. A rollback gives the number back. (One UPDATE … RETURNING, alike
    on both engines, in place of two statements through the ORM.)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {NumberSequence._meta.db_table} SET last_number = last_number + 1 "  # noqa: S608
            "WHERE practice_id = %s AND series = %s RETURNING last_number",
            [practice.pk, series],
        )
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"practice {practice.code} has no series {series}")
    return int(row[0])
