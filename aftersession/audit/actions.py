# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aftersession.audit.models import AuditEvent
from aftersession.lib import clock
from aftersession.practices.actors import Actor


@dataclass(frozen=True)
class Fact:
    """One thing that changed: what happened (`invoice.issued`), to what, and the figures beside it.

    `data` holds codes, states and amounts, never what a person wrote about their health.
    """

    action: str
    subject_kind: str
    subject_code: str
    patient_code: str = ""
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def record_facts(facts: Iterable[Fact], *, actor: Actor) -> None:
    """Write one audit row a fact, in the transaction of the change itself."""
    at = clock.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            practice=actor.practice,
            at=at,
            actor_scope=actor.scope,
            actor_label=actor.label,
            user_id=getattr(actor, "user_id", None),
            action=fact.action,
            subject_kind=fact.subject_kind,
            subject_code=fact.subject_code,
            patient_code=fact.patient_code,
            reason=fact.reason,
            data=fact.data,
        )
        for fact in facts
    )
