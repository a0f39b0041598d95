# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.today import views

urlpatterns = [path("", views.today, name="today")]
