"""A notebook shows each picture once, whichever comes first, and what people plot themselves."""

from __future__ import annotations

import json
from typing import Final

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.seconds(15)

# Each cell, and how many pictures stand below it. The first figure of the kernel is one of ours.
CELLS: Final = (
    ("import pplcompare as pc; answer = pc.exact('campaigns'); answer.plot();", 1),
    ("answer.difference('B', 'A').plot();", 1),
    ("import matplotlib.pyplot as plt; plt.plot([1, 2]);", 1),
    ("figure = answer.plot(); figure", 1),
    ("figure", 1),
    ("import pickle; pickle.loads(pickle.dumps(figure))", 1),
    ("figure = answer.plot(); plt.close(figure); figure", 1),
    ("plt.ioff(); answer.plot()", 1),
)


@pytest.fixture(scope="module")
def shown() -> list[int]:
    """How many pictures stand below each cell."""
    cell: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [{**cell, "source": code} for code, _ in CELLS]
    text = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})
    book = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in book.cells]


def test_every_cell_shows_its_picture_once(shown: list[int]) -> None:
    assert shown == [pictures for _, pictures in CELLS]
