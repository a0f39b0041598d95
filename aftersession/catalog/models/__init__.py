# SPDX-License-Identifier: Apache-2.0
from aftersession.catalog.models.service import Service, ServiceKind, TaxTreatment

__all__ = ["Service", "ServiceKind", "TaxTreatment"]
