# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.prepaid import covers, offers, packages, report

urlpatterns = [
    path("appointments/<slug:code>/invoice/", covers.appointment_cover, name="appointment_cover"),
    path("appointments/<slug:code>/invoice/removal/", covers.appointment_uncover, name="appointment_uncover"),
    path(
        "appointments/<slug:code>/invoice/other-session/",
        covers.appointment_cover_move,
        name="appointment_cover_move",
    ),
    path("clients/<slug:code>/packages/new/", packages.package_sell, name="package_sell"),
    path("packages/<slug:code>/", packages.package_detail, name="package_detail"),
    path("packages/<slug:code>/refund/", packages.package_refund, name="package_refund"),
    path("billing/prepaid/", report.prepaid_list, name="prepaid_list"),
    path("billing/prepaid/packages.csv", report.prepaid_csv, name="prepaid_csv"),
    path("settings/packages/", offers.offer_list, name="offer_list"),
    path("settings/packages/new/", offers.offer_new, name="offer_new"),
    path("settings/packages/<slug:code>/", offers.offer_edit, name="offer_edit"),
]
