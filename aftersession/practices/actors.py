# SPDX-License-Identifier: Apache-2.0
"""Who does something: a member of staff, the product itself, or a payer with a link."""

from dataclasses import dataclass
from typing import Protocol

from aftersession.practices.models import Practice


class Actor(Protocol):
    """What a command needs to know of whoever calls it. `practices.Member` is one too."""

    @property
    def practice(self) -> Practice: ...

    @property
    def scope(self) -> str:
        """Where idempotency keys of this actor live."""

    @property
    def label(self) -> str:
        """The name that history shows."""


@dataclass(frozen=True)
class SystemActor:
    """The product: worker jobs and confirmed payments."""

    practice: Practice
    scope: str = "system"
    label: str = "Aftersession"


@dataclass(frozen=True)
class PayerActor:
    """Whoever holds a payment link. Known only as the link's holder."""

    practice: Practice
    link_code: str

    @property
    def scope(self) -> str:
        return f"link:{self.link_code}"

    @property
    def label(self) -> str:
        return "Pay page"
