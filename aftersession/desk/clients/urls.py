# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.clients import changes, views

urlpatterns = [
    path("clients/", views.patient_list, name="patient_list"),
    path("clients/new/", changes.patient_new, name="patient_new"),
    path("clients/suggest/", views.patient_suggest, name="patient_suggest"),
    path("clients/<slug:code>/", views.patient_detail, name="patient_detail"),
    path("clients/<slug:code>/details/", changes.patient_edit, name="patient_edit"),
    path("clients/<slug:code>/responsible-person/", changes.patient_guarantor, name="patient_guarantor"),
    path("clients/<slug:code>/diagnoses/", changes.patient_diagnoses, name="patient_diagnoses"),
]
