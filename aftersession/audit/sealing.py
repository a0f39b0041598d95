# SPDX-License-Identifier: Apache-2.0
"""The hash chain over the audit log, made in batches so that no change waits for it.

Triggers keep the product from editing the log; the chain shows an edit made behind its back. Whoever
owns the database file could make the chain anew: it is evidence, not proof, unless heads are kept
elsewhere too.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import takewhile

from django.db import IntegrityError, transaction

from aftersession.audit.models import AuditEvent, AuditSeal
from aftersession.lib import clock
from aftersession.practices.models import Practice

BATCH = 1000
# Longer than any transaction lasts: an event with a lower number may still be on its way to commit.
SETTLING = timedelta(minutes=2)


def seal_all() -> int:
    """Seal what is new in every practice; how many events. Safe to repeat and for two at once."""
    return sum(seal_new(practice) for practice in Practice.objects.order_by("pk"))


def seal_new(practice: Practice) -> int:
    """Add one link to the practice's chain over its newest events, at most a batch."""
    with transaction.atomic():
        last = AuditSeal.objects.for_practice(practice).order_by("-last_event_id").first()
        start = last.last_event_id if last else 0
        events = list(AuditEvent.objects.for_practice(practice).filter(pk__gt=start).order_by("pk")[:BATCH])
        newest = clock.now() - SETTLING
        events = list(takewhile(lambda event: event.at < newest, events))
        if not events:
            return 0
        seal = AuditSeal(
            practice=practice,
            last_event_id=events[-1].pk,
            event_count=len(events),
            digest=digest_of(last.digest if last else "", events),
            sealed_at=clock.now(),
        )
        try:
            with transaction.atomic():
                seal.save(force_insert=True)
        except IntegrityError:
            return 0  # another worker sealed the same events
    return len(events)


def broken_seals(practice: Practice) -> Iterator[AuditSeal]:
    """Seals that no longer fit the events they were put on."""
    previous, start = "", 0
    for seal in AuditSeal.objects.for_practice(practice).order_by("last_event_id"):
        events = list(
            AuditEvent.objects.for_practice(practice)
            .filter(pk__gt=start, pk__lte=seal.last_event_id)
            .order_by("pk")
        )
        if len(events) != seal.event_count or digest_of(previous, events) != seal.digest:
            yield seal
        previous, start = seal.digest, seal.last_event_id


def digest_of(previous: str, events: list[AuditEvent]) -> str:
    """The chain's next digest: SHA-256 over the previous one and every column of the events."""
    digest = hashlib.sha256(previous.encode())
    for event in events:
        row = [
            event.pk, event.at.isoformat(), event.actor_scope, event.actor_label, event.user_id,
            event.action, event.subject_kind, event.subject_code, event.patient_code, event.reason,
            event.data,
        ]  # fmt: skip
        digest.update(json.dumps(row, sort_keys=True, separators=(",", ":")).encode())
    return digest.hexdigest()
