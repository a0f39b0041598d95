# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.billing import (
    changes,
    correcting,
    corrections,
    credit_list,
    lists,
    splitting,
    stand_alone,
    views,
)

urlpatterns = [
    path("billing/", lists.invoice_list, name="invoice_list"),
    path("billing/new/", stand_alone.invoice_new, name="invoice_new"),
    path("billing/new/totals/", stand_alone.invoice_new_totals, name="invoice_new_totals"),
    path("payments/", lists.payment_list, name="payment_list"),
    path("receipts/", lists.receipt_list, name="receipt_list"),
    path("invoices/<slug:code>/", views.invoice_detail, name="invoice_detail"),
    path("invoices/<slug:code>/document.pdf", views.invoice_pdf, name="invoice_pdf"),
    path("invoices/<slug:code>/paid.pdf", views.invoice_paid_pdf, name="invoice_paid_pdf"),
    path("invoices/<slug:code>/finalisation/", changes.invoice_finalise, name="invoice_finalise"),
    path("invoices/<slug:code>/messages/", changes.invoice_send, name="invoice_send"),
    path("invoices/<slug:code>/void/", changes.invoice_void, name="invoice_void"),
    path("invoices/<slug:code>/undo/", changes.invoice_undo, name="invoice_undo"),
    path("invoices/<slug:code>/paid/", changes.invoice_paid, name="invoice_paid"),
    path("invoices/<slug:code>/payments/", changes.payment_record, name="payment_record"),
    path("invoices/<slug:code>/credit/", corrections.invoice_credit, name="invoice_credit"),
    path("invoices/<slug:code>/correction/", correcting.invoice_correct, name="invoice_correct"),
    path(
        "invoices/<slug:code>/correction/totals/",
        correcting.invoice_correct_totals,
        name="invoice_correct_totals",
    ),
    path("shares/<slug:code>/move/", splitting.share_move, name="share_move"),
    path("shares/<slug:code>/write-off/", corrections.share_write_off, name="share_write_off"),
    path("shares/<slug:code>/release/", corrections.share_release, name="share_release"),
    path("shares/<slug:code>/credit/", corrections.share_use_credit, name="share_use_credit"),
    path("shares/<slug:code>/document.pdf", views.share_pdf, name="share_pdf"),
    path("write-offs/<slug:code>/undo/", corrections.write_off_undo, name="write_off_undo"),
    path("credit-notes/", credit_list.credit_note_list, name="credit_note_list"),
    path("credit-notes/<slug:code>/document.pdf", credit_list.credit_note_pdf, name="credit_note_pdf"),
    path("payments/<slug:code>/reversal/", changes.payment_reverse, name="payment_reverse"),
    path("receipts/<slug:code>/document.pdf", views.receipt_pdf, name="receipt_pdf"),
]
