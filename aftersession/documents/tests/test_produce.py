# SPDX-License-Identifier: Apache-2.0
"""From the promise to the file, whatever goes wrong between."""

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import transaction
from django.http import Http404

from aftersession.documents import queries, store
from aftersession.documents.actions import (
    TRIES,
    create_document,
    open_file,
    produce,
    produce_pending,
    retry_document,
    sweep_strays,
)
from aftersession.documents.models import Document, DocumentState
from aftersession.documents.tests import samples
from aftersession.lib import clock
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: object, db: None) -> Path:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    return tmp_path


def promised(cast: Cast) -> Document:
    return create_document(practice=cast.practice, context=samples.invoice(), filename="INV-000442.pdf")


def link_of(code: str) -> str:
    return samples.LINKS[code]


def broken(code: str) -> str:
    raise OSError("no address today")


def fresh(document: Document) -> Document:
    row: Document = Document.objects.for_practice(document.practice).get(pk=document.pk)
    return row


def test_it_makes_a_promised_document_ready(cast: Cast, data_dir: Path) -> None:
    document = promised(cast)
    assert document.state == DocumentState.PENDING
    assert produce(document, link_of=link_of)
    assert document.state == DocumentState.READY
    content = open_file(document)
    assert document.sha256 == sha256(content).hexdigest()
    assert document.size_bytes == len(content)
    assert (data_dir / "documents" / document.sha256[:2] / f"{document.sha256}.pdf").read_bytes() == content


def test_a_promise_taken_back_leaves_nothing(cast: Cast) -> None:
    with transaction.atomic():
        promised(cast)
        transaction.set_rollback(True)
    assert not Document.objects.for_practice(cast.practice).exists()


def test_producing_twice_changes_nothing(cast: Cast) -> None:
    document = promised(cast)
    produce(document, link_of=link_of)
    before = fresh(document)
    assert produce(fresh(document), link_of=broken)
    assert fresh(document).ready_at == before.ready_at


def test_the_slower_of_two_producers_agrees(cast: Cast, data_dir: Path) -> None:
    first = promised(cast)
    second = fresh(first)
    assert produce(first, link_of=link_of)
    assert produce(second, link_of=link_of)
    assert second.sha256 == first.sha256
    assert second.ready_at == first.ready_at
    assert len(list((data_dir / "documents").rglob("*.pdf"))) == 1


def test_the_worker_makes_what_the_request_could_not(cast: Cast, other_cast: Cast) -> None:
    promised(cast)
    promised(other_cast)
    assert produce_pending(limit=1, link_of=link_of) == 1
    assert produce_pending(limit=10, link_of=link_of) == 1
    assert produce_pending(limit=10, link_of=link_of) == 0


def test_a_failure_is_counted_and_tried_again_later(cast: Cast, frozen_clock: FrozenClock) -> None:
    document = promised(cast)
    assert not produce(document, link_of=broken)
    assert (document.state, document.attempts, document.problem) == (DocumentState.PENDING, 1, "storage")
    assert produce_pending(limit=10, link_of=link_of) == 0
    frozen_clock.tick(seconds=TRIES[1].total_seconds())
    assert produce_pending(limit=10, link_of=link_of) == 1


def test_after_the_last_try_it_waits_for_a_person(cast: Cast, frozen_clock: FrozenClock) -> None:
    document = promised(cast)
    for wait in TRIES:
        frozen_clock.move_to(document.created_at + wait)
        produce_pending(limit=10, link_of=broken)
    assert fresh(document).state == DocumentState.FAILED
    assert list(queries.failed_documents(cast.practice)) == [document]
    assert produce_pending(limit=10, link_of=link_of) == 0


def test_a_person_can_have_it_tried_again(cast: Cast) -> None:
    document = promised(cast)
    Document.objects.for_practice(cast.practice).update(state=DocumentState.FAILED, attempts=len(TRIES))
    assert retry_document(document)
    assert not retry_document(document)
    assert produce_pending(limit=10, link_of=link_of) == 1


def test_content_that_cannot_be_read_fails_by_its_code(cast: Cast) -> None:
    document = promised(cast)
    document.context = {"kind": "poem"}
    assert not produce(document, link_of=link_of)
    assert fresh(document).problem == "content"


def test_one_bad_document_does_not_stop_the_others(cast: Cast) -> None:
    bad = create_document(practice=cast.practice, context=samples.invoice(pay_link="gone"), filename="x.pdf")
    promised(cast)
    assert produce_pending(limit=10, link_of=link_of) == 1
    assert fresh(bad).problem == "unexpected"


def test_a_failure_is_logged_without_a_word_of_the_content(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    produce(promised(cast), link_of=broken)
    assert "document_not_made" in caplog.text
    assert "Bongani" not in caplog.text


def test_a_full_disk_leaves_it_pending_and_no_half_file(
    cast: Cast, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    document = promised(cast)
    monkeypatch.setattr(os, "fsync", full)
    assert not produce(document, link_of=link_of)
    assert document.state == DocumentState.PENDING
    assert [path for path in data_dir.rglob("*") if path.is_file()] == []


def test_a_changed_file_is_never_served(cast: Cast) -> None:
    document = promised(cast)
    produce(document, link_of=link_of)
    store.path_of(document.sha256).write_bytes(b"another")
    with pytest.raises(store.DamagedFile):
        open_file(document)
    assert list(queries.damaged_documents()) == [document]


def test_a_file_that_is_gone_is_told(cast: Cast) -> None:
    document = promised(cast)
    produce(document, link_of=link_of)
    assert list(queries.damaged_documents()) == []
    store.path_of(document.sha256).unlink()
    assert list(queries.damaged_documents()) == [document]


def test_the_sweeper_takes_old_strays_only(cast: Cast) -> None:
    document = promised(cast)
    produce(document, link_of=link_of)
    folder = store.path_of(document.sha256).parent
    (folder / ".new-crashed").write_bytes(b"half")
    old, young = folder / f"{folder.name}{'0' * 62}.pdf", folder / f"{folder.name}{'1' * 62}.pdf"
    young.write_bytes(b"just written, its row not yet ready")
    old.write_bytes(b"left by a crash")
    two_days_ago = time.time() - 2 * 86400
    for path in (folder / ".new-crashed", old, store.path_of(document.sha256)):
        os.utime(path, (two_days_ago, two_days_ago))
    assert sweep_strays() == 2
    assert young.exists()
    assert open_file(document)


def test_keeping_the_same_content_again_makes_its_file_young(data_dir: Path) -> None:
    digest = store.keep(b"content")
    os.utime(store.path_of(digest), (0, 0))
    assert store.keep(b"content") == digest
    assert store.path_of(digest).stat().st_mtime > clock.now().timestamp() - 86400 * 365


def test_keeping_mends_a_damaged_file(data_dir: Path) -> None:
    digest = store.keep(b"content")
    store.path_of(digest).write_bytes(b"con")
    store.keep(b"content")
    assert store.read(digest) == b"content"


def test_the_gate_opens_for_the_practice_only(cast: Cast, other_cast: Cast) -> None:
    document = promised(cast)
    assert queries.document_for(cast.biller, document.code) == document
    with pytest.raises(Http404):
        queries.document_for(other_cast.owner, document.code)
