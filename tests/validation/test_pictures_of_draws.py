"""Pictures of draws: the limits drawn are those of the checks, what is wrong leaves them, and nothing raises."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.datasets import load
from pplcompare.validation.checks.comparisons import moment_results, quantile_result
from pplcompare.validation.checks.effective import ess_of_quantile
from pplcompare.validation.checks.moment_picture import moment_picture
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.checks.scores import proportion_score, variance_score
from pplcompare.validation.checks.share_bounds import share_bounds
from pplcompare.validation.checks.share_picture import share_picture
from pplcompare.validation.draws.checked_draws import CheckedDraws, check_draws
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.posterior_pictures import posterior_pictures
from pplcompare.validation.pictures.marks import Band, Bars, Curve, Markers
from pplcompare.validation.pictures.picture import Picture
from scipy import special

DRAWS: Final = 5000
LEVEL: Final = 1e-4

type Draws = Mapping[str, NDArray[np.float64]]


@pytest.fixture(scope="module")
def answer() -> ExactPosterior:
    return exact_posterior(hierarchical(), load("campaigns"))


@pytest.fixture(scope="module")
def right(answer: ExactPosterior) -> Draws:
    drawn = answer.simulate(4 * DRAWS, np.random.default_rng(1))
    return {name: values.reshape(4, DRAWS, *values.shape[1:]) for name, values in drawn.items()}


@pytest.fixture(scope="module")
def narrow(right: Draws) -> Draws:
    """Rates whose standard deviation is a tenth too small."""
    mean = right["rate"].mean(axis=(0, 1))
    return {**right, "rate": mean + 0.9 * (right["rate"] - mean)}


@pytest.mark.parametrize("q", [0.01, 0.25, 0.5, 0.95])
@pytest.mark.parametrize("ess", [450.0, 20_000.0])
def test_bounds_of_shares_have_scores_at_the_limit(q: float, ess: float) -> None:
    limit = np.array([3.0, 5.0])
    low, high = share_bounds(np.full(2, q), np.full(2, ess), limit)
    assert proportion_score(high, q, ess) == pytest.approx(limit, abs=1e-6)
    inside = low > 0.0  # no share of draws at all is too small where few are expected
    assert proportion_score(low, q, ess)[inside] == pytest.approx(-limit[inside], abs=1e-6)
    assert np.all((low < q) & (q < high))


def test_draws_leave_the_drawn_limit_just_where_a_check_fails() -> None:
    """The planted shifts reach from well within the limit to far beyond it."""
    rng, outcomes = np.random.default_rng(2), set()
    for shift in np.linspace(-0.08, 0.08, 33):
        probability = special.ndtr(rng.normal(size=(4, 2000)) + shift)
        for q in (0.05, 0.5, 0.75):
            result = quantile_result("x", probability, q, LEVEL)
            ess = ess_of_quantile(probability, q)
            low, high = share_bounds(np.array([q]), np.array([ess]), np.array([result.limit]))
            share = float((probability <= q).mean())
            assert (not low[0] <= share <= high[0]) == (result.outcome is Outcome.FAILED)
            outcomes.add(result.outcome)
    assert outcomes == {Outcome.PASSED, Outcome.FAILED}


@pytest.mark.parametrize("which", ["right", "narrow"])
def test_what_is_drawn_of_shares_is_what_the_check_found(
    which: str, answer: ExactPosterior, request: pytest.FixtureRequest
) -> None:
    draws: Draws = request.getfixturevalue(which)
    checked = check_draws(answer, draws)
    assert set(checked.trace.quantities) == {"alpha", "beta", "rate[A]", "rate[B]"}
    for label, trace in checked.trace.quantities.items():
        for one in trace.tested:
            check = f"P(below exact {100 * one.q:g} % quantile)"
            (result,) = [it for it in checked.report.results if (it.check, it.subject) == (check, label)]
            assert one.beyond == (result.outcome is Outcome.FAILED)
            assert f"{one.share:.4f} of the draws" in result.detail


def drawn(checked: CheckedDraws) -> Picture:
    (picture,) = share_picture("x", [checked.trace])
    return picture


def test_right_draws_stay_within_the_band_and_narrow_ones_leave_it(
    answer: ExactPosterior, right: Draws, narrow: Draws
) -> None:
    good, bad = drawn(check_draws(answer, right)), drawn(check_draws(answer, narrow))
    assert "all within their limits" in good.title
    assert "beyond their limits: draws, rate[A]; draws, rate[B]" in bad.title
    assert not beyond(good)
    assert {panel.title for panel in bad.drawing.panels if beyond_of(panel.marks)} == {"rate[A]", "rate[B]"}
    for panel in bad.drawing.panels:
        (band,) = (mark for mark in panel.marks if isinstance(mark, Band))
        curve = next(mark for mark in panel.marks if isinstance(mark, Curve))
        at = np.interp(band.x, curve.x, curve.y)
        leaves = np.any((at < band.low) | (at > band.high))
        assert leaves == (panel.title.startswith("rate"))


def beyond(picture: Picture) -> list[Markers]:
    return [mark for panel in picture.drawing.panels for mark in beyond_of(panel.marks)]


def beyond_of(marks: tuple[Any, ...]) -> list[Markers]:
    return [mark for mark in marks if isinstance(mark, Markers) and mark.series == "beyond the limit"]


def test_means_and_spreads_are_those_of_the_scores_and_their_limits_those_of_the_check() -> None:
    rng = np.random.default_rng(3)
    score = 0.93 * rng.normal(size=(4, 2500)) + 0.01
    results = moment_results("x", score, LEVEL)
    from pplcompare.validation.checks.result import CheckReport

    (picture,) = moment_picture("x", {"mine": CheckReport(tuple(results))}, ["x"])
    mean, sd = picture.drawing.panels
    (of_mean,) = (mark for mark in mean.marks if isinstance(mark, Markers))
    assert of_mean.y[0] == pytest.approx(score.mean())
    (of_sd,) = beyond_of(sd.marks)
    assert of_sd.y[0] == pytest.approx(100.0 * (np.sqrt((score**2).mean()) - 1.0))
    (limit,) = (mark for mark in sd.marks if isinstance(mark, Bars))
    assert limit.low[0] > of_sd.y[0]
    # A spread at the drawn limit has just the score of the limit.
    ess = 2.0 / results[1].error ** 2
    for end, sign in ((limit.low[0], -1.0), (limit.high[0], 1.0)):
        assert variance_score((1.0 + end / 100.0) ** 2, ess) == pytest.approx(sign * results[1].limit)


def test_draws_over_a_density_have_the_area_of_their_share(answer: ExactPosterior, right: Draws, narrow: Draws) -> None:
    checked = check_draws(answer, narrow)
    pictures = {picture.name: picture for picture in posterior_pictures(answer, "x", [checked.trace])}
    for panel, values in zip(pictures["x-rates"].drawing.panels, np.moveaxis(narrow["rate"], 2, 0), strict=True):
        (steps,) = (mark for mark in panel.marks if isinstance(mark, Curve) and mark.steps)
        heights, borders = np.array(steps.y), np.array(steps.x)
        assert (heights * np.diff(borders)).sum() == pytest.approx(1.0)
        inner = np.histogram(values, borders[1:-1])[0] / values.size
        assert heights[1:-1] * np.diff(borders)[1:-1] == pytest.approx(inner, abs=2e-3)


def drawn_by_itself(checked: CheckedDraws) -> Any:
    """Return the axes of its own picture, which no window keeps."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.use("agg")
    figure = checked.plot()
    figure.canvas.draw()
    plt.close(figure)
    return figure.axes


def constant(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.full_like(x, 0.5)


HOSTILE: Final[dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "nan": lambda x: np.where(x > np.median(x), np.nan, x),
    "constant": constant,
    "infinite": lambda x: np.where(x > np.quantile(x, 0.999), np.inf, x),
    "huge": lambda x: np.where(x > np.quantile(x, 0.99), 1e300, x),
    "tiny": lambda x: x * 1e-300,
    "on the border": lambda x: np.where(x < np.median(x), 0.0, x),
    "rounded": lambda x: np.round(x, 1),
    "float32": lambda x: x.astype(np.float32).astype(np.float64),
    "slow": lambda x: np.repeat(x[:, ::100], 100, axis=1),
    "one value and a bit": lambda x: np.where(np.arange(x[0].size).reshape(x.shape[1:]) % 99 == 0, x, 0.5),
}


@pytest.mark.parametrize("name", ["alpha", "rate"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_pictures_of_hostile_draws_never_raise_and_are_finite(
    kind: str, name: str, answer: ExactPosterior, right: Draws
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of numbers that overflow in the check itself
        checked = check_draws(answer, {**right, name: HOSTILE[kind](right[name])})
    for picture in (*share_picture("x", [checked.trace]), *posterior_pictures(answer, "x", [checked.trace])):
        ends = [end for panel in picture.drawing.panels for end in (*panel.x_range, *panel.y_range)]
        assert np.isfinite(ends).all()
        assert "<svg" in picture.svg
    assert drawn_by_itself(checked)


def test_draws_that_no_gate_let_through_say_so(answer: ExactPosterior, right: Draws) -> None:
    checked = check_draws(answer, {**right, "alpha": np.full_like(right["alpha"], np.nan)})
    assert not checked.trace.quantities
    (text,) = drawn_by_itself(checked)[0].texts
    assert "not drawn: finite of alpha" in text.get_text()
