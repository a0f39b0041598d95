# SPDX-License-Identifier: Apache-2.0
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "aftersession.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        post_migrate.connect(make_cache_table, sender=self)
        import_module("aftersession.accounts.factor_changes")


def make_cache_table(*, using: str, verbosity: int, **_kwargs: Any) -> None:
    """Rate limits of sign-in are counted in the shared cache, so `migrate` makes its table too."""
    call_command("createcachetable", database=using, verbosity=max(0, verbosity - 1))
