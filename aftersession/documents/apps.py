# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.documents"
    verbose_name = "Documents"
