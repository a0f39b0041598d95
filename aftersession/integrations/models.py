# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.lib.guards import Graph, NoDelete
from aftersession.payments.models import ProviderConnection
from aftersession.practices.tenancy import TenantModel


class InboundState(models.TextChoices):
    STORED = "stored", _("Stored")
    APPLIED = "applied", _("Applied")
    IGNORED = "ignored", _("Nothing to do")
    QUARANTINED = "quarantined", _("Needs a look")
    FAILED = "failed", _("Failed")


STUCK = (InboundState.QUARANTINED, InboundState.FAILED)
"""Nothing came of them: a person must look at the partner what they are about."""


FOUND = "sweep."
"""How the kind of something begins that no notice told: the nightly look found it."""


class InboundEvent(TenantModel):
    """A notice from a partner, as its verified raw bytes. Applied once, by the worker.

    What only the nightly look found, and fits nothing, is one without bytes.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    connection = models.ForeignKey(ProviderConnection, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=24)
    event_key = models.CharField(max_length=120)
    event_type = models.CharField(max_length=60)
    subject = models.CharField(max_length=8, default="payment")
    reference = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    raw_body = models.BinaryField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=InboundState.choices, default=InboundState.STORED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=120, blank=True)

    guards = (
        NoDelete(),
        Graph(
            "state",
            {
                "stored": ("applied", "ignored", "quarantined", "failed"),
                "quarantined": ("applied", "ignored"),
                "failed": ("stored", "applied", "ignored"),
                "applied": (),
                "ignored": (),
            },
        ),
    )

    @property
    def is_found(self) -> bool:
        """Whether the nightly look found it, and no notice told it."""
        return self.event_type.startswith(FOUND)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "event_key"], name="inbound_event_once"),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="stored"), name="inbound_to_apply"),
        ]
