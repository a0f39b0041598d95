# SPDX-License-Identifier: Apache-2.0
"""Files under the hash of their content: written once, never changed, checked when read."""

import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from django.conf import settings


class DamagedFile(Exception):
    """A stored file is gone, or its content is no longer what its name says."""


def keep(content: bytes) -> str:
    """Put content on disk for good and return its SHA-256. Safe to repeat, and for two at once.

    The bytes are on the disk before the name exists: a crash leaves a temporary file, never half a document.
    """
    digest = sha256(content).hexdigest()
    target = path_of(digest)
    if _holds(target, content):
        target.touch()  # young again for the sweeper
        return digest
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    # The new names themselves must survive a power cut.
    _sync_folder(target.parent)
    _sync_folder(target.parent.parent)
    return digest


def read(digest: str) -> bytes:
    """The content with this hash. Raises DamagedFile when it is gone or has changed."""
    try:
        content = path_of(digest).read_bytes()
    except OSError as error:
        raise DamagedFile(digest) from error
    if sha256(content).hexdigest() != digest:
        raise DamagedFile(digest)
    return content


def path_of(digest: str) -> Path:
    return root() / digest[:2] / f"{digest}.pdf"


def folders() -> Iterator[Path]:
    """The folders of the store; each holds the files whose hash begins with its name."""
    yield from (path for path in root().glob("??") if path.is_dir())


def root() -> Path:
    return Path(settings.DATA_DIR) / "documents"


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
