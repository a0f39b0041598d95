# SPDX-License-Identifier: Apache-2.0
from django.db import models

from aftersession.practices.tenancy import TenantModel


class CommandKey(TenantModel):
    """One request to change something, by whoever sent it. Kept for ever: they are small.

    Written in the transaction of its effect: after a crash there are both or neither.
    """

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    command = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "scope", "key"], name="command_key_once"),
        ]
