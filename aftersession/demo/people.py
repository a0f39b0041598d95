# SPDX-License-Identifier: Apache-2.0
"""Who is seen in the demo. Invented people; addresses end in example domains that nobody owns."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Person:
    """A client of the demo. `scheme` is the index of an insurer, `parent` a responsible person."""

    given: str
    family: str
    born: str
    sex: str = "female"
    mail: str = ""
    scheme: int | None = None
    parent: str = ""
    diagnosis: str = ""
    known_as: str = ""

    @property
    def phone_digits(self) -> str:
        """A number in the country's mobile range, made from the name so that it stays the same."""
        total = sum(ord(char) * (index + 7) for index, char in enumerate(self.given + self.family))
        return f"{total * 7919 % 10_000_000:07d}"


PEOPLE: Final = (
    Person("Naledi", "Mokoena", "1990-04-12", mail="naledi@example.com", diagnosis="F41.1"),
    Person("Fatima", "Davids", "1988-06-02", mail="fatima@example.com", scheme=0, diagnosis="F43.2"),
    Person("Thabo", "Sithole", "1984-01-20", "male", "thabo@example.com"),
    Person("Ntombizodwa", "Mabuza-Hendricks", "1979-11-03", mail="ntombi@example.com", scheme=1, diagnosis="F33.1"),
    Person("Kirsten", "O’Connor", "1995-02-14", mail="kirsten@example.com", scheme=2, diagnosis="F41.2"),
    Person("Johannes Petrus", "van Wyk", "1961-07-30", "male", "j.vanwyk@bounce.example", known_as="Hannes"),
    Person("Priya", "Govender", "1992-09-09", mail="priya@example.com", diagnosis="F51.0"),
    Person("Tshepo", "Molefe", "1999-12-01", "male"),
    Person("Chantelle", "Adams", "1983-05-25", mail="chantelle@example.com", scheme=0, diagnosis="F32.1"),
    Person("Bongani", "Mkhize", "1975-03-17", "male", "bongani@example.com", scheme=0, diagnosis="F41.1"),
    Person("Nomvula", "Khumalo", "1986-08-21", mail="nomvula@example.com"),
    Person("Pieter", "Janse van Rensburg", "1958-10-10", "male", "pieter@example.com", scheme=1, diagnosis="F34.1"),
    Person("Zanele", "Dube", "1997-04-04", mail="zanele@example.com"),
    Person("Siyabonga", "Ndlovu", "1989-06-16", "male", "siya@example.com", known_as="Siya"),
    Person("Rashid", "Ebrahim", "1971-01-05", "male", "rashid@example.com", scheme=2, diagnosis="F43.1"),
    Person("Hlengiwe", "Zulu-van der Merwe", "1993-07-07", mail="hlengiwe@example.com"),
    Person("Anele", "Jacobs", "1980-02-29", mail="anele@example.com"),
    Person("Refilwe", "Tau", "1991-11-11", mail="refilwe@example.com"),
    Person("Yusuf", "Adams", "1966-09-19", "male", "yusuf@example.com"),
    Person("Lindiwe", "Cele-Botha", "1987-12-24", mail="lindiwe@example.com", scheme=2, diagnosis="F42.0"),
    Person("Thandeka", "Mahlangu", "1994-05-05", mail="thandeka@example.com", scheme=0, diagnosis="F60.3"),
    Person("Maria", "da Conceição Ferreira", "1955-08-15", mail="maria@example.com"),
    Person("Karabo", "Sithole", "2014-09-01", "male", parent="Thabo Sithole", diagnosis="F90.0"),
    Person("Amahle", "Nkosi", "2012-03-23", parent="Nokuthula Nkosi", scheme=1, diagnosis="F93.0"),
    Person("Liam", "Botha", "2015-06-30", "male", parent="Elmarie Botha"),
    Person("Zoë", "Février", "2010-10-02", parent="Chloé Février"),
    Person("Ayaan", "Khan", "2013-01-19", "male", parent="Imran Khan", scheme=2, diagnosis="F84.5"),
    Person("Lethabo", "Maseko", "2016-12-12", parent="Palesa Maseko"),
    Person("محمد", "الأمين", "1982-04-30", "male", "mohamed@example.com"),
    Person("ליאורה", "כהן", "1978-05-18", mail="liora@example.com"),
    Person("Ελένη", "Παπαδοπούλου", "1985-02-02", mail="eleni@example.com"),
    Person("Дмитрий", "Соколов", "1974-09-27", "male", "dmitri@example.com"),
    Person("अनन्या", "शर्मा", "1996-03-08", mail="ananya@example.com"),
    Person("தமிழ்ச்செல்வி", "நாயுடு", "1969-12-05", mail="tamil@example.com", scheme=0, diagnosis="F41.0"),
    Person("Adékúnlé", "Ọlátúnjí", "1990-10-01", "male", "kunle@example.com"),
    Person("Chiamaka", "Nwọ́sù", "1998-06-12", mail="chiamaka@example.com"),
    Person("Łukasz", "Wiśniewski", "1981-11-28", "male", "lukasz@example.com"),
    Person("Siobhán", "Ní Bhriain", "1973-03-17", mail="siobhan@example.com"),
    Person("Nguyễn Thị", "Hương", "1994-07-21", mail="huong@example.com"),
    Person("Jürgen", "Groß", "1963-02-11", "male", "juergen@example.com"),
    Person("Precious", "", "2000-01-01"),
    Person("Mpho", "Letsoalo", "1985-05-15", "male", "mpho@example.com"),
    Person("Gugulethu", "Zondo", "1992-08-08", mail="gugu@example.com", known_as="Gugu"),
    Person("Tumelo", "Phiri", "1977-10-20", "male"),
    Person("Jacoba Magdalena", "Oosthuizen", "1948-04-27", mail="kobie@example.com", scheme=1, diagnosis="F32.0", known_as="Kobie"),
    Person("Sipho", "Buthelezi", "1988-12-16", "male", "sipho@example.com"),
    Person("Nosipho", "Gumede", "1990-09-24", mail="nosipho@example.com", scheme=0, diagnosis="F50.2"),
    Person("Willem", "Pretorius", "1970-06-01", "male", "willem@example.com"),
    Person("Keitumetse", "Motaung", "2001-02-22", mail="kei@example.com", known_as="Kei"),
    Person("Shabnam", "Moosa", "1984-08-31", mail="shabnam@example.com", scheme=2, diagnosis="F43.2"),
    Person("Lwazi", "Mthembu", "1995-11-07", "male", "lwazi@example.com"),
    Person("Estelle", "du Plessis", "1959-01-13", mail="estelle@example.com"),
    Person("Vusi", "Radebe", "1982-03-03", "male"),
    Person("Nandi", "Hadebe", "1993-05-29", mail="nandi@example.com"),
    Person("Simphiwe", "Ngcobo", "1979-07-18", "male", "simphiwe@example.com", scheme=1, diagnosis="F33.0"),
    Person("Carmen", "Solomons", "1986-10-26", mail="carmen@example.com"),
    Person("Itumeleng", "Seabi", "1991-12-31", mail="itu@example.com"),
    Person("Zinhle", "Mbatha", "1997-09-14", mail="zinhle@example.com"),
    Person("Andries", "Steyn", "1965-04-06", "male", "andries@example.com"),
    Person("Wilhelmina Aletta Johanna Catharina", "van der Westhuizen-Labuschagne", "1972-02-17", mail="mina@example.com", known_as="Mina"),
)  # fmt: skip

SCHEMES: Final = (
    ("Umhlaba Health", "claims@umhlaba.example", "Core"),
    ("Baobab Medical Scheme", "accounts@baobab.example", "Saver"),
    ("Kestrel Health", "claims@kestrel.example", "Comprehensive"),
)

# Name, kind, minutes, price in minor units. Sessions find their procedure code by their minutes.
SERVICES: Final = (
    ("Individual therapy", "session", 51, 950_00),
    ("Individual therapy, short", "session", 30, 580_00),
    ("Individual therapy, long", "session", 80, 1_450_00),
    ("First consultation", "session", 60, 1_100_00),
    ("Couple therapy", "session", 80, 1_450_00),
    ("Family session", "session", 90, 1_650_00),
    ("Child assessment", "session", 51, 1_180_00),
    ("Follow-up online", "session", 20, 420_00),
    ("Psychometric assessment", "session", 110, 2_400_00),
    ("Report for school", "item", None, 850_00),
    ("Workbook “Managing worry”", "item", None, 120_00),
    ("Letter of attendance", "item", None, 150_00),
)

STAFF: Final = (
    # Address, name, role, practitioner (title, given, family, registration, practice number)
    ("ayesha@parkerdlamini.example", "Dr Ayesha Parker", "owner", ("Dr", "Ayesha", "Parker", "PS 0118245", "0860451")),
    ("lindiwe@parkerdlamini.example", "Lindiwe Dlamini", "practitioner", ("", "Lindiwe", "Dlamini", "PS 0120931", "0860452")),
    ("marco@parkerdlamini.example", "Marco Naidoo", "practitioner", ("", "Marco", "Naidoo", "PS 0125407", "0860453")),
    ("desk@parkerdlamini.example", "Busi Cele", "front_desk", None),
    ("accounts@parkerdlamini.example", "Johan Botha", "biller", None),
)  # fmt: skip

DIAGNOSES: Final = {
    "F32.0": "Mild depressive episode",
    "F32.1": "Moderate depressive episode",
    "F33.0": "Recurrent depressive disorder, current episode mild",
    "F33.1": "Recurrent depressive disorder, current episode moderate",
    "F34.1": "Dysthymia",
    "F41.0": "Panic disorder",
    "F41.1": "Generalized anxiety disorder",
    "F41.2": "Mixed anxiety and depressive disorder",
    "F42.0": "Predominantly obsessional thoughts",
    "F43.1": "Post-traumatic stress disorder",
    "F43.2": "Adjustment disorders",
    "F50.2": "Bulimia nervosa",
    "F51.0": "Nonorganic insomnia",
    "F60.3": "Emotionally unstable personality disorder",
    "F84.5": "Asperger syndrome",
    "F90.0": "Disturbance of activity and attention",
    "F93.0": "Separation anxiety disorder of childhood",
}
