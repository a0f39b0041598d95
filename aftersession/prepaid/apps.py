# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class PrepaidConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.prepaid"
    verbose_name = "Paid in advance"
