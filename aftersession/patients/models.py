# SPDX-License-Identifier: Apache-2.0
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersession.lib.codes import new_code
from aftersession.practices.tenancy import TenantModel


class Contact(TenantModel):
    """What patients and responsible persons share: a name and ways to reach them."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    title = models.CharField(max_length=20, blank=True)
    given_names = models.CharField(max_length=120)
    family_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    language = models.CharField(max_length=12, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.given_names, self.family_name) if part)

    @property
    def list_name(self) -> str:
        """As a list by family name shows it: Mokoena, Naledi."""
        return ", ".join(part for part in (self.family_name, self.given_names) if part)

    @property
    def initials(self) -> str:
        return "".join(name[0].upper() for name in self.given_names.replace("-", " ").split())


class Guarantor(Contact):
    """The person who answers for a patient's bills: parent, guardian, spouse, employer."""

    relationship = models.CharField(max_length=40, blank=True)

    @property
    def ref(self) -> str:
        return f"guarantor:{self.code}"


class Sex(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")
    UNKNOWN = "unknown", _("Not recorded")


class Patient(Contact):
    """Who is seen. Bills go to the responsible person where there is one."""

    known_as = models.CharField(max_length=80, blank=True)
    born_on = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=8, choices=Sex.choices, default=Sex.UNKNOWN)
    id_number = models.CharField(max_length=32, blank=True)
    guarantor = models.ForeignKey(
        Guarantor, on_delete=models.PROTECT, null=True, blank=True, related_name="patients"
    )
    usual_practitioner = models.ForeignKey(
        "practices.Practitioner", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment_type = models.CharField(max_length=12, blank=True)  # the type used last: offered first
    prints_diagnosis = models.BooleanField(default=False)  # the client's own choice for own papers
    sort_name = models.CharField(max_length=250, editable=False)  # folded; see `patients.search`
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["practice", "sort_name", "id"], name="patient_by_sort_name"),
        ]

    @property
    def ref(self) -> str:
        return f"patient:{self.code}"

    @property
    def first_name(self) -> str:
        """How a letter greets: the name they go by, else the first given name."""
        return self.known_as or self.given_names.split(" ")[0]

    def is_minor_on(self, day: date) -> bool:
        """Under eighteen on this day; unknown birth dates count as grown up."""
        if self.born_on is None:
            return False
        years = day.year - self.born_on.year
        return years - ((day.month, day.day) < (self.born_on.month, self.born_on.day)) < 18


class SearchWord(TenantModel):
    """One folded word under which a patient is found by its beginning: names, e-mail, phone.

    Compared character by character on both engines: a migration sees to it on PostgreSQL, whose
    database may follow the rules of a language.
    """

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="search_words")
    word = models.CharField(max_length=80)

    class Meta:
        indexes = [
            models.Index(fields=["practice", "word", "patient"], name="patient_search_word"),
            models.Index(fields=["practice", "patient", "word"], name="patient_words"),
        ]


class PatientDiagnosis(TenantModel):
    """A diagnosis on the patient's profile, copied to a session when it is completed."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="diagnoses")
    position = models.PositiveSmallIntegerField()
    system = models.CharField(max_length=16)
    diagnosis_code = models.CharField(max_length=12)
    title = models.CharField(max_length=300)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "system", "diagnosis_code"], name="patient_diagnosis_once"
            ),
        ]
