# SPDX-License-Identifier: Apache-2.0
"""allauth's forms with a cap on what a password may be, and codes that work once."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.adapter import get_adapter as get_second_factor_adapter
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from aftersession.accounts.models import User

PASSWORD_MAX_LENGTH = 256
CODE_PERIOD_SECONDS = 30


LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Code"),
}


class PlainFields(forms.Form):
    """Our words beside the fields, and a cap on passwords: phrases are welcome, a megabyte to hash is not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if "password" in name:
                field.help_text = ""
                # No maxlength attribute: it would cut a pasted pass phrase without a word.
                field.validators.append(
                    MaxLengthValidator(
                        PASSWORD_MAX_LENGTH, _("This password is too long: at most 256 characters.")
                    )
                )


class LoginForm(PlainFields, account_forms.LoginForm):  # type: ignore[misc]
    """E-mail address and password."""


class ChangePasswordForm(PlainFields, account_forms.ChangePasswordForm):  # type: ignore[misc]
    """The present password and a new one, twice."""


class ResetPasswordKeyForm(PlainFields, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, twice, by way of the link in a mail."""


class ResetPasswordForm(PlainFields, account_forms.ResetPasswordForm):  # type: ignore[misc]
    """An address to send a reset link to. A mail goes out in any case, so the answer tells nothing."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if self.users:
            email: str = super().save(request, **kwargs)
            return email
        email = self.cleaned_data["email"]
        get_account_adapter().send_mail("account/email/unknown_account", email, {})
        return email


class ReauthenticateForm(PlainFields, account_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something that matters."""


class SpentCodes(PlainFields):
    """A code of the authenticator app is good once, for as long as any tolerance would take it."""

    user: User

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        authenticator = getattr(self, "authenticator", None)
        is_recovery_code = authenticator and authenticator.type == Authenticator.Type.RECOVERY_CODES
        if not is_recovery_code and not spend_code(self.user, code):
            raise get_second_factor_adapter().validation_error("incorrect_code")
        return code


def spend_code(user: User, code: str) -> bool:
    """Whether this is the first use of the code. allauth forgets one after 30 seconds, too early."""
    windows = 2 * settings.MFA_TOTP_TOLERANCE + 1
    digits = "".join(char for char in code if char.isdigit())
    return cache.add(f"second-factor-spent:{user.pk}:{digits}", True, timeout=windows * CODE_PERIOD_SECONDS)


class SecondFactorForm(SpentCodes, factor_forms.AuthenticateForm):  # type: ignore[misc]
    """A code of the app, or a recovery code, to finish signing in."""


class SecondFactorAgainForm(SpentCodes, factor_forms.ReauthenticateForm):  # type: ignore[misc]
    """A code once more, before something that matters."""


class ActivateAppForm(SpentCodes, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an authenticator app, to show that it is set up."""
