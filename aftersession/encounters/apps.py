# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class EncountersConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.encounters"
    verbose_name = "Encounters"
