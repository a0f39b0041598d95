# SPDX-License-Identifier: Apache-2.0
"""Reading documents, and the gates to them."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from aftersession.documents import store
from aftersession.documents.models import Document, DocumentState
from aftersession.practices.models import Member, Practice


def document_for(member: Member, code: str) -> Document:
    """A document of the member's practice. Raises Http404."""
    document: Document = get_object_or_404(Document.objects.for_practice(member.practice), code=code)
    return document


def failed_documents(practice: Practice) -> QuerySet[Document]:
    """What could not be made and waits for somebody to look."""
    return Document.objects.for_practice(practice).filter(state=DocumentState.FAILED).order_by("pk")


def damaged_documents() -> Iterator[Document]:
    """Ready documents, of all practices, whose file is gone or has other bytes than were issued."""
    for document in Document.unscoped.filter(state=DocumentState.READY).order_by("pk").iterator():
        try:
            store.read(document.sha256)
        except store.DamagedFile:
            yield document
