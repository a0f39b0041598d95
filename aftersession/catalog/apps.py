# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class CatalogConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.catalog"
    verbose_name = "Catalog"
