# SPDX-License-Identifier: Apache-2.0
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str

from aftersession.accounts.models import User


def password_link(user: User) -> str:
    """An address at which this person sets a password, once, within `PASSWORD_RESET_TIMEOUT`.

    Whoever holds it can take the account: show it to the person alone, and never write it to a log.
    """
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    link: str = get_adapter().get_reset_password_from_key_url(key)
    return link
