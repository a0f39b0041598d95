# SPDX-License-Identifier: Apache-2.0
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code


class CodeTable(models.Model):
    """One edition of a code system: a practice's own, or the installation's where `practice` is empty.

    Loading it again replaces its codes under the same row. Bills copy code and title, and never refer
    to a row here.
    """

    practice = models.ForeignKey(
        "practices.Practice", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    system = models.SlugField(max_length=20)
    title = models.CharField(max_length=120)
    version = models.CharField(max_length=60, blank=True)
    entry_count = models.PositiveIntegerField(default=0)
    has_flags = models.JSONField(default=list)
    loaded_at = models.DateTimeField()
    edition = models.CharField(max_length=16, default=new_code)
    """New at each load; what is kept in memory of a table is kept under it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "system"], name="code_table_one_a_practice"),
            models.UniqueConstraint(
                fields=["system"], condition=models.Q(practice=None), name="code_table_one_shared"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}".strip()


class Sex(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")


class DiagnosisCode(models.Model):
    """One code of a table. What the table does not say is NULL, and then nothing is checked."""

    table = models.ForeignKey(CodeTable, on_delete=models.CASCADE, related_name="codes")
    code = models.CharField(max_length=10)
    code_key = models.CharField(max_length=8)
    """The code in capitals without its point: F32.1 is F321."""
    title = models.CharField(max_length=400)
    words = models.TextField(blank=True)
    """The title's words as search compares them: folded, one blank between."""
    rank = models.PositiveIntegerField()
    """The place in the table by which search prefers codes: specific ones first, then short titles."""
    is_leaf = models.BooleanField()
    valid_primary = models.BooleanField(null=True)
    complete = models.BooleanField(null=True)
    asterisk = models.BooleanField(null=True)
    dagger = models.BooleanField(null=True)
    sex = models.CharField(max_length=6, choices=Sex.choices, blank=True)
    age_from = models.PositiveSmallIntegerField(null=True)
    age_to = models.PositiveSmallIntegerField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "code_key"], name="diagnosis_code_once_a_table"),
            models.UniqueConstraint(fields=["table", "rank"], name="diagnosis_code_rank_once_a_table"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def is_specific(self) -> bool:
        """Whether it can be billed: the table says so, or else nothing stands below it."""
        return self.is_leaf if self.complete is None else self.complete

    def is_in_force(self, on: date | None) -> bool:
        """Whether the code may be used on a day; a day or a date that is not known does not refuse it."""
        if on is None:
            return True
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )
