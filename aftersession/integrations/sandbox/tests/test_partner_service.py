# SPDX-License-Identifier: Apache-2.0
"""The partner on its own: its page for payers, its deliveries, its life as a process."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from aftersession.integrations.sandbox.provider import SandboxProvider
from aftersession.integrations.sandbox.tests.test_checkout import checkout_request
from aftersession.payments.provider import (
    ConnectionSettings,
    InboundNotice,
    Mode,
    NoticeRejected,
    PaymentState,
)
from tests.fixtures.sandbox import SandboxControl


@dataclass
class Receiver:
    """Stands where the product's address for notices would be."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    taken: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    def wait_for(self, count: int) -> list[tuple[bytes, dict[str, str]]]:
        wait_until(lambda: len(self.taken) >= count)
        return self.taken


def wait_until(is_true: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = found.answers.pop(0) if found.answers else 200
            self.send_response(status)
            self.end_headers()
            found.taken.append((body, dict(self.headers)))

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/webhooks/sandbox/abc/"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def provider(sandbox_partner: SandboxControl) -> SandboxProvider:
    return SandboxProvider(sandbox_partner.connect())


def start(provider: SandboxProvider, receiver: Receiver) -> tuple[str, str]:
    """Begin a checkout whose news go to the receiver; its reference and page."""
    request = replace(checkout_request(), webhook_url=receiver.url)
    return request.reference, provider.start_checkout(request).url


def read(provider: SandboxProvider, taken: list[tuple[bytes, dict[str, str]]]) -> list[InboundNotice]:
    return [provider.verify_and_parse(body, headers) for body, headers in taken]


def test_every_change_is_told_and_signed(provider: SandboxProvider, receiver: Receiver) -> None:
    reference, page = start(provider, receiver)
    receiver.wait_for(1)
    httpx.post(page, data={"card": "4242 4242 4242 4242"}, trust_env=False)
    notices = read(provider, receiver.wait_for(2))
    assert [notice.event_type for notice in notices] == ["payment.created", "payment.succeeded"]
    assert {notice.reference for notice in notices} == {reference}


def test_a_notice_that_was_not_taken_comes_again(provider: SandboxProvider, receiver: Receiver) -> None:
    receiver.answers = [500, 503]
    start(provider, receiver)
    notices = read(provider, receiver.wait_for(3))
    assert len({notice.event_key for notice in notices}) == 1


def test_copies_are_copies_of_one_event(
    provider: SandboxProvider, receiver: Receiver, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(copies=5)
    start(provider, receiver)
    assert len({notice.event_key for notice in read(provider, receiver.wait_for(5))}) == 1


def test_held_notices_come_in_the_order_asked_for(
    provider: SandboxProvider, receiver: Receiver, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(hold=True)
    _, page = start(provider, receiver)
    sandbox_partner.pay(page)
    sandbox_partner.deliver(reverse=True)
    told = [notice.event_type for notice in read(provider, receiver.wait_for(2))]
    assert told == ["payment.succeeded", "payment.created"]


def test_what_is_forgotten_holds_up_nothing_that_comes_after(
    provider: SandboxProvider, receiver: Receiver, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(hold=True, copies=200)
    start(provider, receiver)
    sandbox_partner.forget()
    sandbox_partner.misbehave(hold=True)
    reference, _ = start(provider, receiver)
    sandbox_partner.deliver()
    assert [notice.reference for notice in read(provider, receiver.wait_for(1))] == [reference]


def test_a_forged_notice_is_refused(
    provider: SandboxProvider, receiver: Receiver, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(forge=True)
    start(provider, receiver)
    with pytest.raises(NoticeRejected):
        read(provider, receiver.wait_for(1))


def test_a_dropped_notice_never_comes_but_the_payment_is_there(
    provider: SandboxProvider, receiver: Receiver, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(drop=True)
    reference, page = start(provider, receiver)
    sandbox_partner.pay(page)
    assert sandbox_partner.notices(reference) == []
    found = provider.fetch(reference=reference)
    assert found is not None
    assert found.state == PaymentState.SUCCEEDED


def test_a_new_secret_signs_from_then_on(
    provider: SandboxProvider, receiver: Receiver, sandbox_partner: SandboxControl
) -> None:
    fresh = sandbox_partner.rotate_webhook_secret(provider.settings)
    start(provider, receiver)
    both = replace(provider.settings, webhook_secrets=(fresh, *provider.settings.webhook_secrets))
    taken = receiver.wait_for(1)
    assert read(SandboxProvider(both), taken)
    with pytest.raises(NoticeRejected):
        read(provider, taken)


def test_the_page_says_that_no_real_money_moves(provider: SandboxProvider, receiver: Receiver) -> None:
    _, page = start(provider, receiver)
    shown = httpx.get(page, trust_env=False)
    assert "Sandbox partner, no real money" in shown.text
    assert "ZAR 950.00" in shown.text
    assert "4000 0000 0000 0002" in shown.text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]


def test_the_page_keeps_a_number_it_does_not_know(provider: SandboxProvider, receiver: Receiver) -> None:
    _, page = start(provider, receiver)
    answer = httpx.post(page, data={"card": '"><b>4111'}, trust_env=False)
    assert answer.status_code == 422
    assert "&quot;&gt;&lt;b&gt;4111" in answer.text
    assert "<b>" not in answer.text


def test_a_payer_may_cancel(provider: SandboxProvider, receiver: Receiver) -> None:
    reference, page = start(provider, receiver)
    answer = httpx.post(f"{page}/cancel", trust_env=False)
    assert answer.status_code == 303
    found = provider.fetch(reference=reference)
    assert found is not None
    assert found.state == PaymentState.ABANDONED


def test_control_is_not_for_pages_in_a_browser(sandbox_partner: SandboxControl) -> None:
    answer = httpx.put(f"{sandbox_partner.url}/control/mischief", json={}, trust_env=False)
    assert answer.status_code == 403


def test_a_page_that_was_never_made_is_not_found(sandbox_partner: SandboxControl) -> None:
    assert httpx.get(f"{sandbox_partner.url}/pay/co_none", trust_env=False).status_code == 404


def test_it_runs_as_a_process_and_keeps_its_books(tmp_path: Path, receiver: Receiver) -> None:
    key, pending = "sk_test_demo_abcdefgh12", "4000 0000 0000 3220"
    with running_process(tmp_path, f"{key}:whsec_demo") as url:
        provider = connected(url, key)
        reference, page = start(provider, receiver)
        httpx.post(page, data={"card": pending}, trust_env=False)
    with running_process(tmp_path, f"{key}:whsec_demo") as url:
        found = connected(url, key).fetch(reference=reference)
        assert found is not None
        assert found.state == PaymentState.PENDING
    assert read(provider, receiver.taken)


def connected(url: str, key: str) -> SandboxProvider:
    return SandboxProvider(
        ConnectionSettings(
            base_url=url,
            account="demo",
            mode=Mode.TEST,
            api_key=key,
            webhook_secrets=("whsec_demo",),
        )
    )


@contextmanager
def running_process(data: Path, accounts: str) -> Iterator[str]:
    """The partner as the demo starts it; ends on TERM with nothing left behind."""
    process = subprocess.Popen(
        [sys.executable, "-m", "aftersession.integrations.sandbox.partner", "--data", str(data)],
        env={**os.environ, "SANDBOX_ACCOUNTS": accounts},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().removeprefix("Sandbox partner: ").strip()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        process.stdout.close()
