# SPDX-License-Identifier: Apache-2.0
"""A partner names another amount for a refund than was asked: in sight, until a person says what is true."""

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import InvoiceShare
from aftersession.integrations.sandbox.provider import SandboxProvider
from aftersession.integrations.tests.online import OWED, book, newest_payment
from aftersession.ledger.models import Account
from aftersession.lib.money import Money
from aftersession.payments.models import Payment, Refund, RefundState
from aftersession.payments.provider import Mode, PartnerRefund
from aftersession.payments.provider import RefundState as PartnerState
from aftersession.workflows.partner_news import DoesNotFit, apply_refunds
from aftersession.workflows.refund_online import refund_online
from aftersession.workflows.use_credit import release_credit
from aftersession.workflows.watch_refunds import watch_refunds
from tests.cast import Cast, signed_in
from tests.fixtures.clock import FrozenClock
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

BACK = 200_00


class Said:
    """What the partner says of the refund, until it says something else."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, told: PartnerRefund) -> None:
        self.told = told
        monkeypatch.setattr(SandboxProvider, "fetch_refund", lambda *_a, **_k: self.told)
        monkeypatch.setattr(SandboxProvider, "list_refunds", lambda *_a, **_k: [self.told])

    def say(self, **changes: Any) -> None:
        """Say it from now on, and be heard."""
        self.told = replace(self.told, **changes)
        with contextlib.suppress(DoesNotFit):
            apply_refunds(newest_payment())


@pytest.fixture
def said(
    cast: Cast, payment: Payment, sandbox_partner: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> Said:
    """R 200.00 was asked back, and the partner says that R 150.00 went back."""
    share = InvoiceShare.objects.select_related("invoice").get()
    release_credit(share=share, amount_minor=BACK, reason="Less", actor=cast.owner, key="r")
    sandbox_partner.misbehave(hold=True, refund="pending")
    asked = refund_online(payment=newest_payment(), amount_minor=BACK, reason="A", actor=cast.owner, key="k")
    account = newest_payment().connection
    told = PartnerRefund(
        reference=asked.code,
        external_id="re_1",
        state=PartnerState.DONE,
        amount=Money(150_00, "ZAR"),
        mode=Mode.TEST,
        account=account.account if account else "",
    )
    made = Said(monkeypatch, told)
    made.say()
    return made


def asked() -> Refund:
    found: Refund = Refund.objects.get(is_made_there=False)
    return found


def page() -> str:
    return f"/refunds/{asked().code}/decision/"


def decide(browser: Client, truth: str, key: str = "d", reason: str = "Its statement") -> int:
    return browser.post(page(), {"key": key, "truth": truth, "reason": reason}).status_code


def columns() -> tuple[int, int, int]:
    """What went back, what is on its way back, and what is unused."""
    payment = newest_payment()
    return payment.refunded_minor, payment.refunding_minor, payment.unallocated_minor


def test_it_stays_reserved_and_asks_for_a_person(cast: Cast, payment: Payment, said: Said) -> None:
    assert (asked().problem, columns()) == ("amount_differs", (0, BACK, 0))
    browser = signed_in(cast.owner)
    assert "says otherwise of a refund" in browser.get("/").content.decode()
    assert page() in browser.get(f"/payments/{payment.code}/").content.decode()
    shown = browser.get(page()).content.decode().replace("\u00a0", " ")
    assert "R 200.00 was asked for. The partner says: R 150.00, Paid back." in shown


def test_what_the_partner_says_is_booked_once_with_a_reason_in_the_log(cast: Cast, said: Said) -> None:
    browser = signed_in(cast.owner)
    assert [decide(browser, "told"), decide(browser, "told")] == [302, 302]
    made = Refund.objects.get(is_made_there=True)
    assert (made.amount_minor, made.external_id, bool(made.seen_at)) == (150_00, "re_1", True)
    assert (asked().state, columns()) == (RefundState.FAILED, (150_00, 0, 50_00))
    assert book(Account.PARTNER_CLEARING) == OWED - 150_00
    told = AuditEvent.objects.get(action="payment.refund_decided")
    assert (told.reason, told.data["truth"]) == ("Its statement", "told")
    assert "says otherwise" not in browser.get("/").content.decode()
    said.say()
    assert (Refund.objects.count(), columns(), asked().problem) == (2, (150_00, 0, 50_00), "decided")
    said.say(state=PartnerState.FAILED)
    assert columns() == (0, 0, BACK)


def test_what_was_asked_may_be_true_all_the_same(cast: Cast, said: Said) -> None:
    assert decide(signed_in(cast.biller), "asked") == 302
    assert (asked().state, asked().problem, columns()) == (RefundState.DONE, "", (BACK, 0, 0))
    said.say()
    assert (asked().problem, Refund.objects.count()) == ("", 1)
    said.say(state=PartnerState.FAILED)
    assert (asked().state, columns()) == (RefundState.FAILED, (0, 0, BACK))


def test_more_than_was_asked_comes_off_what_it_had_settled(cast: Cast, said: Said) -> None:
    said.say(amount=Money(300_00, "ZAR"))
    assert decide(signed_in(cast.owner), "told") == 302
    assert (columns(), InvoiceShare.objects.get().open_minor) == ((300_00, 0, 0), 300_00)


def test_nothing_is_true_only_where_the_partner_says_so(cast: Cast, said: Said) -> None:
    browser = signed_in(cast.owner)
    assert decide(browser, "nothing") == 422
    said.say(state=PartnerState.FAILED)
    assert decide(browser, "told") == 422
    assert decide(browser, "nothing") == 302
    assert (asked().state, columns()) == (RefundState.FAILED, (0, 0, BACK))
    said.say(state=PartnerState.DONE)
    assert (asked().problem, columns()) == ("amount_differs", (0, 0, BACK))
    assert decide(browser, "told", "e") == 302
    assert (columns(), Refund.objects.count()) == ((150_00, 0, 50_00), 2)


@pytest.mark.parametrize("truth", ["told", "asked", "nothing"])
def test_while_it_is_under_way_only_the_partner_can_be_asked(cast: Cast, said: Said, truth: str) -> None:
    said.say(state=PartnerState.PENDING)
    browser = signed_in(cast.owner)
    assert decide(browser, truth) == 422
    assert decide(browser, "again", reason="") == 302
    assert (asked().problem, columns()) == ("amount_differs", (0, BACK, 0))


def test_another_currency_is_not_booked_in_this_one(cast: Cast, said: Said) -> None:
    said.say(amount=Money(150_00, "USD"))
    assert decide(signed_in(cast.owner), "told") == 422
    assert decide(signed_in(cast.owner), "asked") == 302
    assert columns() == (BACK, 0, 0)


def test_asked_again_the_partner_may_agree(cast: Cast, said: Said, frozen_clock: FrozenClock) -> None:
    said.told = replace(said.told, amount=Money(BACK, "ZAR"))
    assert decide(signed_in(cast.owner), "again", reason="") == 302
    assert (asked().state, columns()) == (RefundState.DONE, (BACK, 0, 0))
    frozen_clock.tick(days=3)
    assert watch_refunds() == 0


def test_what_the_partner_says_by_now_must_be_what_was_read(cast: Cast, said: Said) -> None:
    said.told = replace(said.told, amount=Money(120_00, "ZAR"))
    browser = signed_in(cast.owner)
    assert decide(browser, "told") == 422
    assert columns() == (0, BACK, 0)
    assert decide(browser, "told", "e") == 302
    assert columns() == (120_00, 0, 80_00)


def test_more_than_there_is_of_the_payment_is_refused_and_stays_undecided(cast: Cast, said: Said) -> None:
    said.say(amount=Money(OWED + 1, "ZAR"))
    assert decide(signed_in(cast.owner), "told") == 422
    assert (asked().problem, columns()) == ("amount_differs", (0, BACK, 0))


def test_a_reason_is_needed_and_front_desks_cannot_decide(cast: Cast, said: Said) -> None:
    assert decide(signed_in(cast.owner), "told", reason="") == 422
    assert decide(signed_in(cast.front_desk), "told") == 403
    assert columns() == (0, BACK, 0)


def test_done_after_it_was_settled_and_then_told_otherwise_can_be_set_right(cast: Cast, said: Said) -> None:
    said.say(amount=Money(BACK, "ZAR"))
    assert columns() == (BACK, 0, 0)
    said.say(amount=Money(150_00, "ZAR"))
    assert decide(signed_in(cast.owner), "told") == 302
    assert (columns(), book(Account.PARTNER_CLEARING)) == ((150_00, 0, 50_00), OWED - 150_00)
