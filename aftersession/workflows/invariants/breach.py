# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass


@dataclass(frozen=True)
class Breach:
    """An invariant that does not hold: which, where (public codes only), and what is wrong."""

    invariant: str
    practice_code: str
    subject: str
    problem: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.practice_code} {self.subject}: {self.problem}"
