"""The report of a calibration: what is drawn are the counts and the evidence, and a fault on purpose is seen."""

from __future__ import annotations

import csv
import math
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from pplcompare.validation.calibrate.batch_store import BatchStore
from pplcompare.validation.calibrate.calibration_verdict import Calibrated
from pplcompare.validation.calibrate.data_places import EVERYWHERE, score_limit
from pplcompare.validation.calibrate.rank_band import band, cumulated
from pplcompare.validation.calibrate.rank_evidence import log_evidence
from pplcompare.validation.calibrate.ranks import RANKS
from pplcompare.validation.cli import main
from pplcompare.validation.commands.calibrate_job import judged
from pplcompare.validation.output import picture_files
from pplcompare.validation.output.calibrate.calibration_documents import CalibrationDocument
from pplcompare.validation.output.calibrate.calibration_pictures import (
    ELSEWHERE,
    INSIDE,
    calibration_pictures,
)
from pplcompare.validation.output.calibrate.ecdf_pictures import BEYOND, LEAVING, OUTSIDE, WITHIN, ecdf_drawing, shown
from pplcompare.validation.output.calibrate.evidence_picture import LIMIT, points
from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Band, Curve, Mark, Markers, Rules
from pplcompare.validation.pictures.palette import EXACT
from pplcompare.validation.pictures.picture import Picture
from scipy import special

from tests.validation.conftest import know_calibrated

SMALL: Final = ("--model", "independent", "--thin", "1", "--quiet", "--jobs", "1", "--seed", "3")
PLACES: Final = np.arange(1, RANKS) / RANKS


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the stores of right draws, of draws that are wrong everywhere, and of some that are on some data only."""
    folder, found = tmp_path_factory.mktemp("calibrations"), {}
    asked = {
        "right": (3, "--backends", "exact,honest,absent", "--replications", "200"),
        "wrong": (1, "--backends", "honest", "--replications", "200", "--mutant", "k+1"),
        "somewhere": (1, "--backends", "honest", "--replications", "1000", "--mutant", "wrong-where-none"),
    }
    with pytest.MonkeyPatch.context() as patch:
        know_calibrated(patch, "exact", "honest", "absent")
        for name, (code, *options) in asked.items():
            found[name] = folder / name
            with pytest.raises(SystemExit) as end:
                main(["calibrate", "campaigns", *SMALL, *options, "--out", str(found[name])])
            assert end.value.code == code
    return found


def verdicts(folder: Path) -> tuple[list[Calibrated], CalibrationDocument]:
    return judged(BatchStore.open(folder), {}, (), folder)


def pictures(folder: Path) -> dict[str, Picture]:
    found = calibration_pictures(verdicts(folder)[0], own_simulator=False)
    assert len({one.name for one in found}) == len(found)
    return {one.name.removeprefix("independent-"): one for one in found}


def only[T: Mark](panel: Panel, kind: type[T], series: str) -> T:
    (found,) = [mark for mark in panel.marks if isinstance(mark, kind) and mark.series == series]
    return found


def resumed(patch: pytest.MonkeyPatch, folder: Path) -> int:
    """Return the exit code of the call that judges the store of wrong draws again."""
    know_calibrated(patch, "exact", "honest", "absent")
    options = ("--backends", "honest", "--replications", "200", "--mutant", "k+1", "--resume")
    with pytest.raises(SystemExit) as end:
        main(["calibrate", "campaigns", *SMALL, *options, "--out", str(folder)])
    assert isinstance(end.value.code, int)
    return end.value.code


def assert_drawn(panels: Sequence[Panel], counts: Sequence[np.ndarray], series: str) -> None:
    for panel, ranks in zip(panels, counts, strict=True):
        number, path = int(ranks.sum()), cumulated(ranks)
        low, high = band(number, OUTSIDE / len(counts))
        drawn = only(panel, Band, WITHIN)
        for values, exact in ((drawn.low, low), (drawn.high, high)):
            assert np.array_equal(np.rint(number * (np.array(values) + PLACES)), exact)
        outside = bool(np.any((path < low) | (path > high)))
        curve = only(panel, Curve, LEAVING if outside else series)
        assert curve.x == tuple(float(rank) for rank in range(RANKS - 1))
        assert np.array_equal(np.rint(number * (np.array(curve.y) + PLACES)), path)
        assert panel.title.endswith(BEYOND) == outside


def test_drawn_ranks_and_truths_are_the_counts_with_their_band(stores: dict[str, Path]) -> None:
    for name in ("right", "wrong"):
        found, drawn = verdicts(stores[name])[0], pictures(stores[name])
        for one in found:
            if one.replications:
                engine = one.entry.engine
                panels = drawn[f"ranks.{engine}"].drawing.panels
                assert [panel.title.removesuffix(BEYOND) for panel in panels] == [row.name for row in one.quantities]
                assert_drawn(panels, [row.counts for row in one.quantities], engine)
                assert one.exact is not None
                assert one.exact.truth_counts.sum(axis=1).tolist() == [one.replications] * 2
                assert_drawn(drawn["truths"].drawing.panels, list(one.exact.truth_counts), "truths")


def test_a_fault_on_purpose_leaves_its_band_and_truths_do_not(stores: dict[str, Path]) -> None:
    drawn = pictures(stores["wrong"])
    # One success more is much of the 10 trials of B, and little of the 200 of A.
    assert f"rate B{BEYOND}" in [panel.title for panel in drawn["ranks.honest"].drawing.panels]
    assert "Outside: " in drawn["ranks.honest"].description
    for picture in (drawn["truths"], *(pictures(stores["right"])[f"ranks.{name}"] for name in ("exact", "honest"))):
        assert not [panel.title for panel in picture.drawing.panels if panel.title.endswith(BEYOND)]
        assert "All stay within it" in picture.description


def test_drawn_evidence_is_that_of_the_verdict_and_crosses_the_limit_where_it_fails(stores: dict[str, Path]) -> None:
    for name in ("right", "wrong"):
        found, panels = verdicts(stores[name])[0], pictures(stores[name])["evidence"].drawing.panels
        assert [panel.title for panel in panels] == ["against ranks", "against truths", "against draws"]
        for one in found:
            if not one.replications:
                continue
            curve, limit = only(panels[0], Curve, one.entry.engine), only(panels[0], Rules, LIMIT).x[0]
            of_all = log_evidence(np.stack([row.counts for row in one.quantities]))
            mean = special.logsumexp(of_all) - math.log(len(of_all))
            assert curve.y[-1] * math.log(10.0) == pytest.approx(mean, abs=1e-9)
            assert max(0.0, *curve.y) == pytest.approx(one.highest / math.log(10.0))
            assert limit == pytest.approx(one.log_threshold / math.log(10.0))
            first = next((x for x, y in zip(curve.x, curve.y, strict=True) if y >= limit), None)
            assert (first is None) == (name == "right")
            assert one.exact is not None
            direct = only(panels[2], Curve, one.entry.engine)
            assert direct.y[-1] * math.log(10.0) == pytest.approx(float(one.exact.direct.path[-1]))


def test_long_lines_keep_their_ends_and_their_highest_point() -> None:
    path = np.sin(np.arange(100_000) / 7.0)
    path[54_321] = 3.0
    x, y = points(path)
    assert len(x) <= 401
    assert (x[0], x[-1]) == (1.0, 100_000.0)
    assert (54_322.0, 3.0 / math.log(10.0)) in zip(x, y, strict=True)
    assert points(path[:3])[0] == (1.0, 2.0, 3.0)


def test_scores_of_draws_are_beyond_their_limit_where_they_are_wrong_and_places_are_told(
    stores: dict[str, Path],
) -> None:
    assert "places" not in pictures(stores["right"])
    place, spread = pictures(stores["right"])["draws"].drawing.panels
    for panel in (place, spread):
        scores = [abs(x) for name in ("exact", "honest") for x in only(panel, Markers, name).x]
        assert len(scores) == 4
        assert max(scores) < score_limit(8)
    drawn, (one,) = pictures(stores["wrong"]), verdicts(stores["wrong"])[0]
    assert one.exact is not None
    markers = only(drawn["draws"].drawing.panels[0], Markers, "honest")
    assert markers.x == tuple(one.exact.scores[:, 0].tolist())
    assert min(markers.x) > score_limit(4)
    assert {place.where for place in one.exact.places} == {EVERYWHERE}
    (panel,) = drawn["places"].drawing.panels
    assert [mark.series for mark in panel.marks if isinstance(mark, Markers)] == [INSIDE]
    (one,) = verdicts(stores["somewhere"])[0]
    assert one.exact is not None
    (panel,) = pictures(stores["somewhere"])["places"].drawing.panels
    assert panel.rows == tuple(f"{place.component}: no success in B" for place in one.exact.places)
    assert only(panel, Markers, INSIDE).x == tuple(place.inside for place in one.exact.places)
    assert only(panel, Markers, ELSEWHERE).x == tuple(place.outside for place in one.exact.places)


def test_of_many_components_those_farthest_from_uniform_are_drawn_with_the_band_of_all() -> None:
    rng = np.random.default_rng(0)
    rows = [(f"rate {at}", np.bincount(rng.integers(RANKS, size=300), minlength=RANKS)) for at in range(40)]
    rows[33] = ("rate 33", np.bincount(rng.integers(60, size=300), minlength=RANKS))
    chosen = shown(rows)
    assert len(chosen) == 15
    panels = ecdf_drawing(rows, EXACT, "truths").panels
    assert [panel.title.removesuffix(BEYOND) for panel in panels] == [name for name, _ in chosen]
    (wrong,) = [panel for panel in panels if panel.title.startswith("rate 33")]
    assert wrong.title == f"rate 33{BEYOND}"
    low, _ = band(300, OUTSIDE / 40)
    assert np.array_equal(np.rint(300 * (np.array(only(wrong, Band, WITHIN).low) + PLACES)), low)


def test_ranks_that_leave_the_band_at_its_end_are_drawn_though_others_are_farther_from_uniform() -> None:
    far, edge = np.full(RANKS, 10), np.full(RANKS, 10)
    far[:45] += 1
    far[-45:] -= 1
    edge[0] += 30
    edge[-30:] -= 1
    rows = [*((f"far {at}", far) for at in range(39)), ("edge", edge)]
    assert [panel.title for panel in ecdf_drawing(rows, EXACT, "truths").panels][-1] == f"edge{BEYOND}"
    assert not [name for name, _ in shown(rows)[:-1] if not name.startswith("far")]


def test_the_page_says_what_was_found_and_makes_no_request(stores: dict[str, Path]) -> None:
    for name, verdict in (("right", "A required backend is missing."), ("wrong", "A check failed.")):
        text = (stores[name] / "report.html").read_text(encoding="utf-8")
        headings = re.findall(r"<h2 [^>]*>(.*?)</h2>", text)
        assert headings == [*("What this is about", "The verdict", "Ranks of truths", "By the exact answer", "Details")]
        assert verdict in text
        assert not re.search(r"<(script|link|iframe|object|embed|form|img)\b|url\(http", text)
        assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
        assert re.search(r"honest, independent: 50 % intervals held \d", text)
    wrong = (stores["wrong"] / "report.html").read_text(encoding="utf-8")
    assert wrong.count("Every backend was broken on purpose: k+1.") == 1
    (command,) = re.findall(r"This repeats it: <code>(.*?)</code>", wrong)
    assert "calibrate --model independent --backends honest --replications 200 --seed 3 --thin 1" in command
    assert "--mutant k+1 campaigns" in command
    assert "--out" not in command
    right = (stores["right"] / "report.html").read_text(encoding="utf-8")
    assert "This repeats it" not in right
    assert "pip install it" in right


def test_pictures_are_files_whose_tables_are_what_is_drawn(stores: dict[str, Path]) -> None:
    for name, picture in pictures(stores["wrong"]).items():
        file = stores["wrong"] / "pictures" / f"independent-{name}.csv"
        header, *rows = csv.reader(file.read_text(encoding="utf-8").splitlines())
        assert header == list(picture.table)
        assert len(rows) == len(picture.table["x"])
        assert ET.parse(file.with_suffix(".svg")).getroot().tag.endswith("svg")
        assert file.with_suffix(".png").stat().st_size > 1000


def test_without_matplotlib_there_is_a_report_without_pictures(
    stores: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(picture_files, "can_draw", lambda: False)
    assert resumed(monkeypatch, stores["wrong"]) == 1
    assert f"{stores['wrong']}/report.html" in capsys.readouterr().out.replace("\n", "")
    text = (stores["wrong"] / "report.html").read_text(encoding="utf-8")
    assert "pplcompare[plot]" in text
    assert "<figure" not in text


def test_truths_of_each_simulator_have_a_picture_of_their_own(stores: dict[str, Path]) -> None:
    found = verdicts(stores["right"])[0]
    names = [one.name for one in calibration_pictures(found, own_simulator=True) if "truths" in one.name]
    assert names == ["independent-truths.exact", "independent-truths.honest"]
    shared = [one.name for one in calibration_pictures(found, own_simulator=False) if "truths" in one.name]
    assert shared == ["independent-truths"]


def test_a_report_that_cannot_be_written_says_that_all_ranks_are_kept(
    stores: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = shutil.copytree(stores["wrong"], tmp_path / "copy", ignore=shutil.ignore_patterns("pictures", "report*"))
    (folder / "pictures").touch()
    assert resumed(monkeypatch, folder) == 4
    assert "the same command with --resume does the rest" in capsys.readouterr().err
