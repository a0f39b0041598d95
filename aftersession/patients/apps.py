# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class PatientsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.patients"
    verbose_name = "Patients"
