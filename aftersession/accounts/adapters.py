# SPDX-License-Identifier: Apache-2.0
"""Where sign-in differs from what allauth does by itself."""

import logging
from io import BytesIO
from smtplib import SMTPException
from typing import Any, ClassVar
from urllib.parse import quote

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aftersession.accounts.middleware import SIGNED_IN_AT
from aftersession.accounts.models import User
from aftersession.lib import clock, encryption

access_log = logging.getLogger("aftersession.access")

SECOND_FACTOR_AAD = "accounts.second_factor"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by a practice; mail is built from the configured address; failures are logged."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("This e-mail address and password do not go together."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        access_log.info("signed in", extra={"facts": {"user": user.code}})
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # Never the address that was typed: people type their password into that field.
        access_log.warning("sign-in failed", extra={"facts": {"ip": self.get_client_ip(request)}})

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own notices ("Successfully signed in as …") say nothing the page does not show."""

    def reauthenticate(self, user: User, password: str) -> bool:
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who signed in just now is not asked for the password again."""
        signed_in_at = context.request.session.get(SIGNED_IN_AT, 0)
        if clock.now().timestamp() - signed_in_at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return False
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Counted for an account *and* where the tries come from: who guesses at somebody's
        # password must not lock the owner out. The second factor stands behind it.
        return f"{credentials.get('email', '').lower()}:{get_ip(request)}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", quote(key)))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail about the account itself. A mail server that is down changes no answer."""
        words = {"sign_in_url": absolute(reverse("account_login"))} | context
        message = self.render_mail(template_prefix, email, words)
        try:
            message.send()
        except (OSError, SMTPException):
            access_log.error("account mail not sent", extra={"facts": {"kind": template_prefix}})


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """The secrets behind the codes lie encrypted in the database."""

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong, too old or was used before. Enter the one shown now."),
    }

    def build_totp_svg(self, url: str) -> str:
        picture = BytesIO()
        # White in itself: a camera does not read dark on dark.
        segno.make(url, error="m").save(picture, kind="svg", scale=4, border=4, light="white")
        return picture.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return encryption.seal(text, aad=SECOND_FACTOR_AAD, keys=settings.FIELD_KEYS)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.open_sealed(encrypted_text, aad=SECOND_FACTOR_AAD, keys=settings.FIELD_KEYS)


def absolute(path: str) -> str:
    """An address for a mail: from the configured origin, whatever host a request names."""
    return f"{settings.AFTERSESSION_URL}{path}"
