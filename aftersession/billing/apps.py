# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class BillingConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.billing"
    verbose_name = "Billing"
