# SPDX-License-Identifier: Apache-2.0
from datetime import date

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.countries.port import CountryProfile
from aftersession.countries.registry import profile
from aftersession.lib.codes import new_code
from aftersession.practices.tenancy import TenantModel


class Practice(models.Model):
    """The tenant: one business with its own clients, books and numbers."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(_("trading name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=120, blank=True)
    tagline = models.CharField(_("line under the name"), max_length=80, blank=True)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    locale = models.CharField(max_length=12)
    language = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=64)

    address = models.TextField(_("address"), blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    support_email = models.EmailField(_("support address"), blank=True)
    practice_number = models.CharField(max_length=32, blank=True)
    tax_number = models.CharField(max_length=32, blank=True)
    tax_vendor_from = models.DateField(null=True, blank=True)
    tax_vendor_to = models.DateField(null=True, blank=True)
    prices_include_tax = models.BooleanField(default=True)

    accent_colour = models.CharField(
        max_length=7, default="#2d3bcb", validators=[RegexValidator(r"^#[0-9a-f]{6}$")]
    )
    bank_name = models.CharField(max_length=80, blank=True)
    bank_account_name = models.CharField(max_length=80, blank=True)
    bank_account_number = models.CharField(max_length=40, blank=True)
    bank_branch = models.CharField(max_length=20, blank=True)
    invoice_terms = models.TextField(blank=True)
    payment_days = models.PositiveSmallIntegerField(_("days to pay"), default=14)
    undo_seconds = models.PositiveSmallIntegerField(_("undo window in seconds"), default=15)
    reference_key = models.CharField(max_length=4)
    prints_diagnosis = models.BooleanField(default=False)
    allows_part_payment = models.BooleanField(_("clients may pay a part online"), default=True)
    # What each role may give back at once, in minor units; null: as much as came in. Owners always may.
    biller_refund_limit_minor = models.BigIntegerField(null=True, blank=True)
    practitioner_refund_limit_minor = models.BigIntegerField(null=True, blank=True)
    default_template = models.CharField(max_length=40, default="standard")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference_key"], name="practice_reference_key_unique"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def profile(self) -> CountryProfile:
        """The country's rules and words."""
        return profile(self.country)

    def is_tax_vendor_on(self, day: date) -> bool:
        """Whether the practice charges tax on supplies of this day."""
        if self.tax_vendor_from is None or day < self.tax_vendor_from:
            return False
        return self.tax_vendor_to is None or day <= self.tax_vendor_to


class Location(TenantModel):
    """A place where sessions happen."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=80)
    address = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class Practitioner(TenantModel):
    """Who treats: the provider of the service, named on every account."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    title = models.CharField(max_length=20, blank=True)
    given_names = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    discipline = models.CharField(max_length=80, blank=True)
    registration_number = models.CharField(max_length=32, blank=True)
    practice_number = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.title, self.given_names, self.family_name) if part)

    @property
    def short_name(self) -> str:
        return " ".join(part for part in (self.title, self.given_names[:1] + ".", self.family_name) if part)


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    PRACTITIONER = "practitioner", _("Practitioner")
    FRONT_DESK = "front_desk", _("Front desk")
    BILLER = "biller", _("Biller")


class Member(TenantModel):
    """A person's place in one practice. An `Actor` of commands."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "user"], name="member_once_a_practice"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    @property
    def scope(self) -> str:
        return f"member:{self.pk}"

    @property
    def label(self) -> str:
        return str(self.user)

    @property
    def sees_everyone(self) -> bool:
        """Practitioners see their own clients and money; the others see the whole practice."""
        return self.role != Role.PRACTITIONER
