# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.appointments import booking, changes, views

urlpatterns = [
    path("appointments/", views.appointment_list, name="appointment_list"),
    path("appointments/new/", booking.appointment_book, name="appointment_book"),
    path("appointments/log/", booking.appointment_log, name="appointment_log"),
    path("appointments/<slug:code>/", views.appointment_detail, name="appointment_detail"),
    path("appointments/<slug:code>/time/", changes.appointment_reschedule, name="appointment_reschedule"),
    path("appointments/<slug:code>/cancellation/", changes.appointment_cancel, name="appointment_cancel"),
    path("appointments/<slug:code>/missed/", changes.appointment_missed, name="appointment_missed"),
    path("appointments/<slug:code>/reopening/", changes.appointment_reopen, name="appointment_reopen"),
]
