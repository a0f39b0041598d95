# SPDX-License-Identifier: Apache-2.0
"""How a practice begins on a server: by two commands, and a link each."""

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from aftersession.accounts.models import User
from aftersession.audit.models import AuditEvent
from aftersession.billing.numbers import INVOICES, take_number
from aftersession.practices.models import Member, Practice, Practitioner
from aftersession.practices.tenancy import practice_scope

# Both commands are one transaction each, as outermost as a command line can be.
pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "quiet river under seven bridges"


def create(**changes: str) -> str:
    given = {"name": "Hill Road Rooms", "country": "zz", "person": "Ada May Cole", "email": "Ada@example.org"}
    return run("create_practice", **(given | changes))


def run(command: str, *flags: str, **options: str) -> str:
    printed = StringIO()
    arguments = [f"--{name}={value}" for name, value in options.items()]
    call_command(command, *arguments, *flags, stdout=printed)
    return printed.getvalue()


def follow(printed: str) -> Client:
    """Set a password through the printed link, and sign in with it."""
    link = re.search(r"https?://\S+", printed)
    assert link
    client = Client()
    page = client.get(link.group().removeprefix(settings.AFTERSESSION_URL), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    client.post("/account/sign-in/", {"login": "ada@example.org", "password": PASSWORD})
    return client


def test_the_owner_signs_in_through_the_printed_link() -> None:
    client = follow(create())
    assert client.get("/").status_code == 200


def test_the_practice_is_as_its_country_says_and_can_bill() -> None:
    create(country="za")
    practice = Practice.objects.get()
    assert (practice.currency, practice.country) == (practice.profile.currency, "za")
    with practice_scope(practice):
        assert take_number(practice, INVOICES) == 1
        assert AuditEvent.objects.get().action == "member.added"


def test_an_owner_who_treats_is_a_practitioner_too() -> None:
    arguments = ["--name=Hill", "--country=zz", "--person=Ada May Cole", "--email=a@example.org", "--treats"]
    call_command("create_practice", *arguments, stdout=StringIO())
    practitioner = Practitioner.unscoped.get()
    assert (practitioner.given_names, practitioner.family_name) == ("Ada May", "Cole")
    assert Member.unscoped.get().practitioner == practitioner


def test_it_refuses_a_second_practice_of_the_same_name() -> None:
    create()
    with pytest.raises(CommandError, match="already"):
        create(name="hill road rooms", email="other@example.org")
    assert (Practice.objects.count(), User.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [{"country": "xx"}, {"email": "ada"}, {"name": "  "}, {"person": ""}, {"name": "Hill\u202eRoad"}],
    ids=str,
)
def test_it_refuses_bad_input_and_leaves_nothing_behind(wrong: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        create(**wrong)
    assert (Practice.objects.count(), User.objects.count()) == (0, 0)


def test_the_owner_of_two_practices_keeps_one_password() -> None:
    follow(create())
    printed = create(name="Valley Rooms")
    assert "http" not in printed
    assert "signs in with the password they have" in printed
    assert Member.unscoped.values_list("user__email", flat=True).distinct().get() == "ada@example.org"


def test_practices_have_different_references() -> None:
    create()
    create(name="Valley Rooms")
    assert len(set(Practice.objects.values_list("reference_key", flat=True))) == 2


def test_a_practitioner_can_be_added_to_a_practice() -> None:
    create()
    code = Practice.objects.get().code
    printed = run(
        "add_member", practice=code, role="practitioner", person="Ben Okafor", email="ben@example.org"
    )
    assert "Ben Okafor works in Hill Road Rooms as Practitioner." in printed
    assert Member.unscoped.get(role="practitioner").practitioner == Practitioner.unscoped.get()


def test_nobody_gets_two_places_in_one_practice() -> None:
    create()
    code = Practice.objects.get().code
    with pytest.raises(CommandError, match="has a place"):
        run("add_member", practice=code, role="biller", person="Ada", email="ada@example.org")


def test_adding_to_an_unknown_practice_lists_those_there_are() -> None:
    create()
    with pytest.raises(CommandError, match="Hill Road Rooms"):
        run("add_member", practice="nowhere", role="biller", person="Ada", email="ada@example.org")
