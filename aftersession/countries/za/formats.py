# SPDX-License-Identifier: Apache-2.0
"""How South Africans write numbers that identify things, and what is kept of them."""

import re
from datetime import date

from django.utils.translation import gettext as _

NOISE = re.compile(r"[\s\u00a0().\-/]")


def clean_phone(text: str) -> str:
    """082 123 4567, +27 (0)82 123 4567 and 0027821234567 are one number: +27821234567."""
    number = NOISE.sub("", text.replace("(0)", ""))
    number = re.sub(r"^00", "+", number)
    if not number:
        return ""
    number = re.sub(r"^(?:\+27|0)0?(?=[1-9]\d{8}$)", "+27", number)
    if number.startswith("+27"):
        is_right = re.fullmatch(r"\+27[1-9]\d{8}", number, re.ASCII)
    else:
        is_right = re.fullmatch(r"\+[1-9]\d{7,14}", number, re.ASCII)
    if not is_right:
        raise ValueError(
            _("This is not a telephone number. Write it like 082 123 4567, or +44 20 7946 0000.")
        )
    return number


def format_phone(number: str) -> str:
    """A kept number as it is dialled here: 082 123 4567; foreign ones as they are."""
    home = re.fullmatch(r"\+27(\d{2})(\d{3})(\d{4})", number)
    return "0{} {} {}".format(*home.groups()) if home else number


def clean_national_id(text: str) -> str:
    """Thirteen digits are an identity number and are checked; anything else is taken as a passport."""
    number = NOISE.sub("", text).upper()
    if not number:
        return ""
    if re.fullmatch(r"\d{13}", number, re.ASCII):
        if _has_luhn(number) and _starts_with_a_day(number):
            return number
        raise ValueError(_("This ID number has a wrong digit. Please check it."))
    if not re.fullmatch(r"[A-Z0-9]{6,20}", number) or (number.isdigit() and len(number) > 9):
        raise ValueError(_("An ID number has 13 digits; a passport number 6 to 20 letters and digits."))
    return number


def clean_practice_number(text: str) -> str:
    """Seven digits, often with the discipline before them; leading zeros count. There is no check digit."""
    return _digits(
        text, r"\d{7}|\d{10}", _("A practice number has 7 digits, or 10 with the discipline before them.")
    )


def format_practice_number(number: str) -> str:
    """0860000451 reads as 086 000 0451, 0451234 as 045 1234."""
    return " ".join(filter(None, [number[:3], number[3:-4], number[-4:]])) if len(number) >= 7 else number


def clean_vat_number(text: str) -> str:
    """Ten digits, the first a 4."""
    return _digits(text, r"4\d{9}", _("A VAT number has 10 digits and begins with 4."))


def clean_dependant_code(text: str) -> str:
    """Two digits; 0 is 00, the main member at most schemes, and blank is not known."""
    code = _digits(text, r"\d{1,2}", _("A dependant code has two digits, like 00 or 01."))
    return code.zfill(2) if code else ""


def clean_account_number(text: str) -> str:
    """A bank account number: 7 to 11 digits here, up to 16 at some banks."""
    return _digits(text, r"\d{7,16}", _("An account number has 7 to 16 digits."))


def clean_branch_code(text: str) -> str:
    """Six digits."""
    return _digits(text, r"\d{6}", _("A branch code has 6 digits."))


def clean_postal_code(text: str) -> str:
    """Four digits."""
    return _digits(text, r"\d{4}", _("A postal code has 4 digits."))


def _digits(text: str, pattern: str, sentence: str) -> str:
    value = NOISE.sub("", text)
    if value and not re.fullmatch(pattern, value, re.ASCII):
        raise ValueError(sentence)
    return value


def _has_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0


def _starts_with_a_day(digits: str) -> bool:
    # 1900 apart, which no person alive needs, both centuries have the same leap years.
    try:
        date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True
