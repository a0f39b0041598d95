# SPDX-License-Identifier: Apache-2.0
"""Keeping practices apart: no query runs without saying whose rows it wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from aftersession.practices.models import Practice

_active: ContextVar[int | None] = ContextVar("active_practice", default=None)

Row = TypeVar("Row", bound=models.Model, covariant=True)


class NoActivePractice(RuntimeError):
    """A query on tenant rows outside any practice: a bug, never a user's mistake."""


@contextmanager
def practice_scope(practice: "Practice") -> Iterator[None]:
    """Everything asked for inside belongs to this practice."""
    token = _active.set(practice.pk)
    try:
        yield
    finally:
        _active.reset(token)


def active_practice_id() -> int | None:
    """The primary key of the practice whose scope is active, if any."""
    return _active.get()


class TenantManager(models.Manager[Row]):
    """Rows of the active practice only; raises NoActivePractice where there is none."""

    def get_queryset(self) -> models.QuerySet[Row]:
        practice_id = active_practice_id()
        if practice_id is None:
            raise NoActivePractice(f"{self.model.__name__} was asked for outside a practice")
        return super().get_queryset().filter(practice_id=practice_id)

    def for_practice(self, practice: "Practice") -> models.QuerySet[Row]:
        """Rows of this practice, whatever scope is active."""
        return super().get_queryset().filter(practice=practice)


class TenantModel(models.Model):
    """A row that belongs to one practice, and stays there (triggers refuse a move)."""

    practice = models.ForeignKey("practices.Practice", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[TenantManager[Self]] = TenantManager()
    unscoped: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
