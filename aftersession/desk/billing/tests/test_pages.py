# SPDX-License-Identifier: Apache-2.0
"""The pages of billing through their addresses: what they say, who may, and what they refuse."""

from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from aftersession.billing.models import Invoice
from aftersession.claims.models import Claim
from aftersession.desk.billing.details import CORRECTORS
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.payments.actions import Origin, PaymentInput, receive_payment
from aftersession.payments.models import Payment
from aftersession.practices.actors import SystemActor
from aftersession.practices.models import Member, Role
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from config.policy import POLICY
from tests.billing import cash, complete, invoice_of, share_of
from tests.cast import Cast, ended_appointment, make_patient, signed_in
from tests.fixtures.clock import FrozenClock
from tests.fixtures.database import QueryCount

ROLES = ("owner", "practitioner", "front_desk", "biller")


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def sent(cast: Cast) -> Outcome:
    return complete(cast, Step.SEND)


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode().replace("\u00a0", " ")


def posted(client: Client, address: str, status: int = 302, /, **data: str) -> str:
    answer = client.post(address, {"key": new_code(), **data})
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode().replace("\u00a0", " ")


def paid_in_cash(amount: str = "950.00", **data: str) -> dict[str, str]:
    today = clock.now().date().isoformat()
    return {"amount": amount, "received_on": today, "method": "cash", "send_to": "", **data}


# One invoice


@pytest.mark.parametrize(
    ("step", "payment_type", "sentence", "label"),
    [
        (Step.SAVE, PaymentType.OTHER, "A draft for", "Draft"),
        (Step.SEND, PaymentType.OTHER, "owes", "Sending"),
        (Step.REQUEST_PAYMENT, PaymentType.ONLINE, "owes", "Copy pay link"),
        (Step.SEND_RECEIPT, PaymentType.OTHER, "Nothing is owed", "Paid"),
        (Step.GENERATE, PaymentType.INSURANCE, "Send it by", "Waiting for insurer"),
    ],
)
def test_the_page_says_who_owes_what(
    cast: Cast, owner: Client, step: Step, payment_type: str, sentence: str, label: str
) -> None:
    outcome = complete(cast, step, payment_type, payment=cash() if step is Step.SEND_RECEIPT else None)
    page = shown(owner, f"/invoices/{outcome.invoice_code}/")
    assert sentence in page and label in page and "Individual therapy" in page


def test_an_insurers_account_has_no_pay_link_and_goes_out_by_its_claim_only(
    cast: Cast, owner: Client
) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    page = shown(owner, f"/invoices/{outcome.invoice_code}/")
    assert "data-copy" not in page and f"{outcome.invoice_code}/messages/" not in page
    assert "23 March 2027" in page and "31 March 2027" in page


def test_a_payment_shows_in_balance_and_history(cast: Cast, owner: Client, sent: Outcome) -> None:
    posted(owner, f"/invoices/{sent.invoice_code}/payments/", **paid_in_cash("450.00"))
    page = shown(owner, f"/invoices/{sent.invoice_code}/")
    assert "Why R 500.00" in page and "−R 450.00" in page and "RCT-000001" in page
    assert "Naledi Mokoena paid R 450.00" in page


def test_money_left_over_is_in_sight(cast: Cast, owner: Client) -> None:
    with practice_scope(cast.practice):
        payment = receive_payment(
            PaymentInput("online", clock.now().date(), 950_00),
            Origin(from_name="Naledi Mokoena", patient=cast.adult),
            currency="ZAR",
            actor=SystemActor(cast.practice),
            tray_reason="nothing_open",
        )
    assert "R 950.00</b> settles nothing yet" in shown(owner, "/payments/")
    assert "Nothing was open any more" in shown(owner, "/payments/?tab=tray")
    assert "settles nothing</b> yet" in shown(owner, f"/payments/{payment.code}/")


# Recording money


@pytest.mark.parametrize(
    "amount",
    ["950.01", "0", "-1", "1e3", "NaN", "1,234.56.7", "９５０", "10" * 15, "0.005", "", "<b>", "9\x000"],
)
def test_an_amount_that_cannot_be_is_refused_and_kept(owner: Client, sent: Outcome, amount: str) -> None:
    address = f"/invoices/{sent.invoice_code}/payments/"
    page = posted(owner, address, 422, **paid_in_cash(amount, reference="Slip 20931"))
    assert 'value="Slip 20931"' in page and not Payment.unscoped.exists()


def test_the_refusal_says_what_is_open(owner: Client, sent: Outcome) -> None:
    page = posted(owner, f"/invoices/{sent.invoice_code}/payments/", 422, **paid_in_cash("950.01"))
    assert "Only R 950.00 is still open" in page


@pytest.mark.parametrize("day", ["2999-01-01", "0000-00-00", "2026-02-29", "tomorrow", ""])
def test_a_day_that_cannot_be_is_refused(owner: Client, sent: Outcome, day: str) -> None:
    address = f"/invoices/{sent.invoice_code}/payments/"
    posted(owner, address, 422, **paid_in_cash(received_on=day))
    assert not Payment.unscoped.exists()


def test_the_same_form_twice_pays_once(owner: Client, sent: Outcome) -> None:
    form = paid_in_cash("100.00", key="k1")
    for _ in range(2):
        posted(owner, f"/invoices/{sent.invoice_code}/payments/", **form)
    assert Payment.unscoped.count() == 1


def test_the_same_key_with_another_amount_changes_nothing(owner: Client, sent: Outcome) -> None:
    posted(owner, f"/invoices/{sent.invoice_code}/payments/", **paid_in_cash("100.00", key="k1"))
    page = posted(owner, f"/invoices/{sent.invoice_code}/payments/", 422, **paid_in_cash("200.00", key="k1"))
    assert "other contents" in page and Payment.unscoped.count() == 1


def test_an_insurer_is_marked_as_paid_in_part(cast: Cast, owner: Client) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    form = {"amount": "637.50", "received_on": clock.now().date().isoformat(), "reference": "RA-1"}
    posted(owner, f"/invoices/{outcome.invoice_code}/payments/", **form)
    assert share_of(cast, outcome).open_minor == 312_50
    page = shown(owner, f"/invoices/{outcome.invoice_code}/")
    assert "Part paid" in page and "637.50</b>. The rest" in page


# Corrections


def test_voiding_needs_a_reason_and_leads_to_the_session(owner: Client, sent: Outcome) -> None:
    address = f"/invoices/{sent.invoice_code}/void/"
    posted(owner, address, 422, reason=" ")
    answer = owner.post(address, {"key": "k1", "reason": "Billed twice"})
    assert answer["Location"] == f"/appointments/{sent.appointment_code}/"
    assert Invoice.unscoped.get().void_reason == "Billed twice"


def test_voiding_what_is_paid_says_what_to_do_first(owner: Client, sent: Outcome) -> None:
    posted(owner, f"/invoices/{sent.invoice_code}/payments/", **paid_in_cash("1.00"))
    page = posted(owner, f"/invoices/{sent.invoice_code}/void/", 422, reason="Billed twice")
    assert "Reverse the payment" in page and Invoice.unscoped.get().state == "issued"


def test_a_reversal_leads_back_to_what_is_owed_again(cast: Cast, owner: Client, sent: Outcome) -> None:
    posted(owner, f"/invoices/{sent.invoice_code}/payments/", **paid_in_cash())
    code = Payment.unscoped.get().code
    answer = owner.post(f"/payments/{code}/reversal/", {"key": "k1", "reason": "Wrong client"})
    assert answer["Location"] == f"/invoices/{sent.invoice_code}/"
    assert share_of(cast, sent).open_minor == 950_00
    with practice_scope(cast.practice):
        assert list(check_invariants()) == []


def test_sending_again_refuses_an_address_that_is_not_theirs(owner: Client, sent: Outcome) -> None:
    posted(owner, f"/invoices/{sent.invoice_code}/messages/", 422, send_to="else@example.com")
    posted(owner, f"/invoices/{sent.invoice_code}/messages/", send_to="naledi@example.com")
    assert Message.unscoped.filter(kind="invoice").count() == 2


def test_a_session_draft_is_undone_and_a_claim_sent_from_the_worklist(cast: Cast, owner: Client) -> None:
    account = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    claim = Claim.unscoped.get()
    assert "Not sent yet" in shown(owner, "/claims/")
    posted(owner, f"/claims/{claim.code}/submissions/", send_to=cast.payer.claims_email)
    assert "Claim submitted" in shown(owner, f"/invoices/{account.invoice_code}/")


def test_an_insurer_without_an_address_says_how_to_mend_it(cast: Cast, owner: Client) -> None:
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    claim = Claim.unscoped.get()
    with practice_scope(cast.practice):
        type(cast.payer).objects.update(claims_email="")
    page = shown(owner, f"/claims/{claim.code}/submissions/")
    assert "has no e-mail address for claims" in page and f"/settings/insurers/{cast.payer.code}/" in page
    posted(owner, f"/claims/{claim.code}/submissions/", 422, send_to="")


def test_a_draft_is_finalised_by_its_buttons(cast: Cast, owner: Client) -> None:
    draft = complete(cast, Step.SAVE)
    address = f"/invoices/{draft.invoice_code}/finalisation/"
    posted(owner, address, 422, step="request_payment", send_to="naledi@example.com")
    posted(owner, address, step="send", send_to="naledi@example.com", amount="nonsense")
    assert invoice_of(cast, draft).number_label == "INV-000001"
    posted(owner, address, step="send", send_to="naledi@example.com")
    assert Invoice.unscoped.filter(number__isnull=False).count() == 1


# Papers


def test_a_document_is_downloaded_by_itself_and_under_its_number(owner: Client, sent: Outcome) -> None:
    answer = owner.get(f"/invoices/{sent.invoice_code}/document.pdf")
    assert answer["Content-Type"] == "application/pdf" and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith('attachment; filename="INV-000001.pdf"')
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "INV-000001" in PdfReader(BytesIO(answer.content)).pages[0].extract_text()


def test_the_paid_invoice_stands_as_long_as_it_is_true(cast: Cast, owner: Client) -> None:
    outcome = complete(cast, Step.SEND_RECEIPT, payment=cash())
    paper = f"/invoices/{outcome.invoice_code}/paid.pdf"
    assert owner.get(paper).status_code == 404
    posted(owner, f"/invoices/{outcome.invoice_code}/paid/")
    assert owner.get(paper)["Content-Disposition"].startswith('attachment; filename="INV-000001-paid.pdf"')
    posted(owner, f"/payments/{outcome.payment_code}/reversal/", reason="Bounced")
    assert owner.get(paper).status_code == 404


def test_a_draft_has_no_document(cast: Cast, owner: Client) -> None:
    draft = complete(cast, Step.SAVE)
    assert owner.get(f"/invoices/{draft.invoice_code}/document.pdf").status_code == 404


# Lists


def test_tabs_filters_and_search_find_what_they_say(cast: Cast, owner: Client) -> None:
    complete(cast, Step.SAVE)
    sent = complete(cast, Step.SEND)
    complete(cast, Step.SEND_RECEIPT, payment=cash())
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    reference = invoice_of(cast, sent).payment_reference
    expected = {
        "": ["INV-000001", "INV-000002", "INV-000003"],
        "?tab=client": ["INV-000001"],
        "?tab=insurer": ["INV-000003"],
        "?tab=paid": ["INV-000002"],
        "?tab=draft": [],
        "?tab=overdue": [],
        "?owes=payer": ["INV-000003"],
        "?q=inv-2": ["INV-000002"],
        "?q=3": ["INV-000003"],
        f"?q={reference.lower().replace('-', ' ')}": ["INV-000001"],
        "?q=nal mok": ["INV-000001", "INV-000002"],
        "?q=davids": ["INV-000003"],
        f"?practitioner={cast.owner_provider.code}": [],
    }
    for query, numbers in expected.items():
        page = shown(owner, f"/billing/{query}")
        found = [number for number in ("INV-000001", "INV-000002", "INV-000003") if number in page]
        assert found == numbers, query


def test_a_part_that_came_to_somebody_later_is_theirs_to_pay_from_then_on(
    frozen_clock: FrozenClock, cast: Cast
) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    frozen_clock.tick(days=60)
    with practice_scope(cast.practice):
        move_share(
            share=share_of(cast, outcome),
            target=Target(patient=cast.insured),
            amount_minor=950_00,
            reason="Not covered",
            actor=cast.owner,
            key=new_code(),
        )
    for days, is_late in ((14, False), (1, True)):
        frozen_clock.tick(days=days)
        owner = signed_in(cast.owner)
        page = shown(owner, f"/invoices/{outcome.invoice_code}/")
        assert ("late" in page, "R 950.00</b> by" in page) == (is_late, not is_late)
        assert ("INV-000001" in shown(owner, "/billing/?tab=overdue")) is is_late
        assert ("R 950.00</b> is overdue" in shown(owner, "/billing/")) is is_late


def test_an_invoice_is_overdue_the_day_after_it_was_due(frozen_clock: FrozenClock, cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    owner = signed_in(cast.owner)
    for days, is_late in ((14, False), (1, True)):
        frozen_clock.tick(days=days)
        owner = signed_in(cast.owner)
        assert ("INV-000001" in shown(owner, "/billing/?tab=overdue")) is is_late
    assert "1 day</b> late" in shown(owner, f"/invoices/{outcome.invoice_code}/")
    assert "R 950.00</b> is overdue" in shown(owner, "/billing/")


def test_a_claim_is_late_once_its_answer_was_due(frozen_clock: FrozenClock, cast: Cast) -> None:
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    posted(
        signed_in(cast.owner),
        f"/claims/{Claim.unscoped.get().code}/submissions/",
        send_to=cast.payer.claims_email,
    )
    for days, is_late in ((30, False), (1, True)):
        frozen_clock.tick(days=days)
        owner = signed_in(cast.owner)
        assert ("INV-000001" in shown(owner, "/claims/?tab=late")) is is_late
        assert ("INV-000001" in shown(owner, "/billing/?tab=overdue")) is is_late


@pytest.mark.parametrize("path", ["/billing/", "/payments/", "/receipts/", "/claims/"])
@pytest.mark.parametrize(
    "query",
    [
        "tab=(select 1)&period=-1&owes=practice__name&practitioner=%00&after=' or 1&before=%00",
        "q=%00&after=zzzz&sort=patient__user__password",
        "q=%F0%9F%98%80&tab[]=1&page=-1",
        "after=" + "9" * 400,
    ],
)
def test_an_address_nobody_linked_to_is_answered_with_the_usual(
    owner: Client, sent: Outcome, path: str, query: str
) -> None:
    shown(owner, f"{path}?{query}")


def test_pages_follow_one_another_without_gap_or_repeat(cast: Cast, owner: Client) -> None:
    for _ in range(27):
        complete(cast, Step.SAVE)
    first = owner.get("/billing/?tab=draft").context
    second = owner.get(first["links"]["next"]).context
    codes = [row.code for row in (*first["rows"], *second["rows"])]
    assert (len(first["rows"]), len(codes), len(set(codes))) == (25, 27, 27)
    back = owner.get(second["links"]["previous"]).context
    assert [row.code for row in back["rows"]] == [row.code for row in first["rows"]]
    assert not second["links"]["next"] and not back["links"]["previous"]


@pytest.mark.parametrize("path", ["/billing/", "/payments/", "/receipts/", "/claims/"])
def test_a_list_asks_the_same_few_questions_however_long_it_is(
    cast: Cast, owner: Client, query_count: QueryCount, path: str
) -> None:
    shown(owner, path)  # the first visit also writes when it was
    counts = []
    for _ in range(2):
        complete(cast, Step.SEND)
        complete(cast, Step.SEND_RECEIPT, payment=cash(500_00))
        complete(cast, Step.GENERATE, PaymentType.INSURANCE)
        with query_count() as queries:
            shown(owner, path)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


# Who may


def addresses(cast: Cast) -> dict[str, str]:
    """Every page and action of billing, on things of `cast.provider`."""
    sent = complete(cast, Step.SEND)
    paid = complete(cast, Step.SEND_RECEIPT, payment=cash())
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    claim = Claim.unscoped.get(practice=cast.practice)
    receipt = Payment.unscoped.get(code=paid.payment_code).receipt
    invoice = f"/invoices/{sent.invoice_code}/"
    return {
        "desk:invoice_detail": invoice,
        "desk:invoice_pdf": f"{invoice}document.pdf",
        "desk:invoice_finalise": f"{invoice}finalisation/",
        "desk:invoice_send": f"{invoice}messages/",
        "desk:invoice_void": f"{invoice}void/",
        "desk:invoice_undo": f"{invoice}undo/",
        "desk:invoice_paid": f"{invoice}paid/",
        "desk:invoice_paid_pdf": f"{invoice}paid.pdf",
        "desk:payment_record": f"{invoice}payments/",
        "desk:payment_detail": f"/payments/{paid.payment_code}/",
        "desk:payment_reverse": f"/payments/{paid.payment_code}/reversal/",
        "desk:receipt_pdf": f"/receipts/{receipt.code}/document.pdf",
        "desk:claim_submit": f"/claims/{claim.code}/submissions/",
    }


def outsiders(cast: Cast, other_cast: Cast) -> list[Member]:
    """Another practice's people, and a practitioner of this one who treats others."""
    colleague = cast.practitioner
    with practice_scope(cast.practice):
        Member.objects.filter(pk=colleague.pk).update(practitioner=cast.owner_provider)
    return [*other_cast.members, colleague]


def test_what_is_anothers_looks_like_what_never_was(cast: Cast, other_cast: Cast) -> None:
    pages = addresses(cast)
    for member in outsiders(cast, other_cast):
        client = signed_in(member)
        for name, address in pages.items():
            for method in (client.get, client.post):
                status = method(address).status_code
                assert status in (404, 405, 403), (member, name, status)
        for path in ("/billing/", "/payments/", "/receipts/", "/claims/"):
            assert "INV-0000" not in shown(client, path)
    assert Invoice.unscoped.filter(state="void").count() == 0


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_its_row_says(cast: Cast, role: str) -> None:
    client = signed_in(getattr(cast, role))
    for name, address in addresses(cast).items():
        status = client.get(address).status_code
        may = role in POLICY[name].roles
        assert (status != 403) == may, (name, status)


def test_only_some_may_correct_and_the_page_offers_it_to_them_alone(cast: Cast, sent: Outcome) -> None:
    assert POLICY["desk:invoice_void"].roles == POLICY["desk:payment_reverse"].roles == set(CORRECTORS)
    for member in cast.members:
        page = shown(signed_in(member), f"/invoices/{sent.invoice_code}/")
        assert ("/void/" in page) == (member.role != Role.FRONT_DESK)


def test_a_practitioner_counts_only_their_own(cast: Cast, sent: Outcome) -> None:
    patient = make_patient(cast.practice, "Yusuf", "Adams", email="yusuf@example.com")
    other = ended_appointment(cast, patient=patient, practitioner=cast.owner_provider)
    with practice_scope(cast.practice):
        assert Appointment.objects.filter(pk=other.pk).exists()
    complete(cast, Step.SAVE, appointment=other, actor=cast.owner)
    page = shown(signed_in(cast.practitioner), "/billing/")
    assert "Adams" not in page and 'owed <b class="nw">R 950.00' in page
