# SPDX-License-Identifier: Apache-2.0
"""Log a session that took place without an appointment, straight into Open."""

from django.utils.translation import gettext as _

from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.errors import BadInput
from aftersession.practices.actors import Actor
from aftersession.workflows.book_appointment import Agreement, Booked, write_appointment


@command(Booked)
def log_past_session(*, agreement: Agreement, actor: Actor, key: str) -> Booked:
    """Write a session that is over; it is Open at once, ready to be completed.

    Raises BadInput beside `day` while it has not ended, Overlap beside `starts`.
    """
    if agreement.ends_at > clock.now():
        raise BadInput(_("This session has not ended yet. Book it as an appointment instead."), field="day")
    return write_appointment(agreement, actor=actor, action="appointment.logged")
