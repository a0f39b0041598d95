# SPDX-License-Identifier: Apache-2.0
"""What can be made to go wrong on demand, so that it is met before a real partner does it."""

import threading
from dataclasses import dataclass, field
from typing import Any

ANSWERS = ("slow", "hang_up", "500", "500_after", "429", "malformed", "html")
REFUNDS = ("", "done", "pending", "failed")
BEFORE_ANYTHING_HAPPENS = ("500", "429")


@dataclass
class Mischief:
    """The faults switched on now.

    Notices: `copies` of each, `delay` in seconds, `hold` them until released (then in any order),
    `drop` them for good, `forge` their signature.
    Payments: `paid_amount` and `paid_currency` replace what was asked when a payer pays; with `late_fee`
    what we keep of it is told with the payout only.
    Refunds: `refund` is what becomes of a new one (`REFUNDS`); empty: done after some seconds.
    Answers of the API: `answer` is one of `ANSWERS` for the next `times` calls whose method is
    `method` (any when empty), `seconds` is how slow a slow one is. `hang_up`, `500_after`,
    `malformed` and `html` do what was asked first and spoil only the answer.
    """

    copies: int = 1
    delay: float = 0
    hold: bool = False
    drop: bool = False
    forge: bool = False
    paid_amount: int | None = None
    paid_currency: str | None = None
    late_fee: bool = False
    refund: str = ""
    answer: str = ""
    times: int = 1
    method: str = ""
    seconds: float = 2
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def become(self, wanted: dict[str, Any]) -> None:
        """Switch on exactly these faults and no others. Raises ValueError for unknown ones."""
        known = Mischief().describe()
        strange = sorted(set(wanted) - set(known))
        if strange or wanted.get("answer", "") not in ("", *ANSWERS):
            raise ValueError(f"Known faults: {', '.join(known)}; answers: {', '.join(ANSWERS)}.")
        if wanted.get("refund", "") not in REFUNDS:
            raise ValueError(f"Refunds become one of: {', '.join(REFUNDS[1:])}.")
        with self._lock:
            for name, value in (known | wanted).items():
                setattr(self, name, value)

    def describe(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name[0] != "_"}

    def next_answer(self, method: str) -> str:
        """The fault for this call, counted off; empty for an honest answer."""
        with self._lock:
            if not self.answer or self.times < 1 or self.method not in ("", method):
                return ""
            self.times -= 1
            return self.answer
