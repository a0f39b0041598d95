# SPDX-License-Identifier: Apache-2.0
from django.db import models

from aftersession.billing.models import Invoice
from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, NoDelete
from aftersession.practices.tenancy import TenantModel
from aftersession.scheduling.models import Appointment


class SessionCover(TenantModel):
    """A stand-alone invoice that bills a session: made in advance, or linked to it afterwards.

    As long as it is live, completing the session bills it no more. `Appointment.is_prepaid` says so on
    the session's own row, where completing compares it.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="covers")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="covers")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=300, blank=True)

    guards = (NoDelete(), Frozen("code", (), ("appointment_id", "invoice_id", "made_at")))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"], condition=models.Q(released_at=None), name="cover_of_session_once"
            ),
            models.UniqueConstraint(
                fields=["invoice"], condition=models.Q(released_at=None), name="cover_by_invoice_once"
            ),
        ]
