# SPDX-License-Identifier: Apache-2.0
"""What a payer opens from a link. Nobody signs in: the token in the address is the key."""

from django.urls import path

from aftersession.portal import papers, views

app_name = "portal"

urlpatterns = [
    path("return/<slug:token>", views.pay_return, name="pay_return"),
    path("<slug:token>", views.pay, name="pay"),
    path("<slug:token>/checkout", views.pay_checkout, name="pay_checkout"),
    path("<slug:token>/invoice.pdf", papers.pay_invoice, name="pay_invoice"),
    path("<slug:token>/receipt.pdf", papers.pay_receipt, name="pay_receipt"),
]
