# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.payments"
    verbose_name = "Payments"
