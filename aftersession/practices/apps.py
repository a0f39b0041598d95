# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from aftersession.countries.registry import country_codes, profile


class PracticesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.practices"
    verbose_name = "Practices"

    def ready(self) -> None:
        pre_migrate.connect(_lift_guards, sender=self)
        post_migrate.connect(_renew_guards, sender=self)
        # A profile brings its way of writing amounts: it must be there before the first one is written.
        for code in country_codes():
            profile(code)


def _lift_guards(using: str, **_kwargs: Any) -> None:
    from aftersession.practices.guards import drop_guards

    # SQLite builds a table anew to change it, and cannot rename one that a trigger of another names.
    drop_guards(connections[using])


def _renew_guards(using: str, **_kwargs: Any) -> None:
    from aftersession.practices.guards import install_guards

    install_guards(connections[using])
