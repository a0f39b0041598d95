# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class CommandsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.commands"
    verbose_name = "Commands"
