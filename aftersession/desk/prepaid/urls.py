# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.prepaid import covers

urlpatterns = [
    path("appointments/<slug:code>/invoice/", covers.appointment_cover, name="appointment_cover"),
    path("appointments/<slug:code>/invoice/removal/", covers.appointment_uncover, name="appointment_uncover"),
    path(
        "appointments/<slug:code>/invoice/other-session/",
        covers.appointment_cover_move,
        name="appointment_cover_move",
    ),
]
