# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.billing import changes, lists, stand_alone, views

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
    path("payments/<slug:code>/reversal/", changes.payment_reverse, name="payment_reverse"),
    path("receipts/<slug:code>/document.pdf", views.receipt_pdf, name="receipt_pdf"),
]
