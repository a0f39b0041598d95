# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.help import views

urlpatterns = [
    path("help/", views.help_index, name="help"),
    path("help/<slug:topic>/", views.help_topic, name="help_topic"),
]
