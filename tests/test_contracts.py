# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.contracts import DEFAULT, contract_file, contract_folder


def test_the_folder_is_named_by_the_environment_or_lies_beside_the_repository() -> None:
    assert contract_folder({"AFTERSESSION_CONTRACTS": "/srv/contracts"}) == Path("/srv/contracts")
    assert contract_folder({}) == DEFAULT


def test_without_the_file_a_check_is_skipped_or_where_it_is_required_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERSESSION_CONTRACTS", str(tmp_path))
    monkeypatch.delenv("REQUIRE_CONTRACTS", raising=False)
    with pytest.raises(Skipped, match="no contract files at"):
        contract_file("acme.yaml")
    monkeypatch.setenv("REQUIRE_CONTRACTS", "1")
    with pytest.raises(Failed, match=r"acme\.yaml is required"):
        contract_file("acme.yaml")
    (tmp_path / "acme.yaml").touch()
    assert contract_file("acme.yaml") == tmp_path / "acme.yaml"
