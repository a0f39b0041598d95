# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class RemindersConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.reminders"
    verbose_name = "Reminders"
