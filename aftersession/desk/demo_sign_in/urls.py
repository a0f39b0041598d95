# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.demo_sign_in.views import sign_in_to_demo

urlpatterns = [path("", sign_in_to_demo, name="demo_sign_in")]
