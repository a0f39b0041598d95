# SPDX-License-Identifier: Apache-2.0
"""The billing pages in a real browser: every page, every width, light and dark; then by hand and key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from aftersession.billing.pricing import LineInput
from aftersession.claims.models import Claim
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.models import Payment
from aftersession.practices.models import Member
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.reverse_payment import reverse_payment
from aftersession.workflows.submit_claim import submit_claim
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import cash, complete, invoice_of
from tests.cast import Cast, ended_appointment, make_patient, make_practitioner, signed_in
from tests.fixtures.browser import LookAt

OpenPage = Callable[..., Page]
PARTS = 4  # of the list of pages, so that two browsers share it
LARGE = LineInput("Assessment, report and feedback to both parents", 1_234_567_89)


@dataclass(frozen=True)
class Scene:
    """Addresses of one page of each kind, in a practice with an invoice in every state."""

    pages: dict[str, str]
    open_invoice: str
    draft: str
    account: str


@pytest.fixture
def scene(live: str, cast: Cast) -> Scene:
    with practice_scope(cast.practice):
        return _scene(cast)


@pytest.fixture
def as_member(open_page: OpenPage, live: str, cast: Cast) -> OpenPage:
    """`as_member(member, width=…)`: a page in which this member (the owner by default) has signed in."""

    def open_one(member: Member | None = None, *, width: int = 1440, **options: object) -> Page:
        page = open_page(viewport={"width": width, "height": 900}, **options)
        cookie = signed_in(member or cast.owner).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])
        return page

    return open_one


def _scene(cast: Cast) -> Scene:
    make_practitioner(cast.practice)
    long_name = make_patient(
        cast.practice,
        "Maria Magdalena Johanna",
        "da Conceição Ferreira-Janse van Rensburg",
        email="maria.magdalena.johanna.ferreira@a-very-long-domain-name.example.com",
    )
    draft = complete(cast, Step.SAVE)
    sent = complete(cast, Step.SEND)
    online = complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    paid = complete(cast, Step.SEND_RECEIPT, payment=cash())
    part = complete(cast, Step.SEND)
    part_paid = record_payment(
        invoice=invoice_of(cast, part),
        payment=cash(450_00, reference="PD-0004 SLIP 20931"),
        send_receipt_to="",
        actor=cast.biller,
        key=new_code(),
    )
    reversed_one = record_payment(
        invoice=invoice_of(cast, part),
        payment=cash(100_00),
        send_receipt_to="",
        actor=cast.biller,
        key=new_code(),
    )
    reverse_payment(
        payment=_payment(reversed_one.payment_code), reason="Wrong client", actor=cast.owner, key=new_code()
    )
    large = complete(
        cast,
        Step.SAVE,
        appointment=ended_appointment(cast, patient=long_name),
        lines=(LARGE, *[LineInput(f"Session {number}", 950_00) for number in range(1, 9)]),
    )
    voided = complete(cast, Step.SEND)
    void_invoice(
        invoice=invoice_of(cast, voided), reason="Billed to the wrong day", actor=cast.owner, key=new_code()
    )
    waiting = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    submitted = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    produce_now(cast.practice, [submitted.document_code])
    claim = Claim.objects.select_related("invoice__patient__guarantor", "invoice__practitioner").get(
        invoice__code=submitted.invoice_code
    )
    submit_claim(claim=claim, send_to=cast.payer.claims_email, actor=cast.biller, key=new_code())
    for state in (MessageState.SENDING, MessageState.SENT):
        Message.objects.filter(about_code__in=[sent.invoice_code, submitted.invoice_code]).update(
            state=state, sent_at=clock.now()
        )
    invoice = "/invoices/{}/".format
    return Scene(
        pages={
            "invoices": "/billing/",
            "overdue": "/billing/?tab=overdue",
            "payments": "/payments/",
            "receipts": "/receipts/",
            "claims": "/claims/",
            "no-match": "/billing/?q=nobody",
            "draft": invoice(draft.invoice_code),
            "large-draft": invoice(large.invoice_code),
            "sent": invoice(sent.invoice_code),
            "online": invoice(online.invoice_code),
            "paid": invoice(paid.invoice_code),
            "part-paid": invoice(part.invoice_code),
            "void": invoice(voided.invoice_code),
            "account": invoice(waiting.invoice_code),
            "submitted": invoice(submitted.invoice_code),
            "payment": f"/payments/{part_paid.payment_code}/",
            "reversed": f"/payments/{reversed_one.payment_code}/",
            "record": f"{invoice(sent.invoice_code)}payments/",
            "mark-paid": f"{invoice(submitted.invoice_code)}payments/",
            "send": f"{invoice(sent.invoice_code)}messages/",
            "void-question": f"{invoice(sent.invoice_code)}void/",
            "undo": f"{invoice(waiting.invoice_code)}undo/",
            "reverse": f"/payments/{part_paid.payment_code}/reversal/",
            "submit": f"/claims/{claim.code}/submissions/",
        },
        open_invoice=invoice(sent.invoice_code),
        draft=invoice(draft.invoice_code),
        account=invoice(waiting.invoice_code),
    )


def _payment(code: str) -> Payment:
    return Payment.objects.select_related("patient", "payer").get(code=code)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_breaks_an_accessibility_rule_or_scrolls_sideways(
    as_member: OpenPage, scene: Scene, look_at: LookAt, part: int
) -> None:
    page = as_member()
    for name, address in list(scene.pages.items())[part::PARTS]:
        answer = page.goto(address)
        assert answer is not None and answer.ok, name
        look_at(page, name)


def test_an_invoice_without_a_session_is_made_on_pages_that_break_no_rule(
    as_member: OpenPage, cast: Cast, look_at: LookAt
) -> None:
    page = as_member()
    whose = f"?client={cast.adult.code}&practitioner={cast.provider.code}"
    for name, query in {"new-for-whom": "", "new": whose}.items():
        answer = page.goto(f"/billing/new/{query}")
        assert answer is not None and answer.ok
        look_at(page, name)
    expect(page.locator(".crumbs b")).to_have_text(cast.adult.full_name)


def test_a_phone_shows_the_number_of_an_invoice_whole(as_member: OpenPage, scene: Scene) -> None:
    page = as_member(width=390)
    for name in ("sent", "online", "paid", "part-paid", "void", "account", "submitted"):
        page.goto(scene.pages[name])
        assert page.locator(".crumbs b").evaluate("each => each.scrollWidth <= each.clientWidth"), name


def test_a_payment_is_recorded_by_keys_alone(as_member: OpenPage, scene: Scene) -> None:
    page = as_member()
    page.goto(scene.open_invoice)
    page.keyboard.press("p")
    expect(page.get_by_label("Amount")).to_be_focused()
    expect(page.get_by_label("Amount")).to_have_value("950.00")
    page.keyboard.press("Tab")
    page.get_by_label("Transfer").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("has paid R\u00a0950.00")
    expect(page.get_by_role("status")).to_contain_text("Sending the receipt to naledi@example.com")


def test_an_account_is_sent_from_a_dialog_that_names_the_address(as_member: OpenPage, scene: Scene) -> None:
    page = as_member()
    page.goto(scene.account)
    page.get_by_role("link", name="Send to Umhlaba Health").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("claims@umhlaba.example")
    dialog.get_by_role("button", name="Send to claims@umhlaba.example").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Its answer is due by")


def test_a_draft_is_finalised_without_a_script(as_member: OpenPage, scene: Scene) -> None:
    page = as_member(java_script_enabled=False)
    page.goto(scene.draft)
    page.get_by_role("button", name="Send receipt").click()
    expect(page.get_by_role("alert")).to_contain_text("Method")
    page.get_by_label("Card machine").check()
    page.get_by_role("button", name="Send receipt").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing is owed")


def test_the_document_is_downloaded_under_its_number(as_member: OpenPage, scene: Scene) -> None:
    page = as_member()
    page.goto(scene.open_invoice)
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").first.click()
    assert download.value.suggested_filename == "INV-000001.pdf"
