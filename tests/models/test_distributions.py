"""Each distribution against mpmath and scipy.stats: density, support, tail, simulation, refusals."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pplcompare.models import distributions
from pplcompare.models.distribution import Data, Distribution
from pplcompare.models.distributions import (
    DISTRIBUTIONS,
    Beta,
    BetaBinomial,
    BetaProportion,
    Binomial,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
    Pareto,
    PowerLaw,
    Uniform,
)
from pplcompare.models.errors import SpecificationError
from pplcompare.models.interval import POSITIVE, REAL, UNIT, Interval
from scipy import stats

from tests.reference.density import TERMS, context
from tests.reference.test_density_reference import SUFFICIENT

EPS = float(np.finfo(np.float64).eps)


class Folded:
    """The absolute value of a variable that is symmetric about zero, as scipy.stats would have it."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def logpdf(self, x: Any) -> Any:
        return self._whole.logpdf(x) + math.log(2)

    def cdf(self, x: Any) -> Any:
        return 1 - 2 * self._whole.sf(x)

    def ppf(self, q: Any) -> Any:
        return self._whole.ppf(0.5 * (1 + np.asarray(q)))

    def support(self) -> tuple[float, float]:
        return 0.0, math.inf

    def stats(self, moments: str) -> Any:
        """Return other moments, which exist where those of the absolute value do."""
        return self._whole.stats(moments)


SCIPY: list[tuple[Distribution, tuple[float, ...], Any]] = [
    (Beta(2.5, 7.25), (2.5, 7.25), stats.beta(2.5, 7.25)),
    (Beta(0.3, 130), (0.3, 130.0), stats.beta(0.3, 130)),
    (BetaProportion(0.23, 9.75), (0.23, 9.75), stats.beta(0.23 * 9.75, 0.77 * 9.75)),
    (Gamma(2.5, 7.25), (2.5, 7.25), stats.gamma(2.5, scale=1 / 7.25)),
    (Gamma(0.5, 0.01), (0.5, 0.01), stats.gamma(0.5, scale=100)),
    (InverseGamma(2.5, 7.25), (2.5, 7.25), stats.invgamma(2.5, scale=7.25)),
    (InverseGamma(0.7, 0.01), (0.7, 0.01), stats.invgamma(0.7, scale=0.01)),
    (Exponential(1.75), (1.75,), stats.expon(scale=1 / 1.75)),
    (LogNormal(-0.35, 0.8), (-0.35, 0.8), stats.lognorm(0.8, scale=math.exp(-0.35))),
    (HalfNormal(1.3), (1.3,), stats.halfnorm(scale=1.3)),
    (HalfCauchy(0.6), (0.6,), stats.halfcauchy(scale=0.6)),
    (HalfStudentT(3.5, 1.3), (3.5, 1.3), Folded(stats.t(3.5, scale=1.3))),
    (HalfStudentT(1.3, 0.6), (1.3, 0.6), Folded(stats.t(1.3, scale=0.6))),
    (Uniform(0.05, 0.9), (0.05, 0.9), stats.uniform(0.05, 0.85)),
    (Uniform(-3, -1), (-3.0, -1.0), stats.uniform(-3, 2)),
    (Pareto(0.7, 1.3), (0.7, 1.3), stats.pareto(1.3, scale=0.7)),
]
identified = pytest.mark.parametrize(("distribution", "values", "frozen"), SCIPY, ids=[str(row[0]) for row in SCIPY])


def has_data(kind: type[Distribution]) -> bool:
    return any(isinstance(domain, Data) for domain in kind.domains.values())


PRIORS = [kind for kind in DISTRIBUTIONS.values() if not has_data(kind)]


def log_density(distribution: Distribution, x: Any, values: Sequence[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the log density and the scale of its rounding error."""
    terms = distribution.log_terms(np.asarray(x, dtype=float), [np.asarray(value) for value in values])
    return np.asarray(sum(terms)), np.asarray(sum(np.abs(term) for term in terms))


def test_the_table_has_every_distribution_of_the_module() -> None:
    defined = {
        name: kind
        for name, kind in vars(distributions).items()
        if inspect.isclass(kind) and issubclass(kind, Distribution) and kind is not Distribution
    }
    assert dict(DISTRIBUTIONS) == defined


@pytest.mark.parametrize("kind", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_every_argument_has_a_domain(kind: type[Distribution]) -> None:
    assert list(kind.domains) == list(inspect.signature(kind).parameters)


def test_every_proper_prior_is_compared_with_scipy() -> None:
    """Counts and the improper prior have tests of their own."""
    proper = {name for name, kind in DISTRIBUTIONS.items() if kind.proper and not has_data(kind)}
    assert {type(row[0]).__name__ for row in SCIPY} == proper


@identified
def test_the_log_density_is_that_of_scipy(distribution: Distribution, values: tuple[float, ...], frozen: Any) -> None:
    x = frozen.ppf([0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999])
    np.testing.assert_allclose(log_density(distribution, x, values)[0], frozen.logpdf(x), rtol=1e-11, atol=1e-11)


def test_the_log_probability_of_a_count_is_that_of_scipy() -> None:
    k = np.arange(15)
    found = log_density(Binomial("n", "p"), k, [14, 0.3])[0]
    np.testing.assert_allclose(found, stats.binom(14, 0.3).logpmf(k), rtol=1e-12)


def test_the_log_probability_of_a_beta_binomial_count_is_that_of_scipy() -> None:
    k = np.arange(15)
    found = log_density(BetaBinomial("n", "a", "b"), k, [14, 2.5, 8.1])[0]
    np.testing.assert_allclose(found, stats.betabinom(14, 2.5, 8.1).logpmf(k), rtol=1e-11)


@pytest.mark.parametrize("heavy", [HalfCauchy(1.3), HalfStudentT(2.7, 1.3), HalfStudentT(0.7, 1e-30)], ids=str)
def test_a_heavy_tail_does_not_overflow(heavy: Distribution) -> None:
    values = [float(value) for value in heavy.arguments.values()]
    for x in (1e-300, 1e300):
        found = log_density(heavy, x, values)[0]
        exact = TERMS[type(heavy).__name__](context.mpf(x), *map(context.mpf, values))[0]
        assert float(found) == pytest.approx(float(exact), rel=1e-14)


def test_a_half_student_t_with_one_degree_of_freedom_is_the_half_cauchy() -> None:
    x = np.array([1e-3, 0.5, 1.3, 40.0])
    found = log_density(HalfStudentT(1, 1.3), x, [1.0, 1.3])[0]
    np.testing.assert_allclose(found, log_density(HalfCauchy(1.3), x, [1.3])[0], rtol=1e-14)


positive = st.floats(1e-3, 1e6)
unit = st.floats(1e-6, 1 - 1e-6)


@given(kind=st.sampled_from(PRIORS), data=st.data())
def test_the_log_density_is_exact_to_its_own_rounding(kind: type[Distribution], data: st.DataObject) -> None:
    values = [data.draw(unit if domain == UNIT else positive) for domain in kind.domains.values()]
    if kind is Uniform:
        values = sorted(values)
        if values[0] == values[1]:
            return
    interval = kind(**dict.fromkeys(kind.domains, "x")).support(values)
    x = data.draw(unit)
    if kind is Uniform:
        x = values[0] + (values[1] - values[0]) * x
    elif interval != UNIT:
        x = interval.low + data.draw(positive)
    if not interval.holds(x):
        return
    found, scale = log_density(kind(**dict.fromkeys(kind.domains, "x")), x, values)
    exact = TERMS[kind.__name__](context.mpf(x), *map(context.mpf, values))[0]
    # A width that is a difference is itself known to half a unit of the larger end only.
    lost = 1 + (abs(values[1]) / (values[1] - values[0]) if kind is Uniform else 0)
    assert abs(float(exact - context.mpf(float(found)))) <= 64 * EPS * (float(scale) + lost) + 1e-12


@given(n=st.integers(0, 10**6), share=st.floats(0, 1), p=unit)
def test_the_log_probability_of_a_count_is_exact_to_its_own_rounding(n: int, share: float, p: float) -> None:
    k = round(n * share)
    found, scale = log_density(Binomial("n", "p"), k, [n, p])
    exact = TERMS["Binomial"](context.mpf(k), context.mpf(n), context.mpf(p))[0]
    assert abs(float(exact - context.mpf(float(found)))) <= 64 * EPS * float(scale) + 1e-12


def test_supports_are_those_of_the_distributions() -> None:
    nan = math.nan
    assert Beta(2, 5).support([2, 5]) == Beta("a", "b").support([nan, nan]) == UNIT
    assert BetaProportion("m", "c").support([nan, nan]) == UNIT
    assert Gamma("a", 3).support([nan, 3]) == POSITIVE
    assert PowerLaw(1.5).support([1.5]) == POSITIVE
    assert Uniform(0.05, 0.9).support([0.05, 0.9]) == Interval(0.05, 0.9)
    assert Pareto(0.7, "s").support([0.7, nan]) == Interval(0.7)
    assert Binomial("n", "p").support([14, nan]) == Interval(-1, 15)


@identified
def test_the_support_is_where_scipy_has_it(distribution: Distribution, values: tuple[float, ...], frozen: Any) -> None:
    interval = distribution.support(values)
    assert (interval.low, interval.high) == pytest.approx(frozen.support(), abs=1e-15)


@identified
def test_a_moment_exists_where_the_tail_index_says_so(
    distribution: Distribution, values: tuple[float, ...], frozen: Any
) -> None:
    for order, moment in enumerate(frozen.stats("mvs"), start=1):
        assert math.isfinite(moment) == (order < distribution.tail_index(values))


def test_tail_indices() -> None:
    assert Pareto(0.7, 1.3).tail_index([0.7, 1.3]) == 1.3
    assert PowerLaw(1.5).tail_index([1.5]) == 0.5
    assert HalfCauchy(0.6).tail_index([0.6]) == 1.0
    assert HalfStudentT(3.5, 0.6).tail_index([3.5, 0.6]) == 3.5
    assert InverseGamma(2.5, 7.25).tail_index([2.5, 7.25]) == 2.5
    light = (
        Exponential(2),
        LogNormal(1, 2),
        HalfNormal(2),
        BetaBinomial("n", 1, 2),
        Beta(2, 5),
        BetaProportion(0.3, 7),
        Gamma(2, 3),
        Uniform(0, 1),
        Binomial("n", 0.3),
    )
    assert all(d.tail_index([1.0, 2.0]) == math.inf for d in light)


def test_only_the_power_law_and_sufficient_statistics_are_improper() -> None:
    assert [name for name, kind in DISTRIBUTIONS.items() if not kind.proper] == ["PowerLaw", *SUFFICIENT]


def ks(draws: NDArray[Any], cdf: Any) -> float:
    """Return sqrt(n) sup |F_n - F|; over sqrt(ln(2/p)/2) with probability at most p (Massart 1990)."""
    x, counts = np.unique(draws, return_counts=True)
    upper = np.cumsum(counts) / draws.size
    lower = upper - counts / draws.size
    below = cdf(x - 1) if draws.dtype.kind == "i" else cdf(x)
    return float(np.sqrt(draws.size) * max(np.abs(upper - cdf(x)).max(), np.abs(lower - below).max()))


SURE = math.sqrt(math.log(2 / 1e-9) / 2)


@identified
def test_draws_follow_the_distribution(distribution: Distribution, values: tuple[float, ...], frozen: Any) -> None:
    draws = distribution.simulate(np.random.default_rng(7), (100, 211), [np.asarray(value) for value in values])
    assert draws.shape == (100, 211)
    assert draws.dtype == np.float64
    assert ks(draws.ravel(), frozen.cdf) < SURE


def test_a_wrong_distribution_of_draws_would_be_seen() -> None:
    draws = Gamma(2.5, 7.25).simulate(np.random.default_rng(7), (21_100,), [np.asarray(2.5), np.asarray(7.25)])
    assert ks(draws, stats.gamma(2.5, scale=1 / 7.0).cdf) > SURE
    assert ks(draws, stats.gamma(2.5, scale=7.25).cdf) > 10 * SURE


def test_simulated_counts_follow_the_beta_binomial() -> None:
    values = [np.asarray(14), np.asarray(2.5), np.asarray(8.1)]
    draws = BetaBinomial("n", "a", "b").simulate(np.random.default_rng(7), (21_100,), values)
    assert draws.dtype == np.int64
    assert ks(draws, stats.betabinom(14, 2.5, 8.1).cdf) < SURE


def test_simulated_counts_follow_the_binomial() -> None:
    draws = Binomial("n", "p").simulate(np.random.default_rng(7), (21_100,), [np.asarray(14), np.asarray(0.3)])
    assert draws.dtype == np.int64
    assert ks(draws, stats.binom(14, 0.3).cdf) < SURE


@pytest.mark.parametrize("name", sorted({type(row[0]).__name__ for row in SCIPY}))
def test_arguments_that_vary_are_used_element_by_element(name: str) -> None:
    """Three columns, the last with half as much again for its last argument."""
    rows = {row[0].__class__.__name__: row for row in SCIPY}
    distribution, values, frozen = rows[name]
    columns = [np.full((1, 3), value) for value in values]
    columns[-1] = values[-1] * np.array([[1.0, 1.0, 1.5]])
    draws = distribution.simulate(np.random.default_rng(7), (20_011, 3), columns)
    assert ks(draws[:, 1], frozen.cdf) < SURE < ks(draws[:, 2], frozen.cdf)


def test_an_improper_prior_cannot_be_simulated() -> None:
    with pytest.raises(
        SpecificationError, match="PowerLaw: an improper prior cannot be simulated; take a proper prior"
    ):
        PowerLaw(1.5).simulate(np.random.default_rng(7), (3,), [np.asarray(1.5)])


BAD_EVERYWHERE = [math.inf, -math.inf, math.nan, True, False, np.True_, None, 1j, [1.0], Decimal(1), 10**400, b"1"]
BAD_BY_DOMAIN: dict[Any, list[Any]] = {POSITIVE: [0, -0.0, -1, -1e-300], UNIT: [0, 1, -0.1, 1.1], REAL: []}
BAD_ARGUMENTS = [
    (kind, argument, value)
    for kind in DISTRIBUTIONS.values()
    for argument, domain in kind.domains.items()
    if not isinstance(domain, Data)
    for value in (*BAD_EVERYWHERE, *BAD_BY_DOMAIN[domain])
]


@pytest.mark.parametrize(
    ("kind", "argument", "value"), BAD_ARGUMENTS, ids=lambda part: part.__name__ if isinstance(part, type) else None
)
def test_a_bad_argument_is_refused_by_name_and_value(kind: type[Distribution], argument: str, value: Any) -> None:
    arguments: dict[str, Any] = {**dict.fromkeys(kind.domains, "x"), argument: value}
    with pytest.raises(SpecificationError) as caught:
        kind(**arguments)
    message = str(caught.value)
    assert message.startswith(f"{kind.__name__} {argument}: ")
    assert ("a number or the name of a variable is needed" in message) or ("must be finite and within" in message)
    assert f"got {value!r}"[:100] in message


@pytest.mark.parametrize("value", [3, 3.0, 0.5, True, None])
def test_trials_are_data(value: Any) -> None:
    with pytest.raises(SpecificationError, match=r"Binomial trials: counts are data, got .*; give the name"):
        Binomial(value, 0.5)


@pytest.mark.parametrize(("low", "high"), [(1, 0), (0.5, 0.5), (-0.0, 0.0), (-1e308, 1e308)])
def test_a_uniform_without_width_is_refused(low: float, high: float) -> None:
    with pytest.raises(SpecificationError, match=r"Uniform: .*low"):
        Uniform(low, high)


@pytest.mark.parametrize("value", [2, 2.0, np.int8(2), np.float32(2), np.float64(2), Fraction(2)], ids=repr)
def test_numbers_of_every_kind_become_float64(value: Any) -> None:
    made = Gamma(value, 3)
    assert type(made.shape) is float
    assert made == Gamma(2.0, 3.0)
    assert hash(made) == hash(Gamma(2.0, 3.0))


def test_integers_do_not_overflow() -> None:
    """100 + 100 has no place in 8 bits."""
    found = log_density(Beta(100, 100), 0.5, [Beta(100, 100).alpha, Beta(100, 100).beta])[0]
    assert float(found) == pytest.approx(float(stats.beta(100.0, 100.0).logpdf(0.5)), rel=1e-12)


def test_distributions_cannot_be_changed() -> None:
    made = Beta(2.5, 7.25)
    with pytest.raises(AttributeError):
        made.alpha = 3  # type: ignore[misc]
    with pytest.raises((AttributeError, TypeError)):
        made.other = 3  # type: ignore[attr-defined]


def test_distributions_of_another_kind_or_order_differ() -> None:
    assert Beta(2, 5) != Beta(5, 2)
    assert len({Beta(0.3, 7), BetaProportion(0.3, 7), Gamma(0.3, 7), Beta(0.3, 7)}) == 3
    assert Beta("a", "b") == Beta("a", "b")


def test_a_distribution_shows_its_numbers_in_full() -> None:
    assert str(Gamma(16, 9)) == "Gamma(16, 9)"
    assert str(Beta(0.123456789012345, "b")) == "Beta(0.123456789012345, b)"
    assert str(Uniform(-1e300, 1e-300)) == "Uniform(-1e+300, 1e-300)"


def test_arguments_are_replaced_by_name() -> None:
    assert Beta(2, 5).replace({"beta": "b", "alpha": 3}) == Beta(3, "b")
    assert Beta(2.5, "b").arguments == {"alpha": 2.5, "beta": "b"}
