# SPDX-License-Identifier: Apache-2.0
import pytest
from pytest_django import Settings

from aftersession.payments.provider import ConnectionSettings, Mode
from aftersession.payments.registry import UnknownProvider, provider_for, provider_kinds

CONNECTION = ConnectionSettings(base_url="", account="demo", mode=Mode.TEST, api_key="key")


def test_every_partner_in_the_settings_can_be_made() -> None:
    assert [provider_for(kind, CONNECTION).kind for kind in provider_kinds()] == provider_kinds()


def test_a_kind_without_a_line_is_unknown() -> None:
    with pytest.raises(UnknownProvider):
        provider_for("nobody", CONNECTION)


def test_a_line_that_names_something_else_is_refused(settings: Settings) -> None:
    settings.PAYMENT_PROVIDERS = {"wrong": "aftersession.lib.money.Money"}
    with pytest.raises(TypeError):
        provider_for("wrong", CONNECTION)
