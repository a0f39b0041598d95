# SPDX-License-Identifier: Apache-2.0
"""`manage.py add_member`: give a colleague a place in a practice."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftersession.integrations.management.commands.create_practice import (
    add_person_arguments,
    person_in,
    way_in,
)
from aftersession.lib.errors import DomainError
from aftersession.practices.models import Practice, Role
from aftersession.workflows.open_practice import add_member


class Command(BaseCommand):
    help = "Give somebody a place in a practice, and print this person's first link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--practice", required=True, help="the practice's code")
        parser.add_argument("--role", required=True, choices=Role.values)
        add_person_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        practice = Practice.objects.filter(code=options["practice"]).first()
        if practice is None:
            known = "\n".join(f"{each.code}  {each.name}" for each in Practice.objects.order_by("name"))
            raise CommandError(f"There is no practice of this code. There are:\n{known or 'none'}")
        try:
            member = add_member(practice=practice, person=person_in(options), role=Role(options["role"]))
        except DomainError as error:
            raise CommandError(f"Nothing was changed. {error.message}") from error
        self.stdout.write(f"{member.user.name} works in {practice.name} as {member.get_role_display()}.")
        self.stdout.write(way_in(member))
