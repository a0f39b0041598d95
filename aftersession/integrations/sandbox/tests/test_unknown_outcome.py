# SPDX-License-Identifier: Apache-2.0
"""A partner that answers badly: the outcome is unknown, and asking again finds one payment."""

from dataclasses import replace

import pytest

from aftersession.integrations.sandbox.provider import SandboxProvider
from aftersession.integrations.sandbox.tests.test_checkout import checkout_request
from aftersession.lib import http
from aftersession.payments.provider import PartnerUnavailable, PaymentState
from tests.fixtures.sandbox import SandboxControl


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("hang_up", "dropped"),
        ("500_after", "http_500"),
        ("malformed", "unreadable"),
        ("html", "unreadable"),
    ],
)
def test_an_accepted_checkout_whose_answer_is_lost_is_found_again(
    sandbox_partner: SandboxControl, fault: str, code: str
) -> None:
    provider = SandboxProvider(sandbox_partner.connect())
    request = checkout_request()
    sandbox_partner.misbehave(answer=fault)
    with pytest.raises(PartnerUnavailable) as unknown:
        provider.start_checkout(request)
    assert unknown.value.code == code
    found = provider.fetch(reference=request.reference)
    assert found is not None
    assert found.state == PaymentState.CREATED
    assert provider.start_checkout(request).external_id == found.external_id


@pytest.mark.parametrize("fault", ["500", "429"])
def test_a_busy_partner_has_done_nothing_and_may_be_asked_again(
    sandbox_partner: SandboxControl, fault: str
) -> None:
    provider = SandboxProvider(sandbox_partner.connect())
    request = checkout_request()
    sandbox_partner.misbehave(answer=fault, method="POST")
    with pytest.raises(PartnerUnavailable):
        provider.start_checkout(request)
    assert provider.fetch(reference=request.reference) is None
    assert provider.start_checkout(request).url


def test_a_slow_partner_does_not_hold_us(
    sandbox_partner: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = SandboxProvider(sandbox_partner.connect())
    sandbox_partner.misbehave(answer="slow", seconds=1)
    monkeypatch.setattr(http._client(), "timeout", 0.3)
    with pytest.raises(PartnerUnavailable) as unknown:
        provider.check_connection()
    assert unknown.value.code == "timeout"


def test_nobody_at_the_address_is_unavailable_not_refused(sandbox_partner: SandboxControl) -> None:
    gone = replace(sandbox_partner.connect(), base_url="http://127.0.0.1:9")
    with pytest.raises(PartnerUnavailable) as unknown:
        SandboxProvider(gone).check_connection()
    assert unknown.value.code == "unreachable"
