# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

from django.apps import apps
from django.db.models import F

from aftersession.practices.models import Practice
from aftersession.practices.tenancy import TenantModel
from aftersession.workflows.invariants.breach import Breach


def references_stay_home(practice: Practice) -> Iterator[Breach]:
    """I-32: every foreign key joins rows of one practice."""
    for model in apps.get_models():
        if not issubclass(model, TenantModel):
            continue
        for field in model._meta.concrete_fields:
            target = field.related_model
            if isinstance(target, type) and issubclass(target, TenantModel):
                strays = model.objects.filter(**{f"{field.name}__isnull": False}).exclude(
                    **{f"{field.name}__practice": F("practice")}
                )
                for pk in strays.values_list("pk", flat=True):
                    what = f"{model._meta.label} {pk}"
                    yield Breach("I-32", practice.code, what, f"{field.name} is another practice's")
