"""Pictures as files: well formed, without script or request, of the page's colours, and with their tables."""

from __future__ import annotations

import csv
import io
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from click.testing import CliRunner
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.errors import BackendUnavailable
from pplcompare.validation.cli import main
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.exact_pictures import pictures_of_exact
from pplcompare.validation.output.store import results_folder
from pplcompare.validation.pictures.palette import COLOURS
from pplcompare.validation.pictures.picture import Picture

SVG: Final = "http://www.w3.org/2000/svg"
EVIL: Final = ('<script>alert("1")</script>', "$x^2$ #0072b2 stroke: #0072b2", 'a" id="b" url(#c) <b>&amp;')


@pytest.fixture(scope="module")
def evil() -> tuple[Picture, ...]:
    return pictures_of_exact(exact_posterior(hierarchical(), Counts(EVIL, [20, 30, 40], [2, 6, 3])))


@pytest.fixture(scope="module")
def campaigns_answer() -> ExactPosterior:
    return exact_posterior(hierarchical(), load("campaigns"))


def test_svg_is_well_formed_and_asks_for_nothing(evil: tuple[Picture, ...]) -> None:
    for picture in evil:
        for text in (picture.svg, picture.svg_file):
            root = ET.fromstring(text)
            assert root.tag == f"{{{SVG}}}svg"
            assert {"width", "height"}.isdisjoint(root.attrib)
            assert {element.tag.removeprefix(f"{{{SVG}}}") for element in root.iter()} <= {
                *("svg", "title", "desc", "g", "path", "text", "tspan", "use", "defs", "clipPath", "rect", "style"),
            }
            assert re.findall(r"[a-z]+://[^\"]*", text) == [SVG]
            assert not re.search(r"<script|\son\w+=|javascript:", re.sub(r">[^<]*<", "><", text))


def test_what_people_call_things_is_shown_as_it_is(evil: tuple[Picture, ...]) -> None:
    (rates,) = [picture for picture in evil if picture.name.endswith("-rates")]
    texts = {"".join(element.itertext()) for element in ET.fromstring(rates.svg).iter(f"{{{SVG}}}text")}
    assert set(EVIL) <= texts


def test_names_and_identifiers_are_unique_on_a_page(evil: tuple[Picture, ...]) -> None:
    assert len({picture.name for picture in evil}) == len(evil)
    found = [each for picture in evil for each in re.findall(r"<[^>]* id=\"([^\"]*)\"", picture.svg)]
    assert len(set(found)) == len(found)
    for picture in evil:
        ids = set(re.findall(r"<[^>]* id=\"([^\"]*)\"", picture.svg))
        tags = "".join(re.findall(r"<[^>]*>", picture.svg))
        used = {*re.findall(r"url\(#([^)]*)\)", tags), *re.findall(r"href=\"#([^\"]*)\"", tags)}
        assert used <= ids
        assert picture.svg.count(f'id="{picture.name}-title"') == 1


def test_every_colour_is_the_page_s(evil: tuple[Picture, ...]) -> None:
    for picture in evil:
        tags = "".join(re.findall(r"<[^>]*>", picture.svg))
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^\"]*-)", re.sub(r"(href=\"|url\()#[^\")]*", "", tags))
        assert set(re.findall(r"var\(--pc-([a-z]+)\)", tags)) <= set(COLOURS)
        assert "var(--pc-page)" in picture.svg_file


def test_title_and_description_are_there_for_those_who_cannot_see(evil: tuple[Picture, ...]) -> None:
    for picture in evil:
        root = ET.fromstring(picture.svg)
        assert root.findtext(f"{{{SVG}}}title") == picture.title
        assert root.findtext(f"{{{SVG}}}desc") == picture.description
        assert picture.description.endswith(".")


def test_a_table_reads_back_as_it_was_drawn(evil: tuple[Picture, ...]) -> None:
    for picture in evil:
        names, *rows = csv.reader(io.StringIO(picture.csv))
        assert names == list(picture.table)
        for name, column in zip(names, zip(*rows, strict=True), strict=True):
            for cell, value in zip(column, picture.table[name], strict=True):
                assert cell == "" if value is None else cell == value or float(cell) == value


def test_a_png_has_its_caption_inside(campaigns_answer: ExactPosterior) -> None:
    picture = pictures_of_exact(campaigns_answer)[0]
    first, again = picture.png(), picture.png()
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert first == again
    width, height = (int.from_bytes(first[at : at + 4]) for at in (16, 20))
    _, _, shown, tall = (float(part) for part in re.findall(r"viewBox=\"([^\"]*)\"", picture.svg)[0].split())
    assert (width, height > 2 * tall + 40) == (2 * shown, True)


def test_the_same_answer_gives_the_same_file(campaigns_answer: ExactPosterior) -> None:
    one, other = (pictures_of_exact(campaigns_answer)[0].svg for _ in range(2))
    assert one == other


def test_settings_of_people_change_nothing(campaigns_answer: ExactPosterior) -> None:
    import matplotlib as mpl

    before = pictures_of_exact(campaigns_answer)[1].svg
    with mpl.rc_context({"lines.linewidth": 9.0, "svg.fonttype": "path", "axes.grid": True, "font.size": 30}):
        assert pictures_of_exact(campaigns_answer)[1].svg == before
        assert mpl.rcParams["font.size"] == 30


def test_plots_can_be_gone_on_with(campaigns_answer: ExactPosterior) -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    mpl.use("agg")
    figure, (left, right) = plt.subplots(1, 2)
    assert campaigns_answer["rate", "B"].plot(left) is left
    assert campaigns_answer.difference("B", "A").plot(right) is right
    left.set_title("mine")
    assert right.get_xlabel() == "rate of B - rate of A"
    assert campaigns_answer.ratio("B", "A").plot().get_xlabel() == "rate of B / rate of A"
    alone = campaigns_answer.predict("B", trials=20).plot()
    assert alone.get_xlabel() == "successes of B in 20 trials"
    assert campaigns_answer.predict(None, trials=20).plot().get_xlabel() == "successes of a new group in 20 trials"
    pmf = campaigns_answer.predict("B", trials=20).pmf(np.arange(21))
    assert max(bar.get_bbox().height for bar in alone.patches if isinstance(bar, Rectangle)) == pytest.approx(
        float(pmf.max()), rel=1e-9
    )
    assert len(campaigns_answer.plot().axes) == 4
    plt.close("all")
    assert figure.axes == [left, right]


def test_without_matplotlib_one_line_says_how_to_get_it(
    campaigns_answer: ExactPosterior, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    pictures = pictures_of_exact(campaigns_answer)  # what is drawn needs no library
    wanted = r"pictures need matplotlib.*pip install 'pplcompare\[plot\]'"
    for plot in (campaigns_answer.plot, campaigns_answer["alpha"].plot, lambda: pictures[0].svg, pictures[0].png):
        with pytest.raises(BackendUnavailable, match=wanted) as error:
            plot()
        assert "\n" not in str(error.value)


@pytest.mark.slow
def test_a_run_leaves_its_pictures_in_a_folder_that_may_be_replaced(tmp_path: Path) -> None:
    """Draws of the reference alone check nothing, which the exit code says."""
    out = tmp_path / "x"
    arguments = ["run", "--model", "hierarchical", "--backends", "exact", "--draws", "1000", "--out", str(out)]
    done = CliRunner(env={"PPLCOMPARE_REQUIRE": ""}).invoke(main, arguments)
    assert done.exit_code == 2, done.output
    names = {path.name for path in (out / "pictures").iterdir()}
    stems = {name.split(".")[0] for name in names}
    assert {"hierarchical-rates", "hierarchical-shares", "hierarchical-difference", "hierarchical-speed"} <= stems
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("svg", "png", "csv")}
    assert results_folder("campaigns", str(out), force=True) == out
