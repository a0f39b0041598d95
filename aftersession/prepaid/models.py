# SPDX-License-Identifier: Apache-2.0
from django.db import models

from aftersession.billing.models import Invoice
from aftersession.catalog.models import Service
from aftersession.encounters.models import Encounter
from aftersession.lib.codes import new_code
from aftersession.lib.guards import AppendOnly, Frozen, NoDelete
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import TenantModel
from aftersession.scheduling.models import Appointment


class SessionCover(TenantModel):
    """A stand-alone invoice that bills a session: made in advance, or linked to it afterwards.

    As long as it is live, completing the session bills it no more. `Appointment.is_prepaid` says so on
    the session's own row, where completing compares it.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="covers")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="covers")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=160)
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=300, blank=True)

    guards = (NoDelete(), Frozen("code", (), ("appointment_id", "invoice_id", "made_at")))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"], condition=models.Q(released_at=None), name="cover_of_session_once"
            ),
            models.UniqueConstraint(
                fields=["invoice"], condition=models.Q(released_at=None), name="cover_by_invoice_once"
            ),
        ]


class PackageOffer(TenantModel):
    """Sessions sold together: so many of a service for one price. What is sold keeps a copy."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    name = models.CharField(max_length=120)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    session_count = models.PositiveSmallIntegerField()
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    months_valid = models.PositiveSmallIntegerField(null=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price_minor__gte=0, session_count__gte=1), name="offer_is_of_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Package(TenantModel):
    """Sessions that a client bought together, and how many of them are left.

    `price_minor` and `single_price_minor` are in the terms of the practice's prices: what it cost, and what
    one session cost alone on the day of the sale. `net_minor` is the income that was put off at the sale;
    `released_minor` what is put off no more: earned by a session, or taken back. Both move only by
    `SET x = x + ?` beside the row that explains them. Its price is the first line of its invoice.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    offer = models.ForeignKey(PackageOffer, on_delete=models.PROTECT, related_name="packages")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="packages")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="package")
    name = models.CharField(max_length=120)
    session_count = models.PositiveSmallIntegerField()
    price_minor = models.BigIntegerField()
    single_price_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    used_count = models.PositiveSmallIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)
    expires_on = models.DateField(null=True)
    sold_at = models.DateTimeField()
    sold_by = models.CharField(max_length=160)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=300, blank=True)

    guards = (
        NoDelete(),
        Frozen("code", (), ("patient_id", "invoice_id", "session_count", "price_minor", "net_minor")),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_count__lte=models.F("session_count")), name="package_not_overused"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    net_minor__gte=0, released_minor__gte=0, released_minor__lte=models.F("net_minor")
                ),
                name="package_not_overearned",
            ),
        ]
        indexes = [
            models.Index(
                fields=["practice", "patient"],
                condition=models.Q(closed_at=None),
                name="package_of_patient",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def left_count(self) -> int:
        """How many sessions are left to be given."""
        return 0 if self.closed_at else self.session_count - self.used_count

    @property
    def deferred_minor(self) -> int:
        """What of its income is still to be earned."""
        return self.net_minor - self.released_minor

    @property
    def deferred(self) -> Money:
        return Money(self.deferred_minor, self.currency)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class PackageUse(TenantModel):
    """One session given from a package, and the income it earned. Giving it back is a second row, negated."""

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="uses")
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="package_uses")
    count = models.SmallIntegerField(default=1)
    income_minor = models.BigIntegerField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    at = models.DateTimeField()
    by = models.CharField(max_length=160)

    guards = (AppendOnly(),)
