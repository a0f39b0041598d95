# SPDX-License-Identifier: Apache-2.0
"""No country in particular: no tax, no insurer's rules, plain words. What every practice can start with."""

from django.utils.translation import gettext_lazy as _

from aftersession.countries.port import CountryProfile

PROFILE = CountryProfile(
    code="zz",
    name=_("Other country"),
    currency="EUR",
    locale="en",
    languages=("en",),
    time_zone="UTC",
)
