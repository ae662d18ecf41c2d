"""The page of what was found: its table, its picture, and each exact figure confirmed in another way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import mpmath
import numpy as np
import pplcompare as pc
import pytest
from numpy.typing import NDArray
from scipy import interpolate

from tests.documented_blocks import block_of
from tests.found_picture import FOUND_PICTURE, found_picture, published
from tests.reference.lattice_posterior import LatticePosterior, by_proportion, by_shapes

Values = NDArray[np.float64]

# Lattices keep this when they are halved and widened; exact answers are certified to 1e-9.
SAME = 1e-8
LOGITS = np.arange(-9.0, 6.0, 0.05)
SHAPES = ["alpha=Gamma(4, 0.5)", "beta=Gamma(4, 0.5)"]
VARIANTS = {"A": (1172, 461), "B": (222, 27), "C": (1363, 63), "D": (1052, 0), "E": (1, 0)}


def counts(data: str) -> dict[str, tuple[int, int]]:
    found = pc.load(data)
    return {name: (int(n), int(k)) for name, n, k in zip(found.groups, found.trials, found.successes, strict=True)}


def hospital_counts(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the counts of the page's file."""
    (folder / "hospitals.csv").write_text(block_of("docs/found.md", "", "csv"), encoding="utf-8")
    return counts(str(folder / "hospitals.csv"))


def gamma_shapes(a: Values, b: Values) -> Values:
    return np.asarray(3.0 * np.log(a * b) - 0.5 * (a + b) + 2.0 * math.log(0.5**4 / 6.0))


def pareto(_: Values, size: Values) -> Values:
    """A mean that is uniform, and a concentration 1 + exp(w) that is Pareto(1, 1.5)."""
    return np.asarray(math.log(1.5) - 2.5 * np.log(size) + np.log(size - 1.0))


def half_normal(_: Values, size: Values) -> Values:
    """A mean that is uniform, and a concentration exp(w) that is HalfNormal(10)."""
    return np.asarray(math.log(math.sqrt(2.0 / math.pi) / 10.0) - size**2 / 200.0 + np.log(size))


def power_law(_: Values, size: Values) -> Values:
    """A mean that is uniform, and a concentration c = exp(w) of density c^-1.5: (alpha + beta)^-2.5 of the shapes."""
    return np.asarray(-0.5 * np.log(size))


def players(data: Mapping[str, tuple[int, int]], logits: Values, step: float) -> LatticePosterior:
    return by_proportion(data, pareto, logits, 1.0 + np.exp(np.arange(-20.0, 70.0, step)), step)


def ability_below(place: float) -> float:
    """Return the probability that Clemente's ability is below a place.

    A concentration that is large makes a step of it there, which is midway between two logits.
    """
    step = 0.01
    logits = math.log(place / (1.0 - place)) + step * np.arange(-449.5, 450.0)
    sizes = 1.0 + np.exp(np.arange(-12.0, 40.0, 0.2))
    return by_proportion(counts("baseball"), pareto, logits, sizes, 0.2).rate_cdf(45, 18, place)


@pytest.mark.parametrize("hospitals", [13, 1])
def test_the_table_of_hospitals_is_exact_and_confirmed(tmp_path: Path, hospitals: int) -> None:
    data = hospital_counts(tmp_path)
    used = data if hospitals == 13 else {"Metropolitan": data["Metropolitan"]}
    answer = pc.exact(used, "hierarchical", SHAPES)
    lattice = by_shapes(used, gamma_shapes, (-7.0, 5.0), 0.05)
    last = list(used)[-1]
    alpha, beta = (answer[name] for name in ("alpha", "beta"))
    assert alpha.mean == pytest.approx(lattice.mean(lattice.first), rel=SAME)
    assert beta.mean == pytest.approx(lattice.mean(lattice.second), rel=SAME)
    assert (answer["rate", last].mean, answer["rate", last].sd) == pytest.approx(lattice.rate(*used[last]), abs=SAME)
    assert answer.log_evidence == pytest.approx(lattice.log_evidence, abs=SAME)
    rows = [row for row in published() if row.data.split()[0] == str(hospitals)]
    for row, found in zip(rows, (alpha, beta, answer["rate", last]), strict=True):
        assert (row.exact, row.sd) == pytest.approx((found.mean, found.sd), abs=6e-7)
    new = answer.new_group()
    assert (new.mean, new.sd) == pytest.approx(lattice.rate(0, 0), abs=SAME)
    assert new.cdf(np.array(0.01)) == pytest.approx(lattice.rate_cdf(0, 0, 0.01), abs=SAME)


def test_the_picture_is_that_of_the_table() -> None:
    rows = published()
    assert len(rows) == 6
    assert FOUND_PICTURE.read_text(encoding="utf-8") == found_picture(rows).svg_file, "python -m tests.found_picture"
    other = (rows[0]._replace(grid=rows[0].exact), *rows[1:])
    assert found_picture(other).svg_file != found_picture(rows).svg_file


def test_what_the_page_says_of_players_is_confirmed() -> None:
    lattice, answer = players(counts("baseball"), LOGITS, 0.1), pc.exact("baseball", "hierarchical_proportion")
    size = lattice.first + lattice.second
    assert answer["concentration"].mean == pytest.approx(lattice.mean(size), rel=SAME)
    assert answer["concentration"].sd == math.inf
    clemente, least = answer["rate", "1"], answer["rate", "18"]
    assert (clemente.mean, clemente.sd) == pytest.approx(lattice.rate(45, 18), abs=SAME)
    assert least.mean == pytest.approx(lattice.rate(45, 7)[0], abs=SAME)
    for place in (*clemente.quantile(np.array([0.1, 0.9])), 0.4):
        assert clemente.cdf(np.array(place)) == pytest.approx(ability_below(float(place)), abs=SAME)
    # The density of the coordinate, integrated as a spline.
    w = np.log(size[0] - 1.0)
    marginal = interpolate.CubicSpline(w, lattice.weight.sum(axis=0)).antiderivative()
    for level, place in zip((0.1, 0.9), answer["concentration"].quantile(np.array([0.1, 0.9])), strict=True):
        share = marginal(np.log(place - 1.0)) / marginal(w[-1])
        assert share == pytest.approx(level, abs=1e-6)
    season = pc.counts_to_come(answer, "1", 367, at_least=[147])
    fewer = players(counts("baseball"), np.arange(-5.0, 3.0, 0.05), 0.3).fewer
    assert season.at_least[147] == pytest.approx(1.0 - fewer(45, 18, 367, 147), abs=SAME)
    assert fewer(45, 18, 367, 93) < 0.1 < fewer(45, 18, 367, 94)
    assert fewer(45, 18, 367, 146) < 0.9 < fewer(45, 18, 367, 147)


def test_the_player_without_a_hit_is_confirmed() -> None:
    data = counts("baseball") | {"new": (4, 0)}
    new = pc.exact(data, "hierarchical_proportion")["rate", "new"]
    assert (new.mean, new.sd) == pytest.approx(players(data, LOGITS, 0.1).rate(4, 0), abs=SAME)


def test_water_is_confirmed() -> None:
    data = dict.fromkeys("ABC", (30, 18))
    answer = pc.exact(data, "hierarchical_proportion", ["mean=Beta(1, 1)", "concentration=HalfNormal(10)"])
    sizes = np.exp(np.arange(-9.0, 6.0, 0.05))
    lattice = by_proportion(data, half_normal, np.arange(-14.0, 14.0, 0.05), sizes, 0.05)
    assert answer.log_evidence == pytest.approx(lattice.log_evidence, abs=SAME)
    assert (answer["rate", "A"].mean, answer["rate", "A"].sd) == pytest.approx(lattice.rate(30, 18), abs=SAME)
    assert (answer.new_group().mean, answer.new_group().sd) == pytest.approx(lattice.rate(0, 0), abs=SAME)


def test_the_means_of_rats_grow_without_end() -> None:
    """What shapes up to a concentration of e^50, e^60 and e^70 bring grows as its root."""
    w = np.arange(-6.0, 90.0, 0.1)
    lattice = by_proportion(counts("rats"), power_law, np.arange(-6.0, 2.0, 0.02), np.exp(w), 0.1)
    answer = pc.exact("rats", "hierarchical_proportion", ["concentration=PowerLaw(1.5)"])
    assert answer["concentration"].mean == math.inf
    assert answer["mean"].mean == pytest.approx(lattice.rate(0, 0)[0], abs=SAME)
    size = lattice.first + lattice.second
    parts = [lattice.mean(np.where(size < math.exp(end), lattice.first, 0.0)) for end in (50.0, 60.0, 70.0)]
    assert [parts[1] / parts[0], parts[2] / parts[1]] == pytest.approx([math.exp(5.0)] * 2, rel=0.01)


@pytest.mark.parametrize(("prior", "calculated"), [(0.5, 0.7422), (1.0, 0.6348)])
def test_the_best_variant_is_confirmed(prior: float, calculated: float) -> None:
    """Variants but the first and the last have a probability below 1e-16 of being the best."""
    first = pc.exact(VARIANTS, "independent", [f"rate=Beta({prior}, {prior})"]).ranking()[0]
    (n, k), (last, hits) = VARIANTS["A"], VARIANTS["E"]
    with mpmath.workdps(25):
        own, other = (k + prior, n - k + prior), (hits + prior, last - hits + prior)

        def term(x: mpmath.mpf) -> mpmath.mpf:
            log_density = (own[0] - 1) * mpmath.log(x) + (own[1] - 1) * mpmath.log(1 - x) - log_norm
            return mpmath.exp(log_density) * mpmath.betainc(*other, 0, x, regularized=True)

        log_norm = mpmath.log(mpmath.beta(*own))
        best = mpmath.quad(term, [0.2, 0.35, 0.4, 0.45, 0.6])
    assert first.group == "A"
    assert first.best == pytest.approx(float(best), abs=1e-10)
    # 20,000 draws know it to 0.003, 10,000 to 0.005.
    assert first.best == pytest.approx(calculated, abs=0.005)
