# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a billing command did, in public codes: enough to tell it, now or on a repetition."""

    step: str
    invoice_code: str
    appointment_code: str = ""
    number: str = ""
    document_code: str = ""
    message_code: str = ""
    sent_to: str = ""
    payment_code: str = ""
    receipt_code: str = ""
    claim_code: str = ""
