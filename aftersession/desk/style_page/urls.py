# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.style_page import views

urlpatterns = [
    path("style/", views.style_page, name="style"),
    path("style/codes/", views.style_codes, name="style_codes"),
]
