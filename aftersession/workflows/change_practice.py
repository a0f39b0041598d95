# SPDX-License-Identifier: Apache-2.0
"""Change what the practice says of itself and of those who treat; papers already made keep what they said."""

from dataclasses import dataclass

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.practices.actions import (
    PracticeDetails,
    PractitionerDetails,
    write_practice,
    write_practitioner,
)
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practitioner


@dataclass(frozen=True)
class SettingsSaved:
    """How many fields changed."""

    changed: int


@command(SettingsSaved)
def change_practice(*, details: PracticeDetails, seen: str, actor: Actor, key: str) -> SettingsSaved:
    """Change the settings of the actor's practice. Raises InvalidTransition for an outdated form."""
    changed = write_practice(actor.practice, details, seen=seen)
    _note("practice.changed", "practice", actor.practice.code, changed, actor=actor)
    return SettingsSaved(len(changed))


@command(SettingsSaved)
def change_practitioner(
    *, practitioner: Practitioner, details: PractitionerDetails, seen: str, actor: Actor, key: str
) -> SettingsSaved:
    """Change what accounts say of who treats. Raises InvalidTransition for an outdated form."""
    changed = write_practitioner(practitioner, details, seen=seen)
    _note("practitioner.changed", "practitioner", practitioner.code, changed, actor=actor)
    return SettingsSaved(len(changed))


def _note(action: str, kind: str, code: str, changed: list[str], *, actor: Actor) -> None:
    if changed:
        record_facts([Fact(action, kind, code, data={"fields": changed})], actor=actor)
