#!/usr/bin/env python
# SPDX-License-Identifier: Apache-2.0
"""Run one of the project's commands: `./manage.py help` lists them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A wrong setting is for whoever runs the machine: one sentence, no traceback.
        sys.exit(f"Aftersession cannot start. {error}")


if __name__ == "__main__":
    main()
