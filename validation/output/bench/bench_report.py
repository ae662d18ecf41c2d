"""The report of a benchmark: one HTML file that makes no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from pplcompare.validation.output.bench.bench_documents import BenchDocument
from pplcompare.validation.output.bench.bench_terminal import HEADINGS, cells, explanation, gains
from pplcompare.validation.output.page import page


def bench_html(document: BenchDocument, pictures: Mapping[str, bytes], missing: Sequence[str]) -> str:
    """Return the page; everything in it is escaped but the pictures, which matplotlib wrote."""
    return page(
        "bench.html",
        {},
        exit_code=document["exit_code"],
        d=document,
        machine=document["machine"],
        headings=HEADINGS,
        cells=cells,
        gains=gains(document),
        explanation=explanation(document),
        pictures={name: Markup(picture.decode()) for name, picture in pictures.items()},  # noqa: S704 - text in it is escaped
        missing=missing,
    )
