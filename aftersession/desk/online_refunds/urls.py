# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.online_refunds import decision, views

urlpatterns = [
    path("refunds/<slug:code>/decision/", decision.refund_decision, name="refund_decision"),
    path("payments/<slug:code>/online-refund/", views.refund_online_page, name="payment_refund_online"),
]
