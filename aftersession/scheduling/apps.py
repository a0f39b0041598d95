# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.scheduling"
    verbose_name = "Scheduling"
