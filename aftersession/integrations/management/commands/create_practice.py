# SPDX-License-Identifier: Apache-2.0
"""`manage.py create_practice`: the first practice of an installation, or one more, with its owner."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftersession.accounts.password_links import password_link
from aftersession.countries.registry import country_codes
from aftersession.lib.errors import DomainError
from aftersession.practices.models import Member
from aftersession.workflows.open_practice import Person, open_practice


class Command(BaseCommand):
    help = "Make a practice with its number series and its owner, and print the owner's first link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the practice's trading name")
        parser.add_argument("--country", required=True, choices=country_codes(), help="its country profile")
        add_person_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        owner = person_in(options)
        try:
            member = open_practice(name=options["name"], country=options["country"], owner=owner)
        except DomainError as error:
            raise CommandError(f"Nothing was changed. {error.message}") from error
        self.stdout.write(f"{member.practice.name} is open. Its code is {member.practice.code}.")
        self.stdout.write(way_in(member))


def add_person_arguments(parser: CommandParser) -> None:
    """What every command that gives somebody a place asks."""
    parser.add_argument("--person", required=True, help="the person's name")
    parser.add_argument("--email", required=True, help="the address this person signs in with")
    parser.add_argument(
        "--treats", action="store_true", help="sees clients, and is named on what is billed for it"
    )


def person_in(options: dict[str, Any]) -> Person:
    """The person that the arguments describe."""
    return Person(name=options["person"], email=options["email"], treats=options["treats"])


def way_in(member: Member) -> str:
    """How this person gets in: by a link, or with the password of another practice's account."""
    if member.user.has_usable_password():
        return f"{member.user.email} signs in with the password they have."
    return (
        f"Give this link to {member.user.email} and to nobody else. It sets a password, once, within the\n"
        f"hour; later, “Forgotten your password?” on the sign-in page sends another.\n"
        f"{password_link(member.user)}"
    )
