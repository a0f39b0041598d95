# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

from django.db import connection

from aftersession.practices.guards import stray_references
from aftersession.practices.models import Practice
from aftersession.workflows.invariants.breach import Breach


def references_stay_home(practice: Practice) -> Iterator[Breach]:
    """I-32: every foreign key joins rows of one practice."""
    for table, column, pk in stray_references(connection, practice.pk):
        yield Breach("I-32", practice.code, f"{table} {pk}", f"{column} is another practice's")
