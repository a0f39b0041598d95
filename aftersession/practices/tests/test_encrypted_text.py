# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest
from django.core.exceptions import FieldError
from django.db import models
from django.test.utils import isolate_apps

from aftersession.lib.encryption import CannotOpen
from aftersession.practices.fields import EncryptedText, Sealed


@pytest.fixture
def safe() -> Iterator[type[models.Model]]:
    with isolate_apps("aftersession.practices"):

        class Safe(models.Model):  # noqa: DJ008
            code = models.CharField(max_length=12)
            secret = EncryptedText()

            class Meta:
                app_label = "practices"

        yield Safe


def read_back(model: type[models.Model], code: str, stored: str) -> models.Model:
    return model.from_db("default", ["id", "code", "secret"], [1, code, Sealed(stored)])


def stored_secret(model: type[models.Model], code: str, secret: str) -> str:
    row = model(code=code, secret=secret)
    field = model._meta.get_field("secret")
    assert isinstance(field, EncryptedText)
    return str(field.get_prep_value(field.pre_save(row, add=True)))


def test_the_column_holds_nothing_readable(safe: type[models.Model]) -> None:
    assert "sk_live" not in stored_secret(safe, "aaa", "sk_live_1")


def test_the_row_reads_its_own_secret(safe: type[models.Model]) -> None:
    row = read_back(safe, "aaa", stored_secret(safe, "aaa", "sk_live_1"))
    assert row.secret == "sk_live_1"  # type: ignore[attr-defined]


def test_a_secret_copied_to_another_row_does_not_open(safe: type[models.Model]) -> None:
    row = read_back(safe, "bbb", stored_secret(safe, "aaa", "sk_live_1"))
    with pytest.raises(CannotOpen):
        row.secret  # type: ignore[attr-defined]  # noqa: B018


def test_it_is_neither_searched_nor_written_around_the_row(safe: type[models.Model]) -> None:
    with pytest.raises(FieldError):
        safe._default_manager.filter(secret="sk_live_1")


def test_a_model_without_a_code_is_refused() -> None:
    with isolate_apps("aftersession.practices"):

        class Bare(models.Model):  # noqa: DJ008
            secret = EncryptedText()

            class Meta:
                app_label = "practices"

        assert "aftersession.E010" in [problem.id for problem in Bare.check()]
