# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from aftersession.desk.search.views import search_page

urlpatterns = [path("search/", search_page, name="search")]
