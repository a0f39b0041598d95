# SPDX-License-Identifier: Apache-2.0
"""What allauth is asked to tell: a second factor was set up, removed or made anew."""

import logging
from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from django.dispatch import receiver
from django.http import HttpRequest

from aftersession.accounts.middleware import HAS_SECOND_FACTOR
from aftersession.accounts.models import User

access_log = logging.getLogger("aftersession.access")


@receiver([signals.authenticator_added, signals.authenticator_removed, signals.authenticator_reset])
def renew_sessions(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Other devices sign in again, and this one goes on under a new session key."""
    request.session.pop(HAS_SECOND_FACTOR, None)
    end_other_sessions(request, user)
    request.session.cycle_key()
    UserSession.objects.create_from_request(request)
    access_log.info("second factor changed", extra={"facts": {"user": user.code}})


@receiver(signals.authentication_failed)
def log_failed_code(*, user: User, authenticator: Authenticator, **_kwargs: Any) -> None:
    """A wrong code comes from somebody who already has the password: worth a line."""
    access_log.warning("code refused", extra={"facts": {"user": user.code, "kind": authenticator.type}})
