# SPDX-License-Identifier: Apache-2.0
from aftersession.catalog.models.codes import CodeTable, DiagnosisCode, Sex
from aftersession.catalog.models.service import Service, ServiceKind, TaxTreatment

__all__ = ["CodeTable", "DiagnosisCode", "Service", "ServiceKind", "Sex", "TaxTreatment"]
