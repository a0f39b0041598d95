# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A practice to play in. Installed in the demo and test modes only."""

    name = "aftersession.demo"
    verbose_name = "Demo"
