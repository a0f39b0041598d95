# SPDX-License-Identifier: Apache-2.0
"""What the nightly look finds and fits nothing: in the tray once, as a notice of it would be."""

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client

from aftersession.audit.models import AuditEvent
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.queries import last_notice_at
from aftersession.integrations.sandbox.provider import SandboxProvider
from aftersession.integrations.tests.online import OWED, newest_payment, paid, tell
from aftersession.lib.money import Money
from aftersession.payments.models import Dispute, Payment, Payout, ProviderConnection, StrayPayment
from aftersession.payments.provider import (
    DisputeState,
    Mode,
    PartnerDispute,
    PartnerPayment,
    PartnerPayout,
    PartnerRefund,
    PaymentState,
    RefundState,
)
from aftersession.workflows.sweep_partners import sweep_connection
from tests.cast import Cast, signed_in
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")


def a_dispute(payment: Payment) -> PartnerDispute:
    connection = ProviderConnection.objects.get()
    return PartnerDispute(
        external_id="dp_1",
        payment_external_id=payment.external_id,
        state=DisputeState.OPEN,
        amount=payment.amount,
        mode=Mode(connection.mode),
        account=connection.account,
    )


def sweep_twice(connection: ProviderConnection) -> list[str]:
    """Two nights; what stands in the tray afterwards."""
    for _ in range(2):
        sweep_connection(connection, keep=keep_misfit)
    stuck = InboundEvent.objects.filter(state=InboundState.QUARANTINED)
    return [f"{each.subject}: {each.outcome}" for each in stuck]


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"amount": Money(OWED + 1, "ZAR")}, "dispute of other money"),
        ({"amount": Money(OWED, "USD")}, "dispute of other money"),
        ({"mode": Mode.LIVE}, "account or mode differs"),
        ({"account": "acct-other"}, "account or mode differs"),
        ({"payment_external_id": "pay_unknown"}, "payment not known"),
    ],
)
def test_a_dispute_that_does_not_fit_is_kept_in_sight_once(
    payment: Payment,
    connection: ProviderConnection,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, object],
    outcome: str,
) -> None:
    told = replace(a_dispute(payment), **change)  # type: ignore[arg-type]
    monkeypatch.setattr(SandboxProvider, "list_disputes", lambda *_a, **_k: [told])
    assert sweep_twice(connection) == [f"dispute: {outcome}"]
    assert (Dispute.objects.count(), newest_payment().disputed_minor) == (0, 0)


def test_one_dispute_that_does_not_fit_hides_no_other(
    payment: Payment, connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = a_dispute(payment)
    strange = replace(fits, external_id="dp_0", amount=Money(OWED, "USD"))
    monkeypatch.setattr(SandboxProvider, "list_disputes", lambda *_a, **_k: [strange, fits])
    assert sweep_twice(connection) == ["dispute: dispute of other money"]
    assert newest_payment().disputed_minor == OWED


def test_what_breaks_while_it_is_applied_is_kept_in_sight_and_hides_no_other(
    payment: Payment, connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(a_dispute(payment), external_id=None)  # type: ignore[arg-type]
    monkeypatch.setattr(SandboxProvider, "list_disputes", lambda *_a, **_k: [broken, a_dispute(payment)])
    assert len(sweep_twice(connection)) == 1
    assert newest_payment().disputed_minor == OWED


def test_a_refund_that_does_not_fit_is_kept_in_sight_once(
    payment: Payment, connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = PartnerRefund(
        reference="",
        external_id="re_1",
        state=RefundState.DONE,
        amount=Money(OWED + 1, "ZAR"),
        mode=Mode.TEST,
        account=connection.account,
    )
    monkeypatch.setattr(SandboxProvider, "list_refunds", lambda *_a, **_k: [told])
    assert sweep_twice(connection) == ["refund: refund of more than is there"]
    assert newest_payment().refunded_minor == 0


def test_a_payout_of_the_other_mode_is_not_booked_and_kept_in_sight(
    connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = PartnerPayout(
        external_id="po_1", amount=Money(1_00, "ZAR"), paid_on=date(2026, 3, 2), mode=Mode.LIVE
    )
    monkeypatch.setattr(SandboxProvider, "list_payouts", lambda *_a, **_k: [told])
    assert sweep_twice(connection) == ["payout: account or mode differs"]
    assert Payout.objects.count() == 0


@pytest.mark.parametrize("change", [{"mode": Mode.LIVE}, {"account": "acct-other"}])
def test_money_of_another_account_that_nobody_here_began_cannot_be_taken_in(
    connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    told = PartnerPayment(
        reference="THEIRS",
        external_id="pay_1",
        state=PaymentState.SUCCEEDED,
        amount=Money(1_00, "ZAR"),
        mode=Mode.TEST,
        account=connection.account,
    )
    changed = replace(told, **change)  # type: ignore[arg-type]
    monkeypatch.setattr(SandboxProvider, "list_payments", lambda *_a, **_k: [changed])
    assert sweep_twice(connection) == []
    assert StrayPayment.objects.get().reason == "wrong_account"


def test_what_a_notice_told_already_is_not_found_again(
    cast: Cast,
    connection: ProviderConnection,
    sandbox_partner: SandboxControl,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payment = paid(cast, sandbox_partner)
    told = replace(a_dispute(payment), amount=Money(OWED, "USD"))
    monkeypatch.setattr(SandboxProvider, "list_disputes", lambda *_a, **_k: [told])
    sandbox_partner.dispute(payment.reference)
    tell(connection, sandbox_partner, payment.reference)
    assert sweep_twice(connection) == ["dispute: dispute of other money"]
    assert not InboundEvent.objects.get(state=InboundState.QUARANTINED).is_found


def test_what_was_put_aside_stays_aside_the_next_night(
    cast: Cast, payment: Payment, connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [replace(a_dispute(payment), external_id=f"dp_{n}", amount=Money(1, "USD")) for n in range(2)]
    monkeypatch.setattr(SandboxProvider, "list_disputes", lambda *_a, **_k: told)
    heard_at = last_notice_at(connection)
    sweep_connection(connection, keep=keep_misfit)
    assert last_notice_at(connection) == heard_at
    first, second = InboundEvent.objects.filter(state=InboundState.QUARANTINED)
    browser = signed_in(cast.owner)
    assert "Found by the nightly look" in browser.get("/partner-money/").content.decode()
    assert put_aside(browser, first) == 302
    assert put_aside(browser, first) == 404
    assert sweep_twice(connection) == ["dispute: dispute of other money"]
    second.refresh_from_db()
    assert second.state == InboundState.QUARANTINED
    told_of = AuditEvent.objects.filter(action="notice.put_aside").values_list("subject_code", flat=True)
    assert list(told_of) == [first.code]


def test_others_cannot_put_a_notice_aside(
    cast: Cast, other_cast: Cast, payment: Payment, connection: ProviderConnection
) -> None:
    told = InboundEvent.objects.create(
        practice=cast.practice, connection=connection, provider="sandbox", event_key="e", event_type="refund.done",
        reference="U-1", raw_body=b"{}", received_at=payment.recorded_at, state=InboundState.QUARANTINED,
    )  # fmt: skip
    assert put_aside(signed_in(other_cast.owner), told) == 404
    assert put_aside(signed_in(cast.front_desk), told) == 403


def put_aside(browser: Client, notice: InboundEvent) -> int:
    answer = browser.post(f"/partner-money/notices/{notice.code}/", {"key": f"k-{notice.code}"})
    return answer.status_code
