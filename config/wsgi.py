# SPDX-License-Identifier: Apache-2.0
"""The web process: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# A server starts without `manage.py`, so it asks for the security checks itself.
_errors = [message for message in run_checks(tags=["security"]) if message.is_serious()]
if _errors:
    raise ImproperlyConfigured("\n".join(str(message) for message in _errors))
