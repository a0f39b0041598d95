# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class StatementsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.statements"
    verbose_name = "Statements"
