# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class LedgerConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.ledger"
    verbose_name = "Ledger"
