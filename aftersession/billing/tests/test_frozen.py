# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aftersession.billing.models import Invoice
from aftersession.workflows.finalise import Step
from tests.billing import complete
from tests.cast import Cast


@pytest.mark.usefixtures("in_practice")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("total_minor", 1),
        ("number", 7),
        ("prices_include_tax", False),
        ("discount_kind", "fixed"),
        ("discount_reason", "Friend"),
        ("authorisation_number", "A1"),
        ("template", "other"),
        ("document", None),
    ],
)
def test_nothing_on_an_issued_invoice_changes(cast: Cast, column: str, value: Any) -> None:
    complete(cast, Step.SEND)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Invoice.objects.update(**{column: value})
