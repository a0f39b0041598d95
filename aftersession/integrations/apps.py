# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.integrations"
    verbose_name = "Integrations"
