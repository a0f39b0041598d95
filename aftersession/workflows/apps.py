# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """No tables: one use case a file, each spanning several apps."""

    name = "aftersession.workflows"
    verbose_name = "Workflows"
