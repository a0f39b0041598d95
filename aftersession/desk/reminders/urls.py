# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.reminders import ladder, views

urlpatterns = [
    path("shares/<slug:code>/promise/", views.share_promise, name="share_promise"),
    path("shares/<slug:code>/dispute/", views.share_dispute, name="share_dispute"),
    path("shares/<slug:code>/pause/", views.share_pause, name="share_pause"),
    path("shares/<slug:code>/resumption/", views.share_resume, name="share_resume"),
    path("shares/<slug:code>/reminders/", views.share_remind, name="share_remind"),
    path("clients/<slug:code>/pause/", views.patient_pause, name="patient_pause"),
    path("clients/<slug:code>/resumption/", views.patient_resume, name="patient_resume"),
    path("settings/reminders/", ladder.reminder_ladder, name="reminder_ladder"),
    path("settings/reminders/new/", ladder.reminder_step_new, name="reminder_step_new"),
    path("settings/reminders/<slug:code>/", ladder.reminder_step_edit, name="reminder_step_edit"),
]
