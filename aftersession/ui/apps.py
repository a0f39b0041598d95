# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "aftersession.ui"
    verbose_name = "Shared look and parts"
