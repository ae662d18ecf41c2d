"""Pages of the site that stand elsewhere in the repository, and links between all pages.

A page of `docs/` may include a file that stands elsewhere, such as the README. Each file's links are relative to
itself, so that they lead somewhere wherever Markdown is rendered. In the site such a file is the page that includes it,
and links lead to that page; links to other files download them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT: Final = Path(__file__).parents[2]
_INCLUDE: Final = re.compile(r"^```\{include\} (\S+)\n```$", re.M)
_LINK: Final = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
_TITLE: Final = re.compile(r"^# .*\n", re.M)
_CODE: Final = re.compile(r"(^```.*?^```$)", re.M | re.S)


def included_files(folder: Path) -> dict[Path, Path]:
    """Return the page that includes each file of the repository."""
    return {
        (page.parent / name).resolve(): page
        for page in folder.rglob("*.md")
        for name in _INCLUDE.findall(page.read_text(encoding="utf-8"))
    }


def with_links(text: str, file: Path, page: Path, pages: dict[Path, Path]) -> str:
    """Return the text of a file with its links as they are from the page on which it stands; code stays as it is."""

    def moved(link: re.Match[str]) -> str:
        target = (file.parent / link[1]).resolve()
        shown = pages.get(target / "README.md" if target.is_dir() else target, target)
        return f"]({os.path.relpath(shown, page.parent)}{link[2] or ''})"

    parts = _CODE.split(text)
    return "".join(part if at % 2 else _LINK.sub(moved, part) for at, part in enumerate(parts))


def one_title(text: str) -> str:
    """Return a page without its second title, that of the file which it includes: a page may have its own."""
    titles = _TITLE.findall("".join(_CODE.split(text)[::2]))
    return text.replace(f"{titles[1]}\n", "", 1) if len(titles) > 1 else text


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    page = Path(app.env.doc2path(name))
    if page.suffix != ".md":
        return
    pages = included_files(Path(app.srcdir))

    def whole(block: re.Match[str]) -> str:
        file = (page.parent / block[1]).resolve()
        app.env.note_dependency(str(file))
        return with_links(file.read_text(encoding="utf-8"), file, page, pages)

    own = with_links(source[0], page, page, pages)
    found = _INCLUDE.sub(whole, own)
    source[0] = own if own == found else one_title(found)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what is done when a page is read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
