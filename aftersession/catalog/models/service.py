# SPDX-License-Identifier: Apache-2.0
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.lib.money import Money
from aftersession.practices.tenancy import TenantModel


class TaxTreatment(models.TextChoices):
    STANDARD = "standard", _("Standard rate")
    ZERO = "zero", _("Zero rate")
    EXEMPT = "exempt", _("Exempt")


class ServiceKind(models.TextChoices):
    SESSION = "session", _("Session")
    ITEM = "item", _("Item")


class Service(TenantModel):
    """What the practice offers, at its present price. Bookings copy it: later prices change the future only."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=8, choices=ServiceKind.choices, default=ServiceKind.SESSION)
    name = models.CharField(max_length=120)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    tax_treatment = models.CharField(
        max_length=8, choices=TaxTreatment.choices, default=TaxTreatment.STANDARD
    )
    procedure_code = models.CharField(max_length=16, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="service_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def price(self) -> Money:
        """What it costs now; a booking has its own copy."""
        return Money(self.price_minor, self.currency)
