# SPDX-License-Identifier: Apache-2.0
from importlib import import_module

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """The settings, routes and policy as an app of its own: for its checks and error pages."""

    name = "config"

    def ready(self) -> None:
        import_module("config.checks")
