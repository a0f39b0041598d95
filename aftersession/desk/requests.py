# SPDX-License-Identifier: Apache-2.0
"""What a view of the desk is given."""

from django.http import HttpRequest

from aftersession.practices.models import Member


class DeskRequest(HttpRequest):
    """A request that the policy has let through: somebody who works in a practice sent it."""

    member: Member
