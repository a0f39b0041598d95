# SPDX-License-Identifier: Apache-2.0
from dataclasses import fields
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from aftersession.countries.facts import AccountFacts, DocumentKind, InvoiceDetail, InvoiceFacts
from aftersession.countries.registry import country_codes, profile
from aftersession.lib.money import minor_digits


@pytest.mark.parametrize("code", country_codes())
def test_every_country_is_whole(code: str) -> None:
    country = profile(code)
    assert country.code == code
    assert str(country.name)
    assert ZoneInfo(country.time_zone)
    assert Locale.parse(country.locale)
    assert minor_digits(country.currency) >= 0
    assert all(str(getattr(country.words, word.name)) for word in fields(country.words))


@pytest.mark.parametrize("code", country_codes())
def test_tax_policies_follow_each_other_and_have_their_own_versions(code: str) -> None:
    policies = profile(code).tax_policies
    assert [p.since for p in policies] == sorted(p.since for p in policies)
    assert len({p.version for p in policies}) == len(policies)


def test_an_unknown_country_is_an_error_at_once() -> None:
    with pytest.raises(KeyError):
        profile("xx")


def test_the_bare_profile_asks_for_nothing() -> None:
    bare, today = profile("zz"), date(2026, 3, 10)
    assert bare.account_requirements(AccountFacts()) == []
    assert bare.invoice_requirements(InvoiceFacts(gross_minor=10**9, is_vendor=True)) == []
    assert bare.invoice_detail(10**9, is_vendor=True) is InvoiceDetail.NONE
    assert bare.tax_rate_bp(today) == 0
    assert bare.claim_dates(today).legal_on is None
    assert bare.resubmit_by(today) is None
    assert bare.answer_due(today) is None


@pytest.mark.parametrize("kind", DocumentKind)
def test_the_bare_profile_titles_its_documents(kind: DocumentKind) -> None:
    assert profile("zz").document_title(kind, is_vendor=False)


@pytest.mark.parametrize("typed", ["+44 (20) 7946-0000", "0044 20 7946 0000"])
def test_the_bare_profile_takes_international_numbers(typed: str) -> None:
    assert profile("zz").clean_phone(typed) == "+442079460000"


def test_the_bare_profile_keeps_identifiers_compact_and_refuses_strange_ones() -> None:
    bare = profile("zz")
    assert bare.clean_account_number("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert bare.clean_postal_code("sw1a  1aa") == "SW1A 1AA"
    with pytest.raises(ValueError, match="Letters and digits"):
        bare.clean_member_number("<script>")
