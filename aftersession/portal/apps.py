# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class PortalConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.portal"
    verbose_name = "Portal"
