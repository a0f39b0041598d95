# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, Graph, NoDelete
from aftersession.practices.tenancy import TenantModel


class DocumentState(models.TextChoices):
    PENDING = "pending", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Could not be made")


class Document(TenantModel):
    """A paper as it was issued: its content frozen at once, its file made after commit.

    Downloads are always the same bytes: the file is stored under its SHA-256.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=24)
    template = models.CharField(max_length=40)
    template_version = models.PositiveSmallIntegerField()
    context = models.JSONField()
    filename = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=DocumentState.choices, default=DocumentState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=60, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    missing_glyphs = models.JSONField(default=list)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)

    guards = (
        NoDelete(),
        Graph("state", {"pending": ("ready", "failed"), "failed": ("pending", "ready"), "ready": ()}),
        Frozen("state", ("pending", "failed"), ("sha256", "size_bytes", "ready_at")),
        Frozen(
            "state", (), ("context", "kind", "template", "template_version", "created_at", "filename", "code")
        ),
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "id"], condition=models.Q(state="pending"), name="document_pending"
            ),
        ]
