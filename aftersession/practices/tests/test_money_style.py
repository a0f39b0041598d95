# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

FRESH = """
import django; django.setup()
from aftersession.lib.money import Money, format_money
print(format_money(Money(123456, "ZAR"), "en_ZA"))
"""


def test_a_fresh_process_writes_its_first_amount_in_the_countrys_way() -> None:
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "R\u00a01\u00a0234.56"
