# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.partners import changes, views

urlpatterns = [
    path("settings/partners/", views.partner_list, name="partner_list"),
    path("settings/partners/new/<slug:kind>/", views.partner_new, name="partner_new"),
    path("settings/partners/<slug:code>/", views.partner_detail, name="partner_detail"),
    path("settings/partners/<slug:code>/keys/", views.partner_keys, name="partner_keys"),
    path("settings/partners/<slug:code>/trial/", changes.partner_trial, name="partner_trial"),
    path("settings/partners/<slug:code>/preference/", changes.partner_prefer, name="partner_prefer"),
    path("settings/partners/<slug:code>/pause/", changes.partner_pause, name="partner_pause"),
    path("settings/partners/<slug:code>/resumption/", changes.partner_resume, name="partner_resume"),
    path(
        "settings/partners/<slug:code>/former-keys/", changes.partner_former_keys, name="partner_former_keys"
    ),
    path("settings/partners/<slug:code>/end/", changes.partner_end, name="partner_end"),
]
