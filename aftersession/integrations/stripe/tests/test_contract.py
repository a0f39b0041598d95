# SPDX-License-Identifier: Apache-2.0
"""What we send, against the types of Stripe's own library; what we read, against its own examples.

The examples are a file that is not part of the project: `tests/contracts.py` says where it is looked for.
"""

import contextlib
import copy
import functools
import importlib
import json
import operator
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
import stripe as official
from pydantic import TypeAdapter, ValidationError

from aftersession.integrations.stripe import readers
from aftersession.integrations.stripe.client import API_VERSION
from aftersession.integrations.stripe.provider import StripeProvider
from aftersession.integrations.stripe.tests.scene import account_of, asked, now, paid, sent
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.integrations.stripe.webhooks import read_notice
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    DisputeState,
    Mode,
    NoticeRejected,
    PartnerUnavailable,
    PaymentState,
    PayoutLineKind,
    RefundRequest,
    RefundState,
    Subject,
)
from tests.contracts import contract_file

EXAMPLES = pytest.mark.contract("fixtures3.json")

# Method and path (ids as *), and where the library says what may be sent there.
PARAMS = {
    "POST checkout/sessions": "checkout._session_create_params.SessionCreateParams",
    "POST checkout/sessions/*/expire": "checkout._session_expire_params.SessionExpireParams",
    "GET checkout/sessions": "checkout._session_list_params.SessionListParams",
    "GET checkout/sessions/*": "checkout._session_retrieve_params.SessionRetrieveParams",
    "POST refunds": "_refund_create_params.RefundCreateParams",
    "GET refunds": "_refund_list_params.RefundListParams",
    "GET refunds/*": "_refund_retrieve_params.RefundRetrieveParams",
    "GET disputes": "_dispute_list_params.DisputeListParams",
    "GET payouts": "_payout_list_params.PayoutListParams",
    "GET balance_transactions": "_balance_transaction_list_params.BalanceTransactionListParams",
    "GET account": "_account_retrieve_current_params.AccountRetrieveCurrentParams",
    "GET balance": "_balance_retrieve_params.BalanceRetrieveParams",
}
PREFIXES = ("cs_", "re_", "pi_")


@functools.cache
def checker(place: str) -> TypeAdapter[Any]:
    """The library's type of a request; whatever it does not name is refused."""
    module_name, _, name = f"stripe.params.{place}".rpartition(".")
    module = importlib.import_module(module_name)
    options = importlib.import_module("stripe._request_options")
    # Names that its types use and its modules have for type checkers alone.
    names = {"StripeContext": official.StripeContext, "Mapping": Mapping}
    vars(module).update(names)
    vars(options).update(names)
    for each in vars(module).values():
        if isinstance(each, type) and each.__module__ == module_name:
            request: Any = each
            request.__pydantic_config__ = {"extra": "forbid", "arbitrary_types_allowed": True}
    return TypeAdapter(vars(module)[name])


def kind_of(method: str, path: str) -> str:
    parts = path.removeprefix("/v1/").split("/")
    return f"{method} " + "/".join("*" if part.startswith(PREFIXES) else part for part in parts)


def walk(stripe: StripeStandIn, provider: StripeProvider) -> None:
    """Everything a practice does, so every kind of request is made."""
    provider.check_connection()
    request = asked()
    page = provider.start_checkout(request)
    provider.fetch(reference=request.reference, begun_at=clock.now())
    stripe.books.pay(page.external_id)
    provider.expire(page.external_id)
    payment = now(provider, page.external_id)
    provider.fetch(external_id=payment.external_id)
    provider.list_payments(since=clock.now())
    amount = Money(10_000, "ZAR")
    back = provider.refund(
        RefundRequest(payment_external_id=payment.external_id, reference="r1", amount=amount)
    )
    provider.fetch_refund("r1", external_id=back.external_id)
    provider.list_refunds(payment_external_id=payment.external_id)
    stripe.books.dispute(payment.external_id)
    provider.list_disputes(payment_external_id=payment.external_id)
    provider.list_disputes(since=clock.now())
    stripe.books.pay_out(account_of(stripe, provider))
    provider.list_payouts(since=clock.now().date())


def test_everything_we_send_is_what_the_library_would_send(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    walk(stripe, provider)
    kinds = set()
    for call in stripe.calls:
        kind = kind_of(call.method, call.path)
        kinds.add(kind)
        checker(PARAMS[kind]).validate_python(sent(call))
    assert kinds == set(PARAMS)
    assert official.api_version == API_VERSION


def test_the_check_refuses_what_the_library_does_not_know() -> None:
    check = checker(PARAMS["POST checkout/sessions"])
    check.validate_python({"mode": "payment", "line_items": [{"quantity": "1"}]})
    for wrong in (
        {"modus": "payment"},
        {"line_items": [{"quantity": "one"}]},
        {"metadata": {"a": {"b": "c"}}},
    ):
        with pytest.raises(ValidationError):
            check.validate_python(wrong)


def test_every_state_that_the_library_knows_has_a_meaning() -> None:
    assert set(states(official.Dispute, "status")) == set(readers.DISPUTE_STATES)
    session = official.checkout.Session
    assert {status for status, _ in readers.STATES} == set(states(session, "status"))
    assert {paid for _, paid in readers.STATES} == set(states(session, "payment_status"))
    kinds = set(states(official.BalanceTransaction, "type"))
    assert kinds > set(readers.LINE_KINDS)


def states(of: type, name: str) -> Iterator[str]:
    """The words that a field of the library's may hold."""
    waiting: list[Any] = [of.__annotations__[name]]
    while waiting:
        each = waiting.pop()
        if str(typing.get_origin(each)) == str(Literal):
            yield from typing.get_args(each)
        else:
            waiting += typing.get_args(each)


@functools.cache
def _examples(path: str) -> Mapping[str, dict[str, Any]]:
    with open(path, encoding="utf-8") as file:
        resources: Mapping[str, dict[str, Any]] = json.load(file)["resources"]
    return resources


def example(name: str, **changes: object) -> dict[str, Any]:
    """Stripe's own example of an object, with these things about it changed."""
    return {**_examples(str(contract_file("fixtures3.json")))[name], **changes}


@EXAMPLES
def test_the_example_session_is_read(stripe: StripeStandIn, provider: StripeProvider) -> None:
    # It has no money, as one that only keeps a card: nothing is known of a payment.
    stripe.say(example("checkout.session"))
    with pytest.raises(PartnerUnavailable):
        provider.fetch(external_id="cs_1")
    money = {"amount_total": 1_099, "currency": "usd", "client_reference_id": "PAY-1"}
    stripe.say(example("checkout.session", **money))
    found = now(provider, "cs_1")
    assert (found.state, found.amount, found.reference) == (
        PaymentState.CREATED,
        Money(1_099, "USD"),
        "PAY-1",
    )
    stripe.say(example("checkout.session", **money))
    assert provider.start_checkout(asked()).url.startswith("https://checkout.stripe.com/")
    # Paid, with everything expanded that we ask to be.
    booked = example("balance_transaction", fee=62)
    charge = example("charge", balance_transaction=booked)
    intent = example("payment_intent", latest_charge=charge, status="succeeded")
    whole = {**money, "status": "complete", "payment_status": "paid", "payment_intent": intent}
    stripe.say(example("checkout.session", **whole))
    found = now(provider, "cs_1")
    assert (found.state, found.external_id) == (PaymentState.SUCCEEDED, intent["id"])
    assert (found.fee, found.mode) == (Money(62, "USD"), Mode.TEST)
    assert found.paid_at == datetime.fromtimestamp(1234567890, UTC)
    # A bank is still asked, or has said no.
    for status, state in (("processing", PaymentState.PENDING), ("canceled", PaymentState.FAILED)):
        waiting = {"payment_status": "unpaid", "payment_intent": example("payment_intent", status=status)}
        stripe.say(example("checkout.session", **{**whole, **waiting}))
        assert now(provider, "cs_1").state is state


@EXAMPLES
def test_the_example_account_and_balance_are_read() -> None:
    told = readers.read_account(example("account"), example("balance"))
    assert (told.account, told.mode, told.currencies) == ("acct_1PgafTB7WZ01zgkW", Mode.TEST, ("USD",))


@EXAMPLES
def test_the_example_refund_is_read(stripe: StripeStandIn, provider: StripeProvider) -> None:
    made = example("refund")
    stripe.say({"object": "list", "data": [made], "has_more": False})
    (refund,) = provider.list_refunds(payment_external_id="pi_1")
    assert (refund.external_id, refund.reference) == (made["id"], "")
    assert (refund.state, refund.amount) == (RefundState.DONE, Money(100, "USD"))
    stripe.say(example("refund", status="failed", failure_reason="expired_or_canceled_card", metadata=None))
    found = provider.fetch_refund("r1", external_id=made["id"])
    assert found is not None
    assert (found.state, found.problem) == (RefundState.FAILED, "expired_or_canceled_card")


@EXAMPLES
def test_the_example_dispute_is_read() -> None:
    assert not readers.read_dispute(example("dispute"), account="acct_1").state.has_taken_money
    taken = example("balance_transaction", amount=-1_000, fee=1_500, net=-2_500)
    made = example("dispute", status="needs_response", balance_transactions=[taken])
    dispute = readers.read_dispute(made, account="acct_1")
    assert (dispute.state, dispute.amount) == (DisputeState.OPEN, Money(1_000, "USD"))
    assert (dispute.fee, dispute.payment_external_id) == (Money(1_500, "USD"), made["charge"])
    assert dispute.respond_by == datetime.fromtimestamp(1723679999, UTC)


@EXAMPLES
def test_the_example_payout_is_read(stripe: StripeStandIn, provider: StripeProvider) -> None:
    lines = [
        example("balance_transaction", source=example("charge", payment_intent="pi_1")),
        example("balance_transaction", type="refund", amount=-10, source=example("refund")),
        example("balance_transaction", type="adjustment", amount=-1, source=example("dispute")),
        example("balance_transaction", type="stripe_fee", amount=-2, source=None),
        example("balance_transaction", type="topup", exchange_rate=0.9371),
        example("balance_transaction", type="payout", amount=-1_100),
    ]
    stripe.say({"object": "list", "data": [example("payout", status="paid")], "has_more": False})
    stripe.say({"object": "list", "data": lines, "has_more": False})
    (payout,) = provider.list_payouts(since=clock.now().date())
    assert (payout.amount, payout.mode) == (Money(1_100, "USD"), Mode.TEST)
    kind = PayoutLineKind
    assert [line.kind for line in payout.lines] == [
        kind.PAYMENT,
        kind.REFUND,
        kind.DISPUTE,
        kind.FEE,
        kind.OTHER,
    ]
    assert payout.lines[0].external_id == "pi_1"


BAD: tuple[object, ...] = (None, 0, -1, 10**30, 1.5, True, "", "x", "\u0000", [], ["x"], {}, {"id": 7})
READ: dict[str, Callable[[dict[str, Any]], object]] = {
    "checkout.session": lambda thing: (
        readers.read_session(thing, account="acct_1"),
        readers.last_change_of(thing),
        readers.read_checkout(thing),
    ),
    "refund": lambda thing: readers.read_refund(thing, account="acct_1", mode=Mode.TEST),
    "dispute": lambda thing: readers.read_dispute(thing, account="acct_1"),
    "payout": lambda thing: readers.read_payout(thing, []),
    "balance_transaction": readers.read_line,
    "account": lambda thing: readers.read_account(thing, example("balance")),
    "balance": lambda thing: readers.read_account(example("account"), thing),
}


@EXAMPLES
@pytest.mark.parametrize("name", READ)
def test_an_example_with_any_field_spoiled_is_read_or_tells_nothing(name: str) -> None:
    booked = example("balance_transaction")
    intent = example("payment_intent", latest_charge=example("charge", balance_transaction=booked))
    money = {"amount_total": 1, "currency": "usd", "status": "complete", "payment_intent": intent}
    good: dict[str, dict[str, Any]] = {
        "checkout.session": {**money, "payment_status": "paid"},
        "dispute": {"status": "lost", "balance_transactions": [booked]},
        "balance_transaction": {"source": example("charge")},
    }
    whole = example(name, **good.get(name, {}))
    READ[name](whole)
    places: list[tuple[str, ...]] = [(field,) for field in whole]
    if name == "checkout.session":
        places += [("payment_intent", "latest_charge", field) for field in example("charge")]
        places += [("payment_intent", "latest_charge", "balance_transaction", field) for field in booked]
    for *way, last in places:
        for bad in BAD:
            spoiled = copy.deepcopy(whole)
            inner: Any = functools.reduce(operator.getitem, way, spoiled)
            inner[last] = bad
            with contextlib.suppress(PartnerUnavailable):
                READ[name](spoiled)


@EXAMPLES
def test_the_example_event_is_kept(stripe: StripeStandIn) -> None:
    signed = stripe.signed(json.dumps(example("event")).encode(), "whsec_1")
    notice = read_notice(signed.body, signed.headers, secrets=["whsec_1"], mode=Mode.TEST)
    assert (notice.subject, notice.event_type) == (Subject.OTHER, "plan.created")
    session = example("checkout.session")
    event = example("event", type="checkout.session.completed", data={"object": session})
    signed = stripe.signed(json.dumps(event).encode(), "whsec_1")
    notice = read_notice(signed.body, signed.headers, secrets=["whsec_1"], mode=Mode.TEST)
    assert (notice.subject, notice.external_id) == (Subject.PAYMENT, session["payment_intent"])
    for field in event:
        for bad in BAD:
            signed = stripe.signed(json.dumps({**event, field: bad}).encode(), "whsec_1")
            with contextlib.suppress(NoticeRejected):
                read_notice(signed.body, signed.headers, secrets=["whsec_1"], mode=Mode.TEST)


@EXAMPLES
def test_the_stand_in_answers_with_nothing_that_stripe_does_not(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    walk(stripe, provider)
    paid(stripe, provider)
    for thing in stripe.books.by_id.values():
        official_one = example(thing["object"])
        assert set(thing) <= set(official_one) | {"failure_reason"}, thing["object"]
        for name, value in thing.items():
            theirs = official_one.get(name)
            if value is not None and theirs is not None:
                assert type(value) is type(theirs), f"{thing['object']}.{name}"
