# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.workflows"
    verbose_name = "Workflows"
