# SPDX-License-Identifier: Apache-2.0
"""Every route of the product with an example of its address. A new route needs one here, or the sweep fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import get_resolver, reverse

from config.checks import routes
from config.policy import POLICY, Kind, Policy
from tests.sweep.world import World

# What stands in an address: the kind of thing whose code it is, or "=" and the words themselves.
EXAMPLES: dict[str, dict[str, str]] = {
    "account_reset_password_from_key": {"uidb36": "=1", "key": "=set-password"},
    "desk:appointment_detail": {"code": "open"},
    "desk:appointment_reschedule": {"code": "coming"},
    "desk:appointment_cancel": {"code": "coming"},
    "desk:appointment_missed": {"code": "open"},
    "desk:appointment_reopen": {"code": "missed"},
    "desk:completion": {"code": "open"},
    "desk:completion_copy": {"code": "open"},
    "desk:appointment_cover": {"code": "coming"},
    "desk:appointment_uncover": {"code": "advance"},
    "desk:appointment_cover_move": {"code": "advance"},
    "desk:package_sell": {"code": "patient"},
    "desk:package_detail": {"code": "package"},
    "desk:package_refund": {"code": "package"},
    "desk:offer_edit": {"code": "offer"},
    "desk:completion_no_charge": {"code": "open"},
    "desk:completion_undo": {"code": "undoable"},
    "desk:completion_result": {"code": "completed"},
    "desk:invoice_detail": {"code": "issued_invoice"},
    "desk:invoice_pdf": {"code": "issued_invoice"},
    "desk:invoice_paid_pdf": {"code": "paid_invoice"},
    "desk:invoice_finalise": {"code": "draft"},
    "desk:invoice_send": {"code": "issued_invoice"},
    "desk:invoice_void": {"code": "issued_invoice"},
    "desk:invoice_undo": {"code": "issued_invoice"},
    "desk:invoice_paid": {"code": "paid_invoice"},
    "desk:payment_record": {"code": "issued_invoice"},
    "desk:invoice_credit": {"code": "issued_invoice"},
    "desk:invoice_correct": {"code": "issued_invoice"},
    "desk:invoice_correct_totals": {"code": "issued_invoice"},
    "desk:share_move": {"code": "share"},
    "desk:share_write_off": {"code": "share"},
    "desk:share_release": {"code": "paid_share"},
    "desk:share_use_credit": {"code": "share"},
    "desk:share_pdf": {"code": "share"},
    "desk:write_off_undo": {"code": "write_off"},
    "desk:credit_note_pdf": {"code": "credit_note"},
    "desk:payment_detail": {"code": "payment"},
    "desk:payment_reverse": {"code": "payment"},
    "desk:payment_refund_online": {"code": "payment"},
    "desk:receipt_pdf": {"code": "receipt"},
    "desk:payment_use": {"code": "payment"},
    "desk:payment_release": {"code": "payment"},
    "desk:payment_refund": {"code": "payment"},
    "desk:refund_pdf": {"code": "refund"},
    "desk:refund_seen": {"code": "refund"},
    "desk:refund_decision": {"code": "undecided_refund"},
    "desk:dispute_seen": {"code": "dispute"},
    "desk:payout_detail": {"code": "payout"},
    "desk:payout_csv": {"code": "payout"},
    "desk:stray_take": {"code": "stray"},
    "desk:stray_aside": {"code": "stray"},
    "desk:notice_aside": {"code": "notice"},
    "desk:patient_account": {"code": "patient"},
    "desk:patient_account_pdf": {"code": "patient"},
    "desk:patient_account_csv": {"code": "patient"},
    "desk:patient_payment": {"code": "patient"},
    "desk:patient_payment_plan": {"code": "patient"},
    "desk:patient_statement": {"code": "patient"},
    "desk:patient_statement_pdf": {"code": "patient"},
    "desk:patient_statement_csv": {"code": "patient"},
    "desk:patient_statement_send": {"code": "patient"},
    "desk:payer_account": {"code": "payer"},
    "desk:payer_account_csv": {"code": "payer"},
    "desk:payer_account_pdf": {"code": "payer"},
    "desk:book_detail": {"account": "=cash"},
    "desk:book_csv": {"account": "=cash"},
    "desk:book_pdf": {"account": "=cash"},
    "desk:claim_submit": {"code": "claim"},
    "desk:patient_detail": {"code": "patient"},
    "desk:patient_edit": {"code": "patient"},
    "desk:patient_guarantor": {"code": "minor"},
    "desk:patient_diagnoses": {"code": "patient"},
    "desk:account_links": {"code": "patient"},
    "desk:coverage_new": {"code": "patient"},
    "desk:coverage_edit": {"code": "coverage"},
    "desk:practitioner_edit": {"code": "practitioner"},
    "desk:service_edit": {"code": "service"},
    "desk:payer_edit": {"code": "payer"},
    "desk:partner_new": {"kind": "=sandbox"},
    "desk:partner_detail": {"code": "connection"},
    "desk:partner_keys": {"code": "connection"},
    "desk:partner_trial": {"code": "connection"},
    "desk:partner_prefer": {"code": "connection"},
    "desk:partner_pause": {"code": "connection"},
    "desk:partner_resume": {"code": "connection"},
    "desk:partner_former_keys": {"code": "connection"},
    "desk:partner_end": {"code": "connection"},
    "desk:share_remind": {"code": "share"},
    "desk:share_promise": {"code": "share"},
    "desk:share_dispute": {"code": "share"},
    "desk:share_pause": {"code": "share"},
    "desk:share_resume": {"code": "share"},
    "desk:patient_pause": {"code": "patient"},
    "desk:patient_resume": {"code": "patient"},
    "desk:reminder_step_edit": {"code": "reminder_step"},
    "desk:help_topic": {"topic": "=completing"},
    "desk:message_detail": {"code": "waiting"},
    "desk:message_attachment": {"code": "waiting", "document_code": "document"},
    "desk:message_cancel": {"code": "waiting"},
    "desk:message_release": {"code": "held"},
    "desk:message_again": {"code": "failed"},
    "portal:pay_return": {"token": "pass"},
    "portal:pay": {"token": "token"},
    "portal:pay_checkout": {"token": "token"},
    "portal:pay_invoice": {"token": "token"},
    "portal:pay_receipt": {"token": "token"},
    "webhook": {"kind": "=sandbox", "connection_code": "connection"},
}
UNKNOWN = "zzzzzzzzzzzz"


@dataclass(frozen=True)
class Route:
    """A route by name, with its row in the policy."""

    name: str
    policy: Policy

    @property
    def opens(self) -> dict[str, str]:
        """Kinds of things whose codes stand in the address."""
        return {name: kind for name, kind in EXAMPLES.get(self.name, {}).items() if not kind.startswith("=")}

    def address(self, world: World) -> str:
        """The address of this world's example."""
        return self._reverse({name: world.codes[kind] for name, kind in self.opens.items()})

    def unknown_address(self, code: str = UNKNOWN) -> str:
        """The address of something that is nowhere."""
        return self._reverse(dict.fromkeys(self.opens, code))

    def _reverse(self, codes: dict[str, str]) -> str:
        said = {name: kind[1:] for name, kind in EXAMPLES.get(self.name, {}).items() if kind.startswith("=")}
        return reverse(self.name, kwargs={**said, **codes})


def all_routes(*kinds: Kind) -> Iterator[Route]:
    """The product's routes in the order of the resolver, of these kinds or of all."""
    for name, _view in routes(get_resolver().url_patterns):
        if not kinds or POLICY[name].kind in kinds:
            yield Route(name, POLICY[name])
