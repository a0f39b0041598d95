# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.payments import changes, views

urlpatterns = [
    path("payments/<slug:code>/", views.payment_detail, name="payment_detail"),
    path("payments/<slug:code>/invoices/", changes.payment_use, name="payment_use"),
    path("payments/<slug:code>/release/", changes.payment_release, name="payment_release"),
    path("payments/<slug:code>/refunds/", changes.payment_refund, name="payment_refund"),
    path("refunds/", views.refund_list, name="refund_list"),
    path("refunds/<slug:code>/document.pdf", views.refund_pdf, name="refund_pdf"),
]
