# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class DeskConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.desk"
    verbose_name = "Desk"

    def ready(self) -> None:
        from aftersession.desk.context import nav_counts
        from aftersession.ui.context import use_counts

        use_counts(nav_counts)
