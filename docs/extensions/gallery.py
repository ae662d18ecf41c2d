"""Reports and pictures of real runs in the pages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docutils import nodes
from examples_run import EXAMPLES, FAILED, PASSED, Example, reports, said
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_FOLDER: Final = "gallery"
_MOST: Final = 2


def picture(name: str) -> str:
    """Return a picture of the run that passed, in the colours of the scheme that the reader has chosen."""
    text = (reports() / PASSED.name / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
    light, dark = re.findall(r":root\{(.*?)\}", text)
    style = (
        f'html[data-theme="light"] .gallery-picture{{{light.removeprefix("color-scheme:light dark;")}}}\n'
        f'html[data-theme="dark"] .gallery-picture{{{dark}}}'
    )
    body = re.sub(r"<style>\n:root.*?</style>", "", text, count=1, flags=re.S)
    return f'<style>\n{style}\n</style>\n<div class="gallery-picture">{body[body.index("<svg") :]}</div>'


def _command(example: Example) -> nodes.literal_block:
    """Return the command in lines that fit beside both side bars."""
    text = example.command.replace(" --backends", " \\\n  --backends")
    return nodes.literal_block(text, text, language="console")


def _link(directive: SphinxDirective, example: Example, words: str) -> nodes.paragraph:
    page = Path(directive.env.docname)
    up = "../" * (len(page.parts) - 1)
    return nodes.paragraph("", "", nodes.reference("", words, refuri=f"{up}{_FOLDER}/{example.name}.html"))


class Passed(SphinxDirective):
    """The command and the report of what passed."""

    def run(self) -> list[nodes.Node]:
        """Return the command, and the link to the report."""
        reports()
        return [_command(PASSED), _link(self, PASSED, "The report of all five backends")]


class Failed(SphinxDirective):
    """A section for each kind of fault."""

    def run(self) -> list[nodes.Node]:
        """Return what is wrong, the command, the sentences of the report, and the link to it."""
        found: list[nodes.Node] = []
        for example in FAILED:
            section = nodes.section("", nodes.title("", example.title), ids=[example.name], names=[example.title])
            section += nodes.paragraph("", f"On purpose, {example.what}.")
            section += _command(example)
            quoted = [nodes.paragraph("", sentence) for sentence in said(example)[:_MOST]]
            section += nodes.block_quote("", *quoted)
            section += _link(self, example, "The report")
            found.append(section)
        return found


class Picture(SphinxDirective):
    """A picture of the run that passed, with the content as its caption."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the picture as it stands in the report."""
        caption = nodes.container("", *self.parse_content_to_nodes(), classes=["gallery-caption"])
        return [nodes.raw("", picture(self.arguments[0]), format="html"), caption]


def _copied(app: Sphinx, error: Exception | None) -> None:
    """Put the reports beside the pages that lead to them."""
    if error is None and app.builder.format == "html" and "gallery" in app.env.found_docs:
        target = Path(app.outdir) / _FOLDER
        target.mkdir(exist_ok=True)
        for example in EXAMPLES:
            shutil.copyfile(reports() / example.name / "report.html", target / f"{example.name}.html")


def _outdated(app: Sphinx, *_: object) -> list[str]:
    """Pages with results are read again each time: results are made again if the code has changed."""
    return sorted({"gallery", "index"} & app.env.found_docs)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directives."""
    app.add_directive("gallery-passed", Passed)
    app.add_directive("gallery-failed", Failed)
    app.add_directive("gallery-picture", Picture)
    app.connect("env-get-outdated", _outdated)
    app.connect("build-finished", _copied)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
