# SPDX-License-Identifier: Apache-2.0
"""The errors a person may see. Raise, never return; one middleware turns them into a page."""


class DomainError(Exception):
    """Something the product refuses, with a sentence for the person who asked.

    `message` says what happened and the way on; `code` is stable, for logs and tests;
    `field` names the form field to put the message beside, if there is one.
    """

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = str(message)
        self.field = field
        if code is not None:
            self.code = code


class BadInput(DomainError):
    """What was typed cannot be used. Nothing was saved."""

    code = "bad_input"


class InvalidTransition(DomainError):
    """The thing is no longer in the state this action starts from."""

    code = "invalid_transition"


class AlreadyDone(InvalidTransition):
    """Somebody else did it first; the message says who and when."""

    code = "already_done"


class AmountTooLarge(BadInput):
    """More than is open, received or left."""

    code = "amount_too_large"


class NotAllowed(DomainError):
    """This person's role does not include it."""

    code = "not_allowed"


class KeyReused(DomainError):
    """One idempotency key came back with another request: nothing was done."""

    code = "key_reused"


class PartnerUnavailable(DomainError):
    """A partner could not be reached, or its answer is not known. Try later."""

    code = "partner_unavailable"
