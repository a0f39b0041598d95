# SPDX-License-Identifier: Apache-2.0
"""A text column that lies encrypted in the database and in every copy of it."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from aftersession.lib.encryption import open_sealed, seal


class Sealed(str):
    """A value as the database holds it."""

    __slots__ = ()


class OpensOnRead(DeferredAttribute):
    """Opens the value when it is first asked for: only then its row is known."""

    field: "EncryptedText"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None or not isinstance(value, Sealed):
            return value
        text = open_sealed(value, aad=self.field.place_of(instance), keys=settings.FIELD_KEYS)
        instance.__dict__[self.field.attname] = text
        return text

    def __set__(self, instance: models.Model, value: Any) -> None:
        # Having this, Python asks __get__ even though the value lies in the instance.
        instance.__dict__[self.field.attname] = value


class EncryptedText(models.TextField):  # type: ignore[type-arg]  # not generic when it runs
    """Text sealed for its very row, by the row's public code: copied to another row it does not open.

    Only whole rows can write it (`save`, `create`), so `.update()` is refused; and it cannot be searched.
    """

    descriptor_class = OpensOnRead

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if not any(field.name == "code" for field in self.model._meta.fields):
            found.append(
                checks.Error("An encrypted field needs a row with a code.", obj=self, id="aftersession.E010")
            )
        return found

    def place_of(self, instance: models.Model) -> str:
        """What a value is bound to: table, column and row."""
        return f"{instance._meta.label_lower}.{self.name}:{instance.code}"  # type: ignore[attr-defined]

    def from_db_value(self, value: str | None, *_args: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        text = getattr(model_instance, self.attname)
        if text is None:
            return None
        return Sealed(seal(text, aad=self.place_of(model_instance), keys=settings.FIELD_KEYS))

    def get_prep_value(self, value: Any) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise FieldError(f"{self.name} is encrypted: save the row, and do not search by it.")
        return None if value is None else str(value)
