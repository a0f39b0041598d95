# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.lib.guards import Frozen, Graph, NoDelete
from aftersession.practices.tenancy import TenantModel


class MessageState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")
    CANCELLED = "cancelled", _("Cancelled")
    HELD = "held", _("Held: the address changed")


class Message(TenantModel):
    """A letter in the outbox: written with what it tells of, sent by the worker, to one recipient.

    `body` may hold placeholders such as {{link:CODE}}, filled only while it is sent.
    `attempts` fences a worker whose lease has run out; `message_id` stays the same for every try.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=40)
    dedupe_key = models.CharField(max_length=120)
    to_name = models.CharField(max_length=160)
    to_address = models.CharField(max_length=254)
    recipient = models.CharField(max_length=40)  # "patient:CODE", "guarantor:CODE" or "payer:CODE"
    subject = models.CharField(max_length=200)
    body = models.TextField()
    document_codes = models.JSONField(default=list)
    about_kind = models.CharField(max_length=24)
    about_code = models.CharField(max_length=40)
    patient_code = models.CharField(max_length=16, blank=True)
    language = models.CharField(max_length=12)

    state = models.CharField(max_length=9, choices=MessageState.choices, default=MessageState.WAITING)
    send_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=120)
    problem = models.CharField(max_length=300, blank=True)
    is_possible_duplicate = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    guards = (
        NoDelete(),
        Graph(
            "state",
            {
                "waiting": ("sending", "cancelled", "held", "failed"),
                "sending": ("sent", "failed", "waiting"),
                "held": ("waiting", "cancelled"),
                "failed": (),
                "sent": (),
                "cancelled": (),
            },
        ),
        Frozen("state", (), ("to_address", "subject", "body", "document_codes", "message_id", "recipient")),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "dedupe_key"], name="message_once"),
        ]
        indexes = [
            models.Index(
                fields=["state", "send_after"],
                condition=models.Q(state__in=["waiting", "sending"]),
                name="message_due",
            ),
            models.Index(fields=["practice", "about_kind", "about_code"], name="message_about"),
            models.Index(fields=["practice", "-id"], name="message_newest"),
        ]
