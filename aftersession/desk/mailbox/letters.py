# SPDX-License-Identifier: Apache-2.0
"""Reading what the demo's post office keeps: one file a mail, named by its time of arrival."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import Http404

NAME = re.compile(r"\d{10,20}-[0-9a-f]{8}")
# A demo that found its port taken has moved: the path of a pay link is what still holds.
PAY_ADDRESS = re.compile(r"https?://(?:localhost|127\.0\.0\.1)(?::\d+)?(/p/[\w-]+)")
PAGE_SIZE = 25
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Paper:
    """An attachment, by its place in the mail."""

    place: int
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A mail as its reader sees it. `text` alternates between plain text and paths of pay pages."""

    name: str
    subject: str
    sender: str
    recipient: str
    at: datetime | None
    text: list[tuple[str, str]]
    papers: list[Paper]


def list_mails(after: str = "") -> tuple[list[Mail], str]:
    """A page of mails, newest first, and the name that the next page begins after."""
    names = sorted((path.stem for path in _files()), reverse=True)
    if NAME.fullmatch(after):
        names = [name for name in names if name < after]
    page = names[:PAGE_SIZE]
    return [_read(name) for name in page], page[-1] if len(names) > len(page) else ""


def mail_named(name: str) -> Mail:
    """One mail. Raises Http404."""
    if not NAME.fullmatch(name) or not _path(name).is_file():
        raise Http404
    return _read(name)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "mail"


def _path(name: str) -> Path:
    return _folder() / f"{name}.eml"


def _files() -> Iterator[Path]:
    if _folder().is_dir():
        yield from (path for path in _folder().glob("*.eml") if NAME.fullmatch(path.stem))


def _read(name: str) -> Mail:
    with _path(name).open("rb") as stream:
        message = email.message_from_bytes(stream.read(MOST_BYTES), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return Mail(
        name=name,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        at=message["Date"].datetime if message["Date"] else None,
        text=_with_links(str(body.get_content()) if body else ""),
        papers=[
            Paper(place, part.get_filename() or f"{place}", part.get_content_type(), _content(part))
            for place, part in enumerate(message.iter_attachments(), 1)
            if isinstance(part, EmailMessage)
        ],
    )


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _with_links(text: str) -> list[tuple[str, str]]:
    pieces, end = [], 0
    for found in PAY_ADDRESS.finditer(text):
        pieces += [(text[end : found.start()], ""), (found[0], found[1])]
        end = found.end()
    return [*pieces, (text[end:], "")]
