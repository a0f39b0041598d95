# SPDX-License-Identifier: Apache-2.0
import random
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftersession.catalog.models.codes import CodeTable
from aftersession.demo.calendar import book_weeks, top_up_today
from aftersession.demo.history import close_backlog, tell_history
from aftersession.demo.partner import write_partner_past
from aftersession.demo.practices import make_neighbours, make_psychologists, open_world
from aftersession.demo.prepaid import sell_ahead
from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope

SEED = 20261123


class Command(BaseCommand):
    help = "Fill the demo with two practices, and see to it that today has something to do. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--partner-past",
            type=Path,
            help="where to write what was paid at the sandbox before it was there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's people belong into the demo mode only.")
        self._fill(random.Random(SEED))
        if options["partner_past"]:
            write_partner_past(options["partner_past"])

    def _fill(self, chance: random.Random) -> None:
        if not CodeTable.objects.filter(practice=None, system="icd-10").exists():
            call_command("load_codes", package="icd-10", stdout=self.stdout)
        if Practice.objects.exists():
            for practice in Practice.objects.order_by("pk"):
                world = open_world(practice)
                with practice_scope(practice):
                    close_backlog(world, chance)
                    top_up_today(world, chance)
            return
        for world in (make_psychologists(), make_neighbours()):
            with practice_scope(world.practice):
                tell_history(world, book_weeks(world, chance), chance)
                top_up_today(world, chance)
                if not world.is_quiet:
                    sell_ahead(world)
