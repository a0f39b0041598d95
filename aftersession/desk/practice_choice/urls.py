# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.practice_choice.views import choose_practice

urlpatterns = [path("practice/", choose_practice, name="practice_choice")]
