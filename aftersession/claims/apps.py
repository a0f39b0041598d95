# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.claims"
    verbose_name = "Claims"
