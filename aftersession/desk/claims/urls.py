# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.claims import views

urlpatterns = [
    path("claims/", views.claim_list, name="claim_list"),
    path("claims/<slug:code>/submissions/", views.claim_submit, name="claim_submit"),
]
