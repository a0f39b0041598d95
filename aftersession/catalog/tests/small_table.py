# SPDX-License-Identifier: Apache-2.0
"""A made-up code table that carries every fact, small enough to read."""

from aftersession.catalog.code_files import read_codes
from aftersession.catalog.code_tables import replace_codes
from aftersession.catalog.models import CodeTable
from aftersession.practices.models import Practice

SMALL_TABLE = """\
code,title,valid_primary,complete,asterisk,dagger,sex,age_from,age_to,from,to
E10,Sugar trouble of the first type,N,N,N,N,,,,,
E10.4,Sugar trouble of the first type with nerve trouble,Y,Y,N,Y,,,,,
F32,Depressive episode,N,N,N,N,,,,,
F32.0,Mild depressive episode,Y,Y,N,N,,,,,
F32.1,Moderate depressive episode,Y,Y,N,N,,,,,
F41.1,Generalized anxiety disorder,Y,Y,N,N,,,,,
F43.2,Adjustment disorders,Y,Y,N,N,,,,,
F53.0,Low mood after giving birth,Y,Y,N,N,F,12,55,,
F90.0,Disturbance of activity and attention,Y,Y,N,N,,3,,,
G63.2,Nerve trouble in sugar trouble,N,Y,Y,N,,,,,
M54.5,Low back pain,Y,Y,N,N,,,,,
N40,Enlarged prostate,Y,Y,N,N,M,,,,
R45.9,Retired state of mind,Y,Y,N,N,,,,2005-01-01,2019-12-31
S72.0,Broken hip,Y,Y,N,N,,,,,
U98.0,Client refuses to disclose the diagnosis,Y,Y,N,N,,,,,
W01,Fall on one level,N,N,N,N,,,,,
W01.09,"Fall on one level, at home, at rest",N,Y,N,N,,,,,
Z00,General examination,N,N,N,N,,,,,
Z00.0,General medical examination,Y,Y,N,N,,,,,
Z63.0,Trouble with a partner: Müller's café,Y,Y,N,N,,,,,
"""


def load_small_table(practice: Practice | None = None) -> CodeTable:
    found = read_codes(SMALL_TABLE.encode())
    return replace_codes(
        found.entries, system="icd-10", title="Small table", flags=found.flags, practice=practice
    )


def load_bare_table() -> CodeTable:
    """The same codes without any fact beside them."""
    lines = [line.split(",")[:2] for line in SMALL_TABLE.replace('"', "").splitlines()]
    found = read_codes("\n".join(",".join(line) for line in lines).encode())
    return replace_codes(found.entries, system="icd-10", title="Bare table", flags=found.flags)
