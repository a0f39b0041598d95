# SPDX-License-Identifier: Apache-2.0
"""What a payment's page says of a bank that asks about it."""

from django.utils.translation import gettext as _

from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import format_money
from aftersession.payments.models import Inquiry, InquiryState
from aftersession.practices.models import Practice


def inquiry_text(inquiry: Inquiry, practice: Practice) -> str:
    """How it stands, in a sentence with the way on."""
    amount = format_money(inquiry.amount, practice.locale)
    if inquiry.state == InquiryState.ANSWERED:
        return _("The payer's bank asked about %(amount)s. It is answered; no money has moved.") % {
            "amount": amount
        }
    if inquiry.respond_by is None:
        return _(
            "The payer's bank asks about %(amount)s. No money has moved. Answer at the payment partner."
        ) % {"amount": amount}
    day = format_day(clock.local(inquiry.respond_by, practice.time_zone).date(), practice.locale)
    return _(
        "The payer's bank asks about %(amount)s. No money has moved. Answer at the payment partner by %(day)s,"
        " or it may be taken back."
    ) % {"amount": amount, "day": day}
