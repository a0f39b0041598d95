# SPDX-License-Identifier: Apache-2.0
"""Who may use each route. One row a route; a route without a row fails every check and start.

Deny by default: `PolicyMiddleware` answers only what a row allows, before the view runs. Which rows
of the practice a person sees is the access gates' part (`queries.py` of each app).
"""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings


class Kind(StrEnum):
    """What a request must bring."""

    PUBLIC = "public"
    """Nothing."""
    SIGNED_IN = "signed_in"
    """A person, of any practice or none yet."""
    MEMBER = "member"
    """A person who works in a practice, with one of the row's roles."""
    PAYER_LINK = "payer_link"
    """The token in the address; the view looks it up. Nobody signs in."""
    WEBHOOK = "webhook"
    """A partner's signature over the body; the view verifies it. The only routes without a CSRF token."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may use a route. For `Kind.MEMBER`, the roles that may."""

    kind: Kind
    roles: frozenset[str] = frozenset()
    note: str = ""


OWNER, PRACTITIONER, FRONT_DESK, BILLER = "owner", "practitioner", "front_desk", "biller"

PUBLIC = Policy(Kind.PUBLIC)
SIGNED_IN = Policy(Kind.SIGNED_IN)
EVERYONE = Policy(Kind.MEMBER, frozenset({OWNER, PRACTITIONER, FRONT_DESK, BILLER}))
MONEY = Policy(Kind.MEMBER, frozenset({OWNER, FRONT_DESK, BILLER}), "takes and corrects money")
OFFICE = Policy(Kind.MEMBER, frozenset({OWNER, BILLER}), "the practice's books and settings")
PAYER_LINK = Policy(Kind.PAYER_LINK)
WEBHOOK = Policy(Kind.WEBHOOK)

ACCOUNT_ROUTES = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "mfa_authenticate": PUBLIC,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "usersessions_list": SIGNED_IN,
    "practice_choice": SIGNED_IN,
}

DEMO_ROUTES = {
    "demo_sign_in": PUBLIC,
    "desk:mailbox": EVERYONE,
    "desk:mailbox_mail": EVERYONE,
    "desk:mailbox_paper": EVERYONE,
}

SCHEDULE = Policy(Kind.MEMBER, frozenset({OWNER, PRACTITIONER, FRONT_DESK}), "books and changes appointments")

APPOINTMENT_ROUTES = {
    "desk:today": EVERYONE,
    "desk:style": EVERYONE,
    "desk:style_codes": EVERYONE,
    "desk:appointment_list": EVERYONE,
    "desk:appointment_detail": EVERYONE,
    "desk:appointment_book": SCHEDULE,
    "desk:appointment_log": SCHEDULE,
    "desk:appointment_reschedule": SCHEDULE,
    "desk:appointment_cancel": SCHEDULE,
    "desk:appointment_missed": SCHEDULE,
    "desk:appointment_reopen": SCHEDULE,
}

COMPLETION_ROUTES = {
    "desk:completion": EVERYONE,
    "desk:completion_copy": EVERYONE,
    "desk:completion_result": EVERYONE,
    "desk:completion_no_charge": EVERYONE,
    "desk:completion_undo": EVERYONE,
    "desk:code_search": EVERYONE,
}

OWNER_ONLY = Policy(Kind.MEMBER, frozenset({OWNER}), "what the practice says of itself, and its prices")
CORRECT = Policy(Kind.MEMBER, frozenset({OWNER, PRACTITIONER, BILLER}), "takes back what is in the books")

PREPAID_ROUTES = {
    "desk:appointment_cover": EVERYONE,
    "desk:appointment_uncover": EVERYONE,
    "desk:appointment_cover_move": EVERYONE,
    "desk:package_sell": EVERYONE,
    "desk:package_detail": EVERYONE,
    "desk:package_refund": CORRECT,
    "desk:prepaid_list": EVERYONE,
    "desk:prepaid_csv": EVERYONE,
    "desk:offer_list": OWNER_ONLY,
    "desk:offer_new": OWNER_ONLY,
    "desk:offer_edit": OWNER_ONLY,
}


CLIENT_ROUTES = {
    "desk:patient_list": EVERYONE,
    "desk:patient_new": EVERYONE,
    "desk:patient_suggest": EVERYONE,
    "desk:patient_detail": EVERYONE,
    "desk:patient_edit": EVERYONE,
    "desk:patient_guarantor": EVERYONE,
    "desk:patient_diagnoses": EVERYONE,
    "desk:account_links": MONEY,
    "desk:coverage_new": EVERYONE,
    "desk:coverage_edit": EVERYONE,
    "desk:search": EVERYONE,
    "desk:help": EVERYONE,
    "desk:help_topic": EVERYONE,
}

PARTNERS = Policy(Kind.MEMBER, frozenset({OWNER}), "decides where clients' money goes")

SETTINGS_ROUTES = {
    "desk:settings": EVERYONE,
    "desk:own_settings": EVERYONE,
    "desk:practice_settings": OWNER_ONLY,
    "desk:practitioner_list": OWNER_ONLY,
    "desk:practitioner_edit": OWNER_ONLY,
    "desk:service_list": OWNER_ONLY,
    "desk:service_new": OWNER_ONLY,
    "desk:service_edit": OWNER_ONLY,
    "desk:payer_list": OWNER_ONLY,
    "desk:payer_new": OWNER_ONLY,
    "desk:payer_edit": OWNER_ONLY,
    "desk:partner_list": PARTNERS,
    "desk:partner_new": PARTNERS,
    "desk:partner_detail": PARTNERS,
    "desk:partner_keys": PARTNERS,
    "desk:partner_trial": PARTNERS,
    "desk:partner_prefer": PARTNERS,
    "desk:partner_pause": PARTNERS,
    "desk:partner_resume": PARTNERS,
    "desk:partner_former_keys": PARTNERS,
    "desk:partner_end": PARTNERS,
}

REMINDER_ROUTES = {
    "desk:share_remind": EVERYONE,
    "desk:share_promise": EVERYONE,
    "desk:share_dispute": EVERYONE,
    "desk:share_pause": EVERYONE,
    "desk:share_resume": EVERYONE,
    "desk:patient_pause": EVERYONE,
    "desk:patient_resume": EVERYONE,
    "desk:reminder_ladder": OWNER_ONLY,
    "desk:reminder_step_new": OWNER_ONLY,
    "desk:reminder_step_edit": OWNER_ONLY,
}

MESSAGE_ROUTES = {
    "desk:message_list": EVERYONE,
    "desk:message_detail": EVERYONE,
    "desk:message_attachment": EVERYONE,
    "desk:message_cancel": EVERYONE,
    "desk:message_release": EVERYONE,
    "desk:message_again": EVERYONE,
}

BILLING_ROUTES = {
    "desk:invoice_list": EVERYONE,
    "desk:invoice_new": EVERYONE,
    "desk:invoice_new_totals": EVERYONE,
    "desk:invoice_detail": EVERYONE,
    "desk:invoice_pdf": EVERYONE,
    "desk:invoice_paid": EVERYONE,
    "desk:invoice_paid_pdf": EVERYONE,
    "desk:invoice_finalise": EVERYONE,
    "desk:invoice_send": EVERYONE,
    "desk:invoice_undo": EVERYONE,
    "desk:invoice_void": CORRECT,
    "desk:invoice_credit": CORRECT,
    "desk:invoice_correct": CORRECT,
    "desk:invoice_correct_totals": CORRECT,
    "desk:share_move": CORRECT,
    "desk:share_write_off": CORRECT,
    "desk:share_release": CORRECT,
    "desk:share_use_credit": EVERYONE,
    "desk:share_pdf": EVERYONE,
    "desk:write_off_undo": CORRECT,
    "desk:credit_note_list": EVERYONE,
    "desk:credit_note_pdf": EVERYONE,
    "desk:payment_list": EVERYONE,
    "desk:payment_detail": EVERYONE,
    "desk:payment_record": EVERYONE,
    "desk:payment_reverse": CORRECT,
    "desk:payment_refund_online": CORRECT,
    "desk:receipt_list": EVERYONE,
    "desk:receipt_pdf": EVERYONE,
    "desk:claim_list": EVERYONE,
    "desk:claim_submit": EVERYONE,
}

PAYMENT_ROUTES = {
    "desk:payment_use": EVERYONE,
    "desk:payment_release": CORRECT,
    "desk:payment_refund": CORRECT,
    "desk:refund_list": EVERYONE,
    "desk:refund_seen": CORRECT,
    "desk:refund_decision": CORRECT,
    "desk:dispute_seen": CORRECT,
    "desk:payout_list": OFFICE,
    "desk:payout_detail": OFFICE,
    "desk:payout_csv": OFFICE,
    "desk:stray_list": OFFICE,
    "desk:stray_take": OFFICE,
    "desk:stray_aside": OFFICE,
    "desk:notices_aside": OFFICE,
    "desk:notice_aside": OFFICE,
    "desk:refund_pdf": EVERYONE,
}

# Whole accounts are for those who see the whole practice: a practitioner's clients may see others too.
ACCOUNT_PAGES = {
    "desk:patient_account": MONEY,
    "desk:patient_account_pdf": MONEY,
    "desk:patient_account_csv": MONEY,
    "desk:patient_payment": MONEY,
    "desk:patient_payment_plan": MONEY,
    "desk:patient_statement": MONEY,
    "desk:patient_statement_pdf": MONEY,
    "desk:patient_statement_csv": MONEY,
    "desk:patient_statement_send": MONEY,
    "desk:payer_account": MONEY,
    "desk:payer_account_csv": MONEY,
    "desk:payer_account_pdf": MONEY,
    "desk:receivable_list": MONEY,
    "desk:receivable_csv": MONEY,
    "desk:book_list": OFFICE,
    "desk:book_detail": OFFICE,
    "desk:book_pdf": OFFICE,
    "desk:book_csv": OFFICE,
}

PORTAL_ROUTES = {
    "portal:pay": PAYER_LINK,
    "portal:pay_checkout": PAYER_LINK,
    "portal:pay_return": PAYER_LINK,
    "portal:pay_invoice": PAYER_LINK,
    "portal:pay_receipt": PAYER_LINK,
}

POLICY: dict[str, Policy] = {
    "webhook": WEBHOOK,
    **PORTAL_ROUTES,
    **REMINDER_ROUTES,
    **MESSAGE_ROUTES,
    **ACCOUNT_ROUTES,
    **APPOINTMENT_ROUTES,
    **COMPLETION_ROUTES,
    **PREPAID_ROUTES,
    **CLIENT_ROUTES,
    **BILLING_ROUTES,
    **PAYMENT_ROUTES,
    **ACCOUNT_PAGES,
    **SETTINGS_ROUTES,
    **(DEMO_ROUTES if settings.DEMO else {}),
}
