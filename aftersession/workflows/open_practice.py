# SPDX-License-Identifier: Apache-2.0
"""Open a practice on this installation, and give people a place in it."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from aftersession.accounts.models import User
from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.numbers import open_series
from aftersession.countries.registry import country_codes, profile
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AlreadyDone, BadInput
from aftersession.lib.references import new_prefix
from aftersession.lib.text import clean_name
from aftersession.practices.actors import SystemActor
from aftersession.practices.models import Member, Practice, Practitioner, Role
from aftersession.practices.tenancy import practice_scope
from aftersession.reminders.actions import open_ladder


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who gets a place. `treats`: sees clients, and is named on what is billed for it."""

    name: str
    email: str
    treats: bool = False


def open_practice(*, name: str, country: str, owner: Person) -> Member:
    """Make a practice with its number series and its owner, all or nothing.

    Raises BadInput for an unknown country and AlreadyDone where a practice of this name exists, so
    that a repetition changes nothing. It is no `@command`: those run inside a practice.
    """
    if country not in country_codes():
        raise BadInput(
            _("There is no country profile “%(country)s”. Choose one of: %(known)s.")
            % {"country": country, "known": ", ".join(country_codes())},
            field="country",
        )
    with transaction.atomic(durable=True):
        title = _clean(name, field="name")
        if Practice.objects.filter(name__iexact=title).exists():
            raise AlreadyDone(
                _("There is a practice called %(name)s already.") % {"name": title}, code="practice_exists"
            )
        practice = _new_practice(title, country)
        with practice_scope(practice):
            open_series(practice)
            open_ladder(practice)
            return _give_place(practice, owner, Role.OWNER)


def add_member(*, practice: Practice, person: Person, role: Role) -> Member:
    """Give somebody a place in a practice. Raises AlreadyDone for a person who has one."""
    with transaction.atomic(durable=True), practice_scope(practice):
        return _give_place(practice, person, role)


def _new_practice(name: str, country: str) -> Practice:
    home = profile(country)
    code = new_code()
    return Practice.objects.create(
        code=code,
        name=name,
        country=country,
        currency=home.currency,
        locale=home.locale,
        language=home.languages[0],
        time_zone=home.time_zone,
        prices_include_tax=home.prices_include_tax,
        reference_key=_free_reference_key(code),
    )


def _free_reference_key(seed: str) -> str:
    """Four characters that no other practice's payment references begin with."""
    key = new_prefix(seed)
    while Practice.objects.filter(reference_key=key).exists():
        key = new_prefix(new_code())
    return key


def _give_place(practice: Practice, person: Person, role: Role) -> Member:
    user = _account_of(person)
    if Member.objects.filter(user=user).exists():
        raise AlreadyDone(
            _("%(email)s has a place in %(practice)s already.")
            % {"email": user.email, "practice": practice.name},
            code="member_exists",
        )
    treats = person.treats or role == Role.PRACTITIONER
    member: Member = Member.objects.create(
        practice=practice,
        user=user,
        role=role,
        practitioner=_practitioner(practice, user.name) if treats else None,
    )
    data = {"role": role.value}
    record_facts([Fact("member.added", "member", member.code, data=data)], actor=SystemActor(practice))
    return member


def _account_of(person: Person) -> User:
    """One person is one account, in however many practices."""
    email = person.email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInput(_("This is not an e-mail address."), field="email") from error
    known = User.objects.filter(email=email).first()
    return known or User.objects.create_user(
        email=email, name=_clean(person.name, field="person", max_length=80), password=None
    )


def _practitioner(practice: Practice, name: str) -> Practitioner:
    # Good enough to start from: the settings page writes the name as accounts should show it.
    given_names, _blank, family_name = name.rpartition(" ")
    practitioner: Practitioner = Practitioner.objects.create(
        practice=practice, given_names=given_names, family_name=family_name
    )
    return practitioner


def _clean(value: str, *, field: str, max_length: int = 120) -> str:
    try:
        text = clean_name(value, max_length)
    except ValueError as error:
        raise BadInput(str(error), field=field) from error
    if not text:
        raise BadInput(_("Give a name."), field=field)
    return text
