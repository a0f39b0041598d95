# SPDX-License-Identifier: Apache-2.0
"""After a change of `AFTERSESSION_CONNECTION_KEYS`: seal every partner's keys with the first of them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aftersession.payments.connection_keys import reseal_all


class Command(BaseCommand):
    help = "Seal the keys of payment partners with the first of AFTERSESSION_CONNECTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        done = reseal_all()
        self.stdout.write(f"{done.changed} sealed anew.")
        if done.locked:
            raise CommandError(
                f"{done.locked} cannot be opened: a key is missing in AFTERSESSION_CONNECTION_KEYS "
                "or AFTERSESSION_FIELD_KEYS."
            )
