# SPDX-License-Identifier: Apache-2.0
"""What people set for themselves."""

from aftersession.accounts.models import User


def keep_preferences(user: User, *, theme: str, has_shortcuts: bool) -> None:
    """How pages look to this person, and whether single keys do anything. Safe to repeat."""
    User.objects.filter(pk=user.pk).update(theme=theme, has_shortcuts=has_shortcuts)
