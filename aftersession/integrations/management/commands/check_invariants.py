# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.core.management.base import BaseCommand

from aftersession.workflows.invariants import CHECKS, check_invariants


class Command(BaseCommand):
    help = "Check that the stored rows and files agree with each other. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        breaches = list(check_invariants())
        for breach in breaches:
            self.stderr.write(str(breach))
        checked = f"{len(CHECKS)} invariants checked"
        if breaches:
            self.stderr.write(f"{checked}, {len(breaches)} breaches.")
            raise SystemExit(1)
        self.stdout.write(f"{checked}, all hold.")
