# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class CoverageConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.coverage"
    verbose_name = "Coverage"
