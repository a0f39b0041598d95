# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.settings import views

urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("settings/you/", views.own_settings, name="own_settings"),
    path("settings/practice/", views.practice_settings, name="practice_settings"),
    path("settings/practitioners/", views.practitioner_list, name="practitioner_list"),
    path("settings/practitioners/<slug:code>/", views.practitioner_edit, name="practitioner_edit"),
    path("settings/services/", views.service_list, name="service_list"),
    path("settings/services/new/", views.service_new, name="service_new"),
    path("settings/services/<slug:code>/", views.service_edit, name="service_edit"),
    path("settings/insurers/", views.payer_list, name="payer_list"),
    path("settings/insurers/new/", views.payer_new, name="payer_new"),
    path("settings/insurers/<slug:code>/", views.payer_edit, name="payer_edit"),
]
