# SPDX-License-Identifier: Apache-2.0
"""One stylesheet and one script out of many small files, without a build step.

Each part of the design system keeps its own file. `BundleFinder` offers Django's static files a few
more, made by putting parts together: in development when they are asked for, in production once,
when `collectstatic` runs.
"""

import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage
from django.utils._os import safe_join

STATIC = Path(__file__).parent / "static" / "ui"

# Later layers win over earlier ones whatever their selectors weigh.
LAYERS = {
    "tokens": ("tokens",),
    "base": ("base",),
    "parts": (
        *("brand", "shell", "lead", "key", "button", "field", "choice", "combobox", "chip", "filter"),
        *("tabs", "table", "status", "card", "stat", "sum", "checks", "rule", "ring", "scale", "ages"),
        *("timeline", "toast", "dialog", "empty", "paper", "lines"),
    ),
    "pages": ("plain", "sheet", "prose"),
    "help": ("help",),
}
PAY_PARTS = (
    *("paytokens", "base", "brand", "button", "field", "status", "card", "sum", "scale"),
    *("paypage", "help"),
)
SCRIPTS = ("ready", "page", "keys", "rows", "dialog", "combobox", "forms", "billing", "notices", "copy")


def app_css() -> str:
    """The staff pages' stylesheet: the font, then every part in its layer."""
    layers = [f"@layer {name}{{{_styles(parts)}}}" for name, parts in LAYERS.items()]
    return f"@layer {','.join(LAYERS)};" + _font() + "".join(layers)


def _font() -> str:
    """The font's rule: the bundle lies one folder above the parts."""
    return _styles(("font",)).replace("../fonts/", "fonts/")


def pay_css() -> str:
    """The pay page's stylesheet, without layers: older phones leave out what stands in one."""
    return _styles(PAY_PARTS)


def app_js() -> str:
    """The staff pages' script: each module in a block of its own, so that names do not meet."""
    return "\n".join(f"{{\n{_read('js', name + '.js')}}}" for name in SCRIPTS)


BUNDLES: dict[str, Callable[[], str]] = {
    "ui/app.css": app_css,
    "ui/pay.css": pay_css,
    "ui/app.js": app_js,
}


def _styles(parts: Sequence[str]) -> str:
    return squeeze("".join(_read("css", f"{part}.css") for part in parts))


def squeeze(css: str) -> str:
    """The same rules without comments and without blanks that mean nothing."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", bare)).strip()


def _read(folder: str, name: str) -> str:
    return (STATIC / folder / name).read_text(encoding="utf-8")


_writing = threading.Lock()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where the bundles stand as files while this process runs: Django's `find` wants a path."""
    return tempfile.TemporaryDirectory(prefix="aftersession-ui-")


class BundleStorage(Storage):
    """The bundles as a read-only storage, made anew whenever one is opened."""

    prefix = ""

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        return ContentFile(BUNDLES[name]().encode(), name=name)

    def exists(self, name: str) -> bool:
        return name in BUNDLES

    def path(self, name: str) -> str:
        with _writing:
            target = Path(safe_join(_folder().name, name))
            text = BUNDLES[name]()
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                # In one step: another thread may be reading the file now.
                fresh = target.with_suffix(".fresh")
                fresh.write_text(text, encoding="utf-8")
                fresh.replace(target)
        return str(target)

    def get_modified_time(self, name: str) -> Any:
        parts = FileSystemStorage(STATIC)
        folder = "js" if name.endswith(".js") else "css"
        return max(parts.get_modified_time(f"{folder}/{part}") for part in parts.listdir(folder)[1])


class BundleFinder(BaseFinder):
    """Finds the bundles; add it to `STATICFILES_FINDERS`."""

    storage = BundleStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The path of a file with the bundle in it; nothing if the name is not a bundle's."""
        if path not in BUNDLES:
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        for name in BUNDLES:
            yield name, self.storage
