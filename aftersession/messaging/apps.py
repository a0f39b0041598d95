# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class MessagingConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.messaging"
    verbose_name = "Messaging"
