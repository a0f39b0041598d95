# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.messages import views

urlpatterns = [
    path("messages/", views.message_list, name="message_list"),
    path("messages/<slug:code>/", views.message_detail, name="message_detail"),
    path(
        "messages/<slug:code>/attachments/<slug:document_code>.pdf",
        views.message_attachment,
        name="message_attachment",
    ),
    path("messages/<slug:code>/cancellation/", views.message_cancel, name="message_cancel"),
    path("messages/<slug:code>/release/", views.message_release, name="message_release"),
    path("messages/<slug:code>/copies/", views.message_again, name="message_again"),
]
