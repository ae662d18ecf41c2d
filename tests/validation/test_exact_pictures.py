"""Pictures of exact answers: what is drawn are the numbers of the answer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import load
from pplcompare.models.errors import AccuracyError
from pplcompare.models.spec import Model
from pplcompare.validation.exact import ExactPosterior, exact_posterior
from pplcompare.validation.exact.exact_pictures import pictures_of_exact
from pplcompare.validation.exact.quadrature.counts_panel import count_bins
from pplcompare.validation.exact.quadrature.marginal import Marginal
from pplcompare.validation.exact.quadrature.pair import Contrast
from pplcompare.validation.exact.wanted import Wanted
from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Bars, Curve, Mark, Markers, Rules, Spans
from pplcompare.validation.pictures.picture import Picture

# Of the highest density: less than a tenth of a pixel.
CLOSE: Final = 1e-4
# Of what is shown, by trapezoids.
AREA: Final = 2e-3
# In standard deviations: a tenth of a pixel, too.
PLACE: Final = 1e-3

MODELS: Final = (independent, hierarchical, hierarchical_proportion)


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.__name__)
def answer(request: pytest.FixtureRequest) -> ExactPosterior:
    model: Callable[[], Model] = request.param
    return exact_posterior(model(), load("campaigns"))


@pytest.fixture(scope="module")
def rats() -> ExactPosterior:
    return exact_posterior(hierarchical(), load("rats"))


@pytest.fixture(scope="module")
def pictures(answer: ExactPosterior) -> tuple[Picture, ...]:
    return pictures_of_exact(answer)


@pytest.fixture(scope="module")
def pictures_of_rats(rats: ExactPosterior) -> tuple[Picture, ...]:
    return pictures_of_exact(rats)


def named(pictures: tuple[Picture, ...], end: str) -> Picture:
    (found,) = [picture for picture in pictures if picture.name.endswith(end)]
    return found


def only[T: Mark](panel: Panel, kind: type[T], series: str) -> T:
    (found,) = [mark for mark in panel.marks if isinstance(mark, kind) and mark.series == series]
    return found


def assert_is_density(curve: Curve, marginal: Marginal) -> None:
    x, y = np.array(curve.x), np.array(curve.y)
    exact = marginal.density(x)
    assert np.abs(y - exact).max() <= CLOSE * exact.max()
    shown = float(marginal.cdf(x[-1:])[0] - marginal.cdf(x[:1])[0])
    assert np.trapezoid(y, x) == pytest.approx(shown, abs=AREA)


def test_drawn_densities_are_those_of_the_answer(answer: ExactPosterior, pictures: tuple[Picture, ...]) -> None:
    panels = named(pictures, "-rates").drawing.panels
    for panel, group in zip(panels, answer.counts.groups, strict=True):
        assert panel.title == group
        assert_is_density(only(panel, Curve, "exact"), answer["rate", group])
        (observed,) = only(panel, Rules, "observed k/n").x
        index = answer.counts.groups.index(group)
        assert observed == answer.counts.successes[index] / answer.counts.trials[index]
        prior = answer.before_the_data().marginal("rate", 0)
        assert_is_density(only(panel, Curve, "prior"), prior)


def test_drawn_hyperparameters_are_those_of_the_answer(
    rats: ExactPosterior, pictures_of_rats: tuple[Picture, ...]
) -> None:
    panels = named(pictures_of_rats, "-hyper-parameters").drawing.panels
    assert [panel.title for panel in panels] == list(rats.scalars)
    for panel in panels:
        curve = only(panel, Curve, "exact")
        assert_is_density(curve, rats[panel.title])
        low, high = rats[panel.title].cdf(np.array(panel.x_range))
        assert high - low > 0.99


def test_the_shaded_part_of_a_difference_is_the_probability(
    answer: ExactPosterior, pictures: tuple[Picture, ...]
) -> None:
    picture = named(pictures, "-difference")
    (panel,) = picture.drawing.panels
    shaded, plain = (mark for mark in panel.marks if isinstance(mark, Curve))
    area = np.trapezoid(shaded.y, shaded.x)
    assert shaded.shaded
    assert shaded.x[0] == plain.x[-1] == 0.0
    assert area == pytest.approx(answer.greater("B", "A"), abs=AREA + 1e-3)
    x, y = np.array([*plain.x, *shaded.x[1:]]), np.array([*plain.y, *shaded.y[1:]])
    below = {
        at: found for at in range(0, x.size, 9) if (found := known(answer.difference("B", "A"), x[at])) is not None
    }
    assert len(below) > 5
    for first, last in pairwise(below):
        drawn = np.trapezoid(y[first : last + 1], x[first : last + 1])
        assert drawn == pytest.approx(below[last] - below[first], abs=AREA / 2)
    low, high = answer.difference("B", "A").interval()
    span = only(panel, Spans, "94 % interval")
    assert (*span.low, *span.high) == pytest.approx((low, high), abs=1e-12)
    assert f"{answer.greater('B', 'A'):.3g}" in picture.title


def known(contrast: Contrast, x: float) -> float | None:
    """Return P(X <= x); None where it is not certified, as at some places under the heaviest prior."""
    try:
        return float(contrast.cdf(np.array(x)))
    except AccuracyError:
        return None


def test_bars_are_the_probabilities_of_counts_and_spans_are_both_parts(
    answer: ExactPosterior, pictures: tuple[Picture, ...]
) -> None:
    panels = named(pictures, "-counts").drawing.panels
    for panel, group in zip(panels, answer.counts.groups, strict=True):
        predictive = answer.predict(group)
        bars = only(panel, Bars, "exact probability")
        bins = count_bins(predictive)
        for at, height, first, after in zip(bars.x, bars.high, bins[:-1], bins[1:], strict=True):
            assert height == pytest.approx(float(predictive.pmf(np.arange(first, after)).sum()), abs=1e-9)
            assert first <= at < after
        assert sum(bars.high) > 0.997
        for name, variance in (("epistemic", predictive.epistemic), ("aleatoric", predictive.aleatoric)):
            span = only(panel, Spans, f"mean ± {name} sd")
            assert 0.5 * (span.high[0] - span.low[0]) == pytest.approx(np.sqrt(variance))
            assert 0.5 * (span.high[0] + span.low[0]) == pytest.approx(predictive.mean)


def test_a_caterpillar_has_the_quantiles_of_every_group_in_the_order_of_means(
    rats: ExactPosterior, pictures_of_rats: tuple[Picture, ...]
) -> None:
    (panel,) = named(pictures_of_rats, "-all-rates").drawing.panels
    assert [row.group for row in rats.ranking()] == list(panel.rows)
    wide, narrow, median = (
        only(panel, Spans, "94 % interval"),
        only(panel, Spans, "50 % interval"),
        only(panel, Markers, "median"),
    )
    for at, group in enumerate(panel.rows):
        marginal = rats["rate", group]
        exact = marginal.quantile(np.array([0.03, 0.25, 0.5, 0.75, 0.97]))
        drawn = [wide.low[at], narrow.low[at], median.x[at], narrow.high[at], wide.high[at]]
        assert np.abs(drawn - exact).max() < PLACE * marginal.sd


def test_ranks_are_those_of_the_answer(rats: ExactPosterior, pictures_of_rats: tuple[Picture, ...]) -> None:
    ranks, best = named(pictures_of_rats, "-ranks").drawing.panels
    rows = rats.ranking()
    assert only(ranks, Markers, "").x == tuple(row.rank for row in rows)
    assert only(best, Spans, "").high == tuple(row.best for row in rows)


def test_many_groups_are_thinned_and_the_caption_says_so() -> None:
    size = 300
    rng = np.random.default_rng(1)
    counts = Counts([f"group {i}" for i in range(size)], [20] * size, rng.binomial(20, 0.3, size).tolist())
    picture = named(pictures_of_exact(exact_posterior(independent(), counts)), "-all-rates")
    (panel,) = picture.drawing.panels
    assert len(panel.rows) == 80
    assert "80 of 300 groups" in picture.caption


def test_a_group_without_trials_and_a_certain_one_have_pictures() -> None:
    counts = Counts(["none", "all", "no"], [0, 5, 1_000_000], [0, 5, 0])
    for model in (independent(), hierarchical()):
        pictures = pictures_of_exact(exact_posterior(model, counts))
        titles = [panel.title for panel in named(pictures, "-rates").drawing.panels]
        assert titles == ["none", "all", "no"]
        for picture in pictures:
            for column in ("x", "y", "low", "high"):
                values = [value for value in picture.table[column] if isinstance(value, float)]
                assert np.isfinite(values).all(), picture.name


def test_one_group_has_no_difference() -> None:
    pictures = pictures_of_exact(exact_posterior(independent(), Counts(["only"], [10], [3])))
    assert [picture.name.removeprefix("independent-") for picture in pictures] == ["rates", "counts"]


def words_of(picture: Picture) -> str:
    return f"{picture.title} {picture.caption} {picture.description} {picture.csv}"


@pytest.mark.parametrize("data", ["campaigns", "rats"])
def test_pictures_have_the_interval_and_the_campaigns_that_were_asked_for(data: str) -> None:
    answer = exact_posterior(hierarchical(), load(data))
    pictures = pictures_of_exact(answer, (), Wanted(1000, 0.9))
    assert not any("94 %" in words_of(picture) for picture in pictures)
    order = [row.group for row in answer.ranking()[:2]]
    (difference,) = named(pictures, "-difference").drawing.panels
    span = only(difference, Spans, "90 % interval")
    exact = answer.difference(*order).interval(0.9)
    assert (*span.low, *span.high) == pytest.approx(exact, abs=1e-9)
    assert f"the 90 % interval is {exact[0]:.3g} to {exact[1]:.3g}" in named(pictures, "-difference").description
    counts = named(pictures, "-counts")
    for panel, group in zip(counts.drawing.panels, answer.counts.groups, strict=False):
        bins = count_bins(answer.predict(group, 1000))
        width = bins[1] - bins[0]
        assert width > 1
        assert (panel.title, panel.x_label) == (
            f"{group}, 1,000 trials",
            f"successes to come, each bar: {width} counts",
        )
        assert f"exact probability of {width} counts" in counts.table["series"]
        assert f"{group}, each bar: {width} counts." in counts.description
    assert "of several counts where the axis says so" in counts.caption


@pytest.mark.parametrize("interval", [1e-9, 0.5, 0.999999])
def test_any_interval_has_a_picture(interval: float) -> None:
    answer = exact_posterior(independent(), load("campaigns"))
    (panel,) = named(pictures_of_exact(answer, (), Wanted(None, interval)), "-difference").drawing.panels
    (span,) = [mark for mark in panel.marks if isinstance(mark, Spans)]
    assert (*span.low, *span.high) == pytest.approx(answer.difference("B", "A").interval(interval), abs=1e-9)
    shaded, plain = (mark for mark in panel.marks if isinstance(mark, Curve))
    assert np.trapezoid(shaded.y, shaded.x) + np.trapezoid(plain.y, plain.x) == pytest.approx(1.0, abs=2 * AREA)


def test_what_pulls_a_rate_is_said_by_the_model(rats: ExactPosterior, pictures_of_rats: tuple[Picture, ...]) -> None:
    alone = pictures_of_exact(exact_posterior(independent(), rats.counts))
    assert "the group has borrowed from the others" in named(pictures_of_rats, "-all-rates").caption
    assert "the prior has pulled it there" in named(alone, "-all-rates").caption
    assert [each.part for each in alone].count("answer") == 2
    assert next(each for each in alone if each.part == "answer").name.endswith("-ranks")
