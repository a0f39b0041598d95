# SPDX-License-Identifier: Apache-2.0
from django.conf import settings
from django.db import models

from aftersession.lib.guards import AppendOnly
from aftersession.practices.tenancy import TenantModel


class AuditEvent(TenantModel):
    """Who did what, when and why. Written in the transaction of the change, never changed.

    The subject is named by kind and public code, not by key, so that the log stands below every app.
    """

    at = models.DateTimeField()
    actor_scope = models.CharField(max_length=40)
    actor_label = models.CharField(max_length=160)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=24)
    subject_code = models.CharField(max_length=40)
    patient_code = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    data = models.JSONField(default=dict)

    guards = (AppendOnly(),)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "subject_kind", "subject_code"], name="audit_subject"),
            models.Index(fields=["practice", "patient_code"], name="audit_patient"),
        ]


class AuditSeal(TenantModel):
    """A link of the hash chain over the log: an edit made behind the product's back no longer fits.

    `digest` covers every event after the previous seal up to `last_event_id`, and the previous digest.
    """

    last_event_id = models.BigIntegerField()
    event_count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    guards = (AppendOnly(),)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "last_event_id"], name="audit_seal_once"),
        ]
