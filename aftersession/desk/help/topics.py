# SPDX-License-Identifier: Apache-2.0
"""What there is help for, and which pages lead to it. The words stand in one template a topic."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Topic:
    """One page of help. `routes` are the names of the pages whose help it is."""

    slug: str
    title: Promise | str
    summary: Promise | str
    routes: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        return f"desk/help/{self.slug}.html"


TOPICS = (
    Topic(
        "completing",
        _("Mark a session complete"),
        _("From a session that is over to the right invoice, whoever pays."),
        (
            *("today", "appointment_list", "appointment_detail"),
            *("completion", "completion_result", "completion_no_charge"),
        ),
    ),
    Topic("online", _("The client pays online"), _("The invoice goes out with a payment link.")),
    Topic("other", _("The client pays another way"), _("Cash, transfer or card machine, now or later.")),
    Topic(
        "insurance",
        _("The insurer pays"),
        _("The account, the claim, and the payment when it comes."),
        ("claim_list", "claim_submit", "coverage_new", "coverage_edit", "patient_diagnoses"),
    ),
    Topic(
        "booking",
        _("Book, move, cancel"),
        _("Appointments, sessions nobody booked, and those who did not come."),
        (
            *("appointment_book", "appointment_log", "appointment_reschedule", "appointment_cancel"),
            *("appointment_missed", "appointment_reopen"),
        ),
    ),
    Topic(
        "clients",
        _("Clients and who pays for them"),
        _("Details, the responsible person, diagnoses, finding somebody."),
        ("patient_list", "patient_new", "patient_detail", "patient_edit", "patient_guarantor", "search"),
    ),
    Topic(
        "payments",
        _("Record a payment"),
        _("Money that came in, in part or in full, and the receipt."),
        (
            *("invoice_list", "invoice_new", "invoice_detail", "invoice_finalise", "invoice_send"),
            *("payment_record", "payment_list", "payment_detail", "receipt_list", "patient_payment"),
            *("payment_use", "share_use_credit"),
        ),
    ),
    Topic(
        "accounts",
        _("What is owed, and why"),
        _("The account of a client, statements, the pay link for all, receivables and books."),
        (
            *("patient_account", "patient_statement", "patient_statement_send", "account_links"),
            *("payer_account", "receivable_list", "book_list", "book_detail"),
        ),
    ),
    Topic(
        "corrections",
        _("Correct, split, refund"),
        _("Credit notes, corrected invoices, write-offs, parts for somebody else, money given back."),
        (
            *("invoice_credit", "invoice_correct", "credit_note_list", "share_write_off", "write_off_undo"),
            *("share_move", "share_release", "payment_release", "payment_refund", "payment_refund_online"),
            "refund_list",
        ),
    ),
    Topic(
        "reminders",
        _("Remind, kindly"),
        _("Who is reminded when, what stops it, and the words."),
        (
            *("share_remind", "share_promise", "share_dispute", "share_pause", "share_resume"),
            *("patient_pause", "patient_resume"),
            *("reminder_ladder", "reminder_step_new", "reminder_step_edit"),
        ),
    ),
    Topic(
        "prepaid",
        _("Paid in advance"),
        _("A session billed before it takes place, and sessions bought together."),
        (
            *("appointment_cover", "appointment_uncover", "appointment_cover_move", "package_sell"),
            *("package_detail", "package_refund", "prepaid_list", "offer_list", "offer_new", "offer_edit"),
        ),
    ),
    Topic(
        "undo",
        _("Take something back"),
        _("Undo a completion, reverse a payment, void an invoice."),
        ("completion_undo", "payment_reverse", "invoice_void"),
    ),
    Topic(
        "messages",
        _("What is sent, and when"),
        _("The undo window, letters that did not leave, letters that are held."),
        ("message_list", "message_detail", "message_cancel", "message_release", "mailbox"),
    ),
    Topic(
        "settings",
        _("Settings of the practice"),
        _("What papers say, prices, practitioners, insurers."),
        (
            *("practice_settings", "own_settings", "service_list", "service_new", "service_edit"),
            *("practitioner_list", "practitioner_edit", "payer_list", "payer_new", "payer_edit"),
        ),
    ),
    Topic("bad-line", _("On a bad line"), _("Nothing is lost and nothing is done twice.")),
    Topic("keyboard", _("Keyboard"), _("All keys, and how to turn them off.")),
)
BY_SLUG = {topic.slug: topic for topic in TOPICS}
OF_PAGE = {route: topic for topic in TOPICS for route in topic.routes}
