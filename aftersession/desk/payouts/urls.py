# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.payouts import strays, views

urlpatterns = [
    path("payouts/", views.payout_list, name="payout_list"),
    path("payouts/<slug:code>/", views.payout_detail, name="payout_detail"),
    path("payouts/<slug:code>/lines.csv", views.payout_csv, name="payout_csv"),
    path("partner-money/", strays.stray_list, name="stray_list"),
    path("partner-money/notices/", strays.notices_aside, name="notices_aside"),
    path("partner-money/notices/<slug:code>/", strays.notice_aside, name="notice_aside"),
    path("partner-money/<slug:code>/", strays.stray_take, name="stray_take"),
    path("partner-money/<slug:code>/aside/", strays.stray_aside, name="stray_aside"),
    path("disputes/<slug:code>/seen/", views.dispute_seen, name="dispute_seen"),
    path("refunds/<slug:code>/seen/", views.refund_seen, name="refund_seen"),
]
