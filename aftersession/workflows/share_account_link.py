# SPDX-License-Identifier: Apache-2.0
"""The pay page of all that somebody owes: opened to be given away, and closed again."""

from dataclasses import dataclass

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import Debtor, hold_address
from aftersession.commands.command import command
from aftersession.payments.links import live_account_link, open_account_link, revoke_account_links
from aftersession.payments.models import PaymentLink
from aftersession.practices.models import Member


@dataclass(frozen=True)
class AccountLink:
    """A pay page by its public code; its address is never kept."""

    link_code: str


@command(AccountLink)
def share_account_link(*, debtor: Debtor, actor: Member, key: str) -> AccountLink:
    """The pay page of all that a client or responsible person owes: the one there is, or a new one."""
    hold_address(debtor)  # whoever asks at the same moment waits here, and finds the one just made
    return AccountLink(account_page(debtor, actor=actor).code)


@command(AccountLink)
def close_account_link(*, debtor: Debtor, actor: Member, key: str) -> AccountLink:
    """Close it: its address opens nothing any more, and the next one is another."""
    hold_address(debtor)
    link = live_account_link(debtor)
    revoke_account_links(debtor)
    if link is not None:
        _tell("account_link.closed", debtor, link.code, actor)
    return AccountLink(link.code if link else "")


def account_page(debtor: Debtor, *, actor: Member) -> PaymentLink:
    """The page that still opens, else a new one. Inside a transaction that holds the debtor's address."""
    link = live_account_link(debtor)
    if link is None:
        # One that has run out of time stands in the way of the next.
        revoke_account_links(debtor)
        link = open_account_link(debtor, actor=actor)
        _tell("account_link.opened", debtor, link.code, actor)
    return link


def _tell(action: str, debtor: Debtor, link_code: str, actor: Member) -> None:
    kind, _colon, code = debtor.ref.partition(":")
    record_facts([Fact(action, kind, code, data={"link": link_code})], actor=actor)
