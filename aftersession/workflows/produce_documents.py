# SPDX-License-Identifier: Apache-2.0
"""Making promised papers after commit: by the request that promised them, else by the worker."""

from aftersession.documents.actions import produce
from aftersession.documents.models import Document
from aftersession.payments.links import address_of
from aftersession.payments.models import PaymentLink
from aftersession.practices.models import Practice


def link_address(code: str) -> str:
    """The pay page's address for a link's public code, as papers and letters print it.

    Unscoped: the worker draws papers of every practice, and a code names one link only.
    """
    return address_of(PaymentLink.unscoped.get(code=code))


def produce_now(practice: Practice, codes: list[str]) -> None:
    """Draw what a command has just promised. What fails is left to the worker."""
    for document in Document.objects.for_practice(practice).filter(code__in=[code for code in codes if code]):
        produce(document, link_of=link_address)
