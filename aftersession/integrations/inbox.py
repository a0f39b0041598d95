# SPDX-License-Identifier: Apache-2.0
"""The inbox for partners' notices: prove who sent it, keep its bytes, answer.

What a notice means is decided later, by the worker, which asks the partner for the state now. So
order, repetition and loss of notices change nothing but the time.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.http import Http404

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.integrations.models import FOUND, STUCK, InboundEvent, InboundState
from aftersession.lib import clock
from aftersession.payments.connections import provider_of
from aftersession.payments.models import ProviderConnection
from aftersession.payments.provider import InboundNotice, NoticeRejected, PartnerRefused
from aftersession.practices.actors import Actor
from aftersession.workflows.sweep_partners import Misfit

MAX_NOTICE_BYTES = 256 * 1024

log = logging.getLogger("aftersession.inbox")


def receive_notice(*, kind: str, connection_code: str, raw_body: bytes, headers: Mapping[str, str]) -> None:
    """Store a notice that is the partner's; one that came before is already stored.

    Of a notice that is not, only a count remains. Raises `NoticeRejected`, or Http404 for an
    address that was never given out. A paused or ended connection still listens: money that is
    under way to it is real.
    """
    connection = (
        ProviderConnection.unscoped.select_related("practice").filter(kind=kind, code=connection_code).first()
    )
    if connection is None:
        raise Http404
    try:
        notice = provider_of(connection).verify_and_parse(raw_body, headers)
    except NoticeRejected as rejection:
        _count_rejection(connection, str(rejection))
        raise
    except PartnerRefused as refusal:
        # Its keys are wiped: nothing can be proved any more.
        _count_rejection(connection, refusal.code)
        raise NoticeRejected(refusal.code) from refusal
    _store(connection, notice, raw_body)


def keep_misfit(*, connection: ProviderConnection, misfit: Misfit) -> None:
    """Keep what the nightly look found in the tray where a notice of it would be; one that is known, once.

    Inside the practice's scope. Neither what a notice told already nor what was put aside comes again.
    """
    told = InboundEvent.objects.filter(
        connection=connection,
        subject=misfit.subject,
        external_id=misfit.external_id[:80],
        outcome=misfit.problem,
    )
    if told.exclude(event_type__startswith=FOUND).exclude(external_id="").exists():
        return
    named = f"{misfit.subject}:{misfit.thing_id}:{misfit.problem}"
    now = clock.now()
    event = InboundEvent(
        practice=connection.practice,
        connection=connection,
        provider=connection.kind,
        event_key=FOUND + hashlib.sha256(named.encode()).hexdigest(),
        event_type=f"{FOUND}{misfit.subject}",
        subject=misfit.subject,
        external_id=misfit.external_id[:80],
        raw_body=b"",
        received_at=now,
        state=InboundState.QUARANTINED,
        outcome=misfit.problem[:120],
    )
    InboundEvent.objects.bulk_create([event], ignore_conflicts=True)


@dataclass(frozen=True)
class PutAside:
    """How many notices nobody has to look at any more."""

    count: int


@command(PutAside)
def put_notices_aside(*, actor: Actor, key: str) -> PutAside:
    """Somebody has looked at the notices that nothing came of, once: they stay stored, and in nobody's way."""
    return _put_aside(InboundEvent.objects.filter(state__in=STUCK), actor)


@command(PutAside)
def put_notice_aside(*, notice: InboundEvent, actor: Actor, key: str) -> PutAside:
    """Somebody has looked at one of them; none if somebody else did first."""
    return _put_aside(InboundEvent.objects.filter(pk=notice.pk, state__in=STUCK), actor)


def _put_aside(rows: "QuerySet[InboundEvent]", actor: Actor) -> PutAside:
    """Each is named in the log by its code: who decided that nothing is to be done about it."""
    codes = list(rows.select_for_update().values_list("code", flat=True))
    record_facts([Fact("notice.put_aside", "notice", code) for code in codes], actor=actor)
    return PutAside(rows.update(state=InboundState.IGNORED, next_try_at=None))


def _store(connection: ProviderConnection, notice: InboundNotice, raw_body: bytes) -> None:
    now = clock.now()
    event = InboundEvent(
        practice=connection.practice,
        connection=connection,
        provider=connection.kind,
        event_key=notice.event_key,
        event_type=notice.event_type,
        subject=notice.subject,
        reference=notice.reference,
        external_id=notice.external_id,
        raw_body=raw_body,
        received_at=now,
        next_try_at=now,
    )
    # One statement, so that any number of copies at once leave one row and no error.
    InboundEvent.objects.for_practice(connection.practice).bulk_create([event], ignore_conflicts=True)


def _count_rejection(connection: ProviderConnection, reason: str) -> None:
    log.warning("notice rejected", extra={"facts": {"connection": connection.code, "reason": reason}})
    same = ProviderConnection.objects.for_practice(connection.practice).filter(pk=connection.pk)
    same.update(rejected_notices=F("rejected_notices") + 1)
