# SPDX-License-Identifier: Apache-2.0
"""Where a person came from to mend something, so that they find themselves there again."""

from django.utils.http import url_has_allowed_host_and_scheme

from aftersession.desk.requests import DeskRequest

LONGEST = 300


def asked_way_back(request: DeskRequest) -> str:
    """The `next` of an address or form if it is a path of this very site, else nothing."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    is_path = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    is_safe = is_path and len(path) <= LONGEST and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_safe else ""
