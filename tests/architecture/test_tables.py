# SPDX-License-Identifier: Apache-2.0
"""What must hold of every table, however many there will be."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models

from aftersession.practices.guards import missing_guards
from aftersession.practices.tenancy import TenantManager, TenantModel
from tests.architecture.house import imports_of, name_of, sources, steps

# What belongs to no practice: people who sign in, practices themselves, and published code tables.
SHARED = {"accounts.User", "practices.Practice", "catalog.CodeTable", "catalog.DiagnosisCode"}


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("aftersession.")]


def references(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Name and target app of each of a model's references to our own models."""
    for field in (*model._meta.fields, *model._meta.many_to_many):
        target = field.related_model
        if isinstance(target, type) and target.__module__.startswith("aftersession."):
            yield field.name, target._meta.app_label


def test_every_reference_points_down_the_staircase_or_stays_on_its_step() -> None:
    height = steps()
    upward = [
        f"{model._meta.label}.{name} -> {target}"
        for model in own_models()
        for name, target in references(model)
        if target != model._meta.app_label and height[target] >= height[model._meta.app_label]
    ]
    assert upward == []


def test_every_table_belongs_to_a_practice_unless_it_is_shared_by_intent() -> None:
    loose = {model._meta.label for model in own_models() if not issubclass(model, TenantModel)}
    assert loose == SHARED


def test_no_tenant_table_has_lost_the_manager_that_refuses_to_answer_without_a_practice() -> None:
    for model in own_models():
        if issubclass(model, TenantModel):
            assert isinstance(model.objects, TenantManager), model._meta.label
            assert not model._meta.many_to_many, f"{model._meta.label}: a join table has no practice"


def test_money_hangs_on_no_generic_relation() -> None:
    for model in own_models():
        names = {field.name for field in model._meta.get_fields()}
        assert not {"content_type", "object_id"} & names, model._meta.label


def test_amounts_are_whole_minor_units() -> None:
    for model in own_models():
        for field in model._meta.fields:
            where = f"{model._meta.label}.{field.name}"
            assert not isinstance(field, models.FloatField | models.DecimalField), where
            if field.name.endswith("_minor"):
                assert isinstance(field, models.BigIntegerField), where


@pytest.mark.django_db
def test_every_declared_guard_stands_in_the_database() -> None:
    assert missing_guards(connection) == []


@pytest.mark.django_db
@pytest.mark.parametrize("engine", ["postgresql"])
def test_two_sessions_at_once_are_refused_by_the_database_itself(engine: str) -> None:
    if connection.vendor != engine:
        return  # SQLite's rule is a trigger, which the test above counts
    with connection.cursor() as cursor:
        cursor.execute("SELECT contype FROM pg_constraint WHERE conname = 'appointment_no_overlap'")
        assert cursor.fetchone() == ("x",)


def test_migrations_know_nothing_of_the_code_but_the_pure_parts() -> None:
    known = re.compile(r"aftersession\.lib\b")
    strays = [
        f"{name_of(path)} imports {module}"
        for path in sources()
        if path.parent.name == "migrations"
        for module in imports_of(path)
        if module.startswith(("aftersession", "config")) and not known.match(module)
    ]
    assert strays == []
