# SPDX-License-Identifier: Apache-2.0
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import TenantModel


class Payer(TenantModel):
    """An insurer the practice bills."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=120)
    claims_email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "name"], name="payer_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        return f"payer:{self.code}"


class Relationship(models.TextChoices):
    SELF = "self", _("Principal member")
    SPOUSE = "spouse", _("Spouse or partner")
    CHILD = "child", _("Child")
    OTHER = "other", _("Other dependant")


class Coverage(TenantModel):
    """A patient's policy with an insurer, as it stands on the card."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="coverages")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=80, blank=True)
    member_number = models.CharField(max_length=40)
    dependant_code = models.CharField(max_length=4, blank=True)
    relationship = models.CharField(max_length=8, choices=Relationship.choices, default=Relationship.SELF)
    principal_family_name = models.CharField(max_length=120, blank=True)
    principal_initials = models.CharField(max_length=20, blank=True)
    principal_id_number = models.CharField(max_length=32, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["priority", "id"]

    def __str__(self) -> str:
        return " ".join(part for part in (self.payer.name, self.plan) if part)

    def is_valid_on(self, day: date) -> bool:
        """Whether the policy covers this day, as far as dates are known."""
        starts = self.valid_from is None or self.valid_from <= day
        return self.is_active and starts and (self.valid_to is None or day <= self.valid_to)
