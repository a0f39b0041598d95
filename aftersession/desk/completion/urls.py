# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.completion import codes, result, unbilled, views

urlpatterns = [
    path("appointments/<slug:code>/completion/", views.completion, name="completion"),
    path("appointments/<slug:code>/completion/copy/", views.completion_copy, name="completion_copy"),
    path("appointments/<slug:code>/completion/undo/", result.completion_undo, name="completion_undo"),
    path(
        "appointments/<slug:code>/completion/no-charge/",
        unbilled.completion_no_charge,
        name="completion_no_charge",
    ),
    path("appointments/<slug:code>/completed/", result.completion_result, name="completion_result"),
    path("diagnosis-codes/", codes.code_search, name="code_search"),
]
