# SPDX-License-Identifier: Apache-2.0
"""Documents are promised inside the transaction that needs them and made after it.

`create_document` writes the row; `produce` draws the file, at once in the request or later in the worker. Both may
happen, even at the same moment: the bytes are the same and one of them makes the document ready.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

import typst
from django.db.models import F, Q

from aftersession.documents import store
from aftersession.documents.freezing import Context, freeze, link_codes, thaw
from aftersession.documents.frozen import BadContext
from aftersession.documents.models import Document, DocumentState
from aftersession.documents.papers.present import layout_of
from aftersession.documents.render import TEMPLATE_VERSION, Rendered, render_pdf
from aftersession.lib import clock
from aftersession.practices.models import Practice

logger = logging.getLogger(__name__)

LinkOf = Callable[[str], str]
"""From the code of a payment link to the address that opens it."""

# How long after its creation a document is tried for the first, second, … time; after the last it has failed.
TRIES = tuple(timedelta(seconds=seconds) for seconds in (0, 10, 60, 600, 3600, 6 * 3600))
STRAY_AGE = timedelta(days=1)


def create_document(*, practice: Practice, context: Context, filename: str) -> Document:
    """Promise a document: its row, with its content frozen. Call it in the transaction that issues."""
    document: Document = Document.objects.for_practice(practice).create(
        practice=practice,
        kind=context.kind,
        template=layout_of(context),
        template_version=TEMPLATE_VERSION,
        context=freeze(context),
        filename=filename,
        created_at=clock.now(),
    )
    return document


def produce(document: Document, *, link_of: LinkOf) -> bool:
    """Draw and store the file, and say whether the document is ready. Call it outside any transaction.

    Safe to repeat and for two at once. A failure is counted and logged by its code, never raised: the worker tries
    again, and after the last try staff see it.
    """
    if document.state == DocumentState.READY:
        return True
    try:
        rendered = _render(document, link_of)
        store.keep(rendered.content)
    except Exception as error:  # whatever it is, one document must not stop the others
        _note_failure(document, _problem(error))
        return False
    _mark_ready(document, rendered)
    return True


def produce_pending(*, limit: int, link_of: LinkOf) -> int:
    """For the worker: produce what is due, of all practices, oldest first. Returns how many are ready now."""
    now = clock.now()
    is_due = Q()
    for attempts, wait in enumerate(TRIES):
        is_due |= Q(attempts=attempts, created_at__lte=now - wait)
    due = Document.unscoped.filter(is_due, state=DocumentState.PENDING).select_related("practice")
    return sum(produce(document, link_of=link_of) for document in due.order_by("pk")[:limit])


def retry_document(document: Document) -> bool:
    """Let the worker try a failed document again, from the start. False if it is not failed any more."""
    failed = Document.objects.for_practice(document.practice).filter(
        pk=document.pk, state=DocumentState.FAILED
    )
    return bool(failed.update(state=DocumentState.PENDING, attempts=0, problem=""))


def open_file(document: Document) -> bytes:
    """The stored file, checked against its hash. Raises store.DamagedFile."""
    return store.read(document.sha256)


def sweep_strays() -> int:
    """Remove files that no document names, left by a crash more than a day ago. Returns how many."""
    oldest_kept = (clock.now() - STRAY_AGE).timestamp()
    removed = 0
    for folder in store.folders():
        named = set(Document.unscoped.filter(sha256__startswith=folder.name).values_list("sha256", flat=True))
        for path in folder.iterdir():
            if path.stem not in named and path.stat().st_mtime < oldest_kept:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _render(document: Document, link_of: LinkOf) -> Rendered:
    context = thaw(document.context)
    links = {code: link_of(code) for code in link_codes(context)}
    return render_pdf(context, links=links, created_at=document.created_at)


def _mark_ready(document: Document, rendered: Rendered) -> None:
    unmade = (
        Document.objects.for_practice(document.practice)
        .filter(pk=document.pk)
        .exclude(state=DocumentState.READY)
    )
    unmade.update(
        state=DocumentState.READY,
        sha256=rendered.sha256,
        size_bytes=len(rendered.content),
        missing_glyphs=list(rendered.missing),
        problem="",
        ready_at=clock.now(),
    )
    document.refresh_from_db(from_queryset=Document.objects.for_practice(document.practice))


def _note_failure(document: Document, problem: str) -> None:
    logger.error("document_not_made", extra={"document": document.code, "problem": problem})
    tried = document.attempts + 1
    seen = Document.objects.for_practice(document.practice).filter(
        pk=document.pk, state=DocumentState.PENDING, attempts=document.attempts
    )
    state = DocumentState.FAILED if tried >= len(TRIES) else DocumentState.PENDING
    seen.update(attempts=F("attempts") + 1, problem=problem, state=state)
    document.refresh_from_db(from_queryset=Document.objects.for_practice(document.practice))


def _problem(error: Exception) -> str:
    """A code without a word of the content: typst's messages can quote a name."""
    if isinstance(error, BadContext):
        return "content"
    if isinstance(error, typst.TypstError):
        return "drawing"
    return "storage" if isinstance(error, OSError) else "unexpected"
