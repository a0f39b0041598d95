# SPDX-License-Identifier: Apache-2.0
"""One practitioner sees one client at a time: asked before, and held by the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _

from aftersession.lib.errors import BadInput
from aftersession.practices.models import Practitioner
from aftersession.scheduling.models import Appointment, AppointmentStatus
from aftersession.scheduling.wording import client_names, day_name

LIVE = (AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED)
EXCLUSION_VIOLATION = "23P01"


class Overlap(BadInput):
    """The practitioner is taken at this time."""

    code = "overlap"


def check_free(
    practitioner: Practitioner, starts_at: datetime, ends_at: datetime, *, besides: Appointment | None = None
) -> None:
    """Raise Overlap, naming whom and when, if another live appointment lies in this time.

    Ends count half-open: back to back is free.
    """
    others = Appointment.objects.filter(
        practitioner=practitioner,
        status__in=LIVE,
        is_overbooked=False,
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
    )
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    other = others.order_by("starts_at").prefetch_related("attendees__patient").first()
    if other is not None:
        raise overlap_with(other, practitioner)


@contextmanager
def refusing_overlaps(
    practitioner: Practitioner, starts_at: datetime, ends_at: datetime, *, besides: Appointment | None = None
) -> Iterator[None]:
    """Write inside: whoever books the same time in the same moment gets the same sentence.

    The check before is for the sentence, the database's own rule is for the race. Whoever books the same
    practitioner waits for their turn first: PostgreSQL ends rivals in an exclusion constraint by deadlock,
    a second apart, and the last of many would give up.
    """
    with transaction.atomic():
        list(Practitioner.objects.select_for_update(no_key=True).filter(pk=practitioner.pk).values_list("pk"))
        check_free(practitioner, starts_at, ends_at, besides=besides)
        try:
            with transaction.atomic():
                yield
        except IntegrityError as error:
            if not _is_overlap(error):
                raise
            check_free(practitioner, starts_at, ends_at, besides=besides)
            raise Overlap(
                _("%(practitioner)s was booked for this time just now. Choose another time.")
                % {"practitioner": practitioner.short_name},
                field="starts",
            ) from error


def overlap_with(other: Appointment, practitioner: Practitioner) -> Overlap:
    """The refusal: who is seen then, and from when to when."""
    starts, ends = other.starts_local, other.ends_local
    return Overlap(
        _(
            "%(practitioner)s already sees %(client)s then: %(day)s from %(start)s to %(end)s. Choose another time."
        )
        % {
            "practitioner": practitioner.short_name,
            "client": client_names([attendee.patient for attendee in other.attendees.all()]),
            "day": day_name(starts.date()),
            "start": f"{starts:%H:%M}",
            "end": f"{ends:%H:%M}",
        },
        field="starts",
    )


def _is_overlap(error: DatabaseError) -> bool:
    # PostgreSQL has the exclusion constraint, SQLite a trigger with these words.
    return getattr(error.__cause__, "sqlstate", None) == EXCLUSION_VIOLATION or "overlap" in str(error)
