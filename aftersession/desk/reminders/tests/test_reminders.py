# SPDX-License-Identifier: Apache-2.0
"""The pages of reminders: what they say, who may press what, and that a form is kept when it is refused."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from aftersession.lib import clock
from aftersession.messaging.models import Message, MessageState
from aftersession.practices.tenancy import practice_scope
from aftersession.reminders.models import Hold, Reminder, ReminderStep
from aftersession.reminders.queries import ladder_of
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.outcome import Outcome
from tests.billing import complete, share_of
from tests.cast import Cast, make_patient, signed_in
from tests.fixtures.clock import FrozenClock


@pytest.fixture
def sent(cast: Cast, frozen_clock: FrozenClock) -> Outcome:
    """An invoice that left on Wednesday 11 March."""
    outcome = complete(cast, Step.SEND)
    with practice_scope(cast.practice):
        Message.objects.update(state=MessageState.SENDING)
        Message.objects.update(state=MessageState.SENT, sent_at=clock.now())
    return outcome


@pytest.fixture
def client(cast: Cast) -> Client:
    return signed_in(cast.biller)


def invoice_page(client: Client, of: Outcome) -> str:
    return unescape(client.get(reverse("desk:invoice_detail", args=[of.invoice_code])).content.decode())


def press(client: Client, cast: Cast, of: Outcome, route: str, **fields: str) -> int:
    address = reverse(f"desk:share_{route}", args=[share_of(cast, of).code])
    return client.post(address, {"key": f"{route}1", **fields}).status_code


def test_an_invoice_says_when_the_next_reminder_goes_and_where_to(
    client: Client, sent: Outcome, cast: Cast
) -> None:
    assert "Next reminder on Friday 13 March, to naledi@example.com." in invoice_page(client, sent)


def test_a_reminder_of_today_says_so(
    client: Client, sent: Outcome, cast: Cast, frozen_clock: FrozenClock
) -> None:
    frozen_clock.tick(days=2)
    assert "Next reminder today, to naledi@example.com." in invoice_page(client, sent)
    frozen_clock.tick(hours=5)
    assert "Next reminder on Saturday 14 March" in invoice_page(signed_in(cast.biller), sent)


def test_an_insurers_account_has_no_reminders_to_show(client: Client, cast: Cast) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    assert 'id="reminders"' not in invoice_page(client, outcome)
    for route in ("remind", "promise", "dispute", "pause", "resume"):
        assert press(client, cast, outcome, route, reason="x") == 404


def test_a_promise_stands_on_the_invoice_and_in_its_history(
    client: Client, sent: Outcome, cast: Cast
) -> None:
    assert press(client, cast, sent, "promise", until_on="2026-03-20", reason="After pay day") == 302
    page = invoice_page(client, sent)
    assert "No reminders: promised to pay by Friday 20 March. After pay day" in page
    assert "Promised to pay" in page.partition('id="history"')[2]
    assert press(client, cast, sent, "resume") == 302
    assert "Next reminder on Friday 13 March" in invoice_page(client, sent)


@pytest.mark.parametrize(
    ("route", "fields", "said"),
    [
        ("dispute", {"reason": "Was not there"}, "No reminders: disputed. Was not there"),
        ("pause", {"reason": "Away"}, "No reminders: paused. Away"),
        ("pause", {"reason": "Away", "until_on": "2026-03-31"}, "paused until Tuesday 31 March. Away"),
    ],
)
def test_what_holds_reminders_back_is_said_with_its_reason(
    client: Client, sent: Outcome, cast: Cast, route: str, fields: dict[str, str], said: str
) -> None:
    assert press(client, cast, sent, route, **fields) == 302
    assert said in invoice_page(client, sent)


@pytest.mark.parametrize(
    ("route", "fields"),
    [
        ("promise", {"until_on": "2026-03-10"}),
        ("promise", {"until_on": "soon"}),
        ("promise", {}),
        ("dispute", {"reason": " "}),
        ("pause", {"reason": "x" * 301}),
        ("resume", {}),
    ],
)
def test_a_form_that_cannot_be_used_is_shown_again(
    client: Client, sent: Outcome, cast: Cast, route: str, fields: dict[str, str]
) -> None:
    assert press(client, cast, sent, route, **fields) == 422
    assert not Hold.unscoped.exists()


def test_a_reminder_by_hand_is_shown_before_it_is_sent_once(
    client: Client, sent: Outcome, cast: Cast
) -> None:
    address = reverse("desk:share_remind", args=[share_of(cast, sent).code])
    asked = unescape(client.get(address).content.decode())
    assert "A friendly reminder" in asked and "Send to naledi@example.com" in asked
    for _ in range(2):
        assert client.post(address, {"key": "k", "send_to": cast.adult.email}).status_code == 302
    assert Reminder.unscoped.count() == 1
    page = invoice_page(client, sent)
    assert "Reminder to naledi@example.com waits to be sent" in page
    assert "Next reminder on Monday 16 March" in page


def test_a_client_is_paused_and_resumed(client: Client, sent: Outcome, cast: Cast) -> None:
    page = reverse("desk:patient_detail", args=[cast.adult.code])
    assert "Next reminder on Friday 13 March" in client.get(page).content.decode()
    pause = reverse("desk:patient_pause", args=[cast.adult.code])
    assert client.post(pause, {"key": "p", "reason": "Ill"}).status_code == 302
    assert "No reminders: paused for Naledi Mokoena. Ill" in client.get(page).content.decode()
    assert "No reminders: paused for Naledi Mokoena. Ill" in invoice_page(client, sent)
    resume = reverse("desk:patient_resume", args=[cast.adult.code])
    assert client.post(resume, {"key": "r"}).status_code == 302
    assert "Next reminder on Friday 13 March" in client.get(page).content.decode()


def test_a_client_who_owes_nothing_is_told_of_calmly(client: Client, cast: Cast) -> None:
    somebody = make_patient(cast.practice, "Zola", "Khumalo")
    page = client.get(reverse("desk:patient_detail", args=[somebody.code])).content.decode()
    assert "Nothing is open, so nobody is reminded." in page


def test_a_page_with_reminders_asks_no_more_the_more_there_are(
    client: Client, sent: Outcome, cast: Cast, frozen_clock: FrozenClock, query_count: object
) -> None:
    from tests.fixtures.database import QueryCount

    count: QueryCount = query_count  # type: ignore[assignment]
    page = reverse("desk:patient_detail", args=[cast.adult.code])
    client.get(page)
    with count() as few:
        client.get(page)
    for _ in range(4):
        complete(cast, Step.SEND)
    with count() as many:
        client.get(page)
    assert len(many) == len(few)


def step_form(**fields: str) -> dict[str, str]:
    return {
        "key": "k",
        "days": "9",
        "is_on": "on",
        "subject": "Open",
        "body": "Dear {name}, {open}",
        **fields,
    }


def test_owners_see_the_ladder_and_add_a_step(cast: Cast) -> None:
    owner = signed_in(cast.owner)
    page = owner.get(reverse("desk:reminder_ladder")).content.decode()
    assert "2 and 5 days after the invoice was sent" in page
    assert owner.post(reverse("desk:reminder_step_new"), step_form()).status_code == 302
    assert [step.days for step in ladder_of(cast.practice)] == [2, 5, 9]


def test_a_letter_is_looked_at_before_it_is_kept(cast: Cast, sent: Outcome) -> None:
    response = signed_in(cast.owner).post(reverse("desk:reminder_step_new"), step_form(preview="1"))
    assert response.status_code == 200
    assert "Dear Naledi, R\u00a0950.00" in unescape(response.content.decode())
    assert len(ladder_of(cast.practice)) == 2


def test_a_practice_without_invoices_sees_an_invented_example(cast: Cast) -> None:
    page = unescape(signed_in(cast.owner).get(reverse("desk:reminder_step_new")).content.decode())
    assert "An invented example" in page and "Dear Alex" in page


@pytest.mark.parametrize(
    "fields",
    [{"days": "2"}, {"days": "0"}, {"days": ""}, {"body": "Dear {who}"}, {"subject": ""}, {"body": ""}],
)
@pytest.mark.parametrize("button", [{}, {"preview": "1"}])
def test_a_step_that_is_refused_keeps_what_was_typed(
    cast: Cast, fields: dict[str, str], button: dict[str, str]
) -> None:
    response = signed_in(cast.owner).post(reverse("desk:reminder_step_new"), step_form(**fields, **button))
    assert response.status_code == (200 if button and fields == {"days": "2"} else 422)
    assert "Dear {" in response.content.decode() or fields.get("body") == ""
    assert len(ladder_of(cast.practice)) == 2


def test_a_step_is_changed_and_removed(cast: Cast) -> None:
    owner, step = signed_in(cast.owner), ladder_of(cast.practice)[0]
    address = reverse("desk:reminder_step_edit", args=[step.code])
    form = owner.get(address).context["form"]
    fields = step_form(days="3", is_on="", seen=form.initial["seen"])
    assert owner.post(address, fields).status_code == 302
    changed = ReminderStep.unscoped.get(pk=step.pk)
    assert (changed.days, changed.is_on, changed.body) == (3, False, "Dear {name}, {open}")
    assert owner.post(address, {"key": "r", "remove": "1"}).status_code == 302
    assert owner.get(address).status_code == 404


def test_the_ladder_is_the_owners(cast: Cast) -> None:
    step = ladder_of(cast.practice)[0]
    for member in (cast.practitioner, cast.front_desk, cast.biller):
        for address in (
            reverse("desk:reminder_ladder"),
            reverse("desk:reminder_step_new"),
            reverse("desk:reminder_step_edit", args=[step.code]),
        ):
            assert signed_in(member).get(address).status_code == 403


def test_days_of_a_pause_lie_ahead(client: Client, sent: Outcome, cast: Cast) -> None:
    yesterday = (clock.today(cast.practice.time_zone) - timedelta(days=1)).isoformat()
    assert press(client, cast, sent, "pause", reason="Away", until_on=yesterday) == 422
