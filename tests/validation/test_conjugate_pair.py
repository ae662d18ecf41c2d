"""What is not of a family works for another one too: Gamma rates and Poisson counts, which the product does not have.

The pumps of Gaver and O'Muircheartaigh (1987): rate ~ Gamma(a, b), a ~ Exponential(1), b ~ Gamma(.1, 1).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.models.distribution_text import parse_distribution
from pplcompare.models.distributions import Beta, Binomial, Exponential, Gamma
from pplcompare.models.errors import SpecificationError, UnsupportedModel, UsageError
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.exact.beta_binomial.row import BETA_BINOMIAL
from pplcompare.validation.exact.quadrature.answer import Answer, answer
from pplcompare.validation.exact.quadrature.conjugate_pair import ConjugatePair
from pplcompare.validation.exact.quadrature.hierarchy import hierarchy
from pplcompare.validation.exact.quadrature.hyperparameter import Value
from pplcompare.validation.exact.quadrature.law import Cells
from pplcompare.validation.exact.quadrature.update import Increments, Shapes
from scipy import integrate, special

from tests.validation import gamma_poisson
from tests.validation.gamma_poisson import GAMMA_POISSON, Poisson

Float = NDArray[np.float64]

MODEL = Model(
    "pumps",
    Input("exposure", plate="pump"),
    Variable("a", Exponential(1)),
    Variable("b", Gamma(0.1, 1)),
    Variable("rate", Gamma("a", "b"), plate="pump"),
    Observed("failures", Poisson("exposure", "rate"), plate="pump"),
)


def pumps() -> Inputs:
    with (Path(__file__).parent / "data" / "pumps.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    exposure, count = (np.array([float(row[column]) for row in rows]) for column in ("exposure", "count"))
    names = tuple(row["group"] for row in rows)
    return Inputs(MODEL.constants, {"exposure": exposure}, {"failures": count}, names, "pump")


PUMPS = GAMMA_POISSON.data(pumps())


@pytest.fixture(scope="module")
def found() -> Answer[gamma_poisson.Shapes]:
    return answer(GAMMA_POISSON, hierarchy(MODEL, GAMMA_POISSON), PUMPS)


def integrated(of: Callable[[float, float], float]) -> float:
    """Integrate over a and log b, by adaptive quadrature and the textbook's formulas."""

    def density(v: float, a: float) -> float:
        b = math.exp(v)
        log = -a - special.gammaln(0.1) + 0.1 * v - b
        for k, n in zip(*PUMPS, strict=True):
            log += math.lgamma(a + k) - math.lgamma(a) - math.lgamma(k + 1.0)
            log += a * math.log(b / (b + n)) + k * math.log(n / (b + n))
        return math.exp(log + 36.0) * of(a, b)

    return integrate.dblquad(density, 1e-9, 6.0, -14.0, 3.0, epsabs=1e-9, epsrel=1e-9)[0]


def test_pumps_are_certified_and_have_the_known_answer(found: Answer[gamma_poisson.Shapes]) -> None:
    assert found.error.accepted
    assert found.error.largest <= 1e-9
    a, b = (found.marginal(item) for item in found.hyperparameters)
    assert (a.mean, a.sd, b.mean) == pytest.approx((0.6971686420, 0.27078, 0.9268070), abs=1e-5)
    assert a.mean == pytest.approx(0.6971686420, abs=1e-9)
    assert b.mean == pytest.approx(0.9268070, abs=1e-7)
    assert found.log_evidence == pytest.approx(-36.577694994792, abs=1e-9)


def test_pumps_are_what_adaptive_quadrature_finds(found: Answer[gamma_poisson.Shapes]) -> None:
    evidence = integrated(lambda a, b: 1.0)
    assert found.log_evidence == pytest.approx(math.log(evidence) - 36.0, abs=1e-9)
    a = found.marginal(found.hyperparameters[0])
    assert a.mean == pytest.approx(integrated(lambda a, b: a) / evidence, rel=1e-8)
    rates = found.posterior.pair.law.mixed(found.mixing).moments()[0]
    last = integrated(lambda a, b: (a + 22.0) / (b + 10.5)) / evidence
    assert rates[9] == pytest.approx(last, rel=1e-8)


def test_a_rate_never_seen_has_no_mean_and_that_is_known(found: Answer[gamma_poisson.Shapes]) -> None:
    assert found.posterior.indices["mean"] == pytest.approx(0.1)
    assert found.derived(["mean"])["mean"] == (math.inf, math.inf)
    assert found.error.certifies("rates")


def test_draws_have_the_exact_distribution(found: Answer[gamma_poisson.Shapes]) -> None:
    draws, level = 20_000, 1e-6
    drawn = found.simulate(draws, np.random.default_rng(20240501))
    bound = math.sqrt(math.log(2 / level) / (2 * draws))  # Dvoretzky, Kiefer, Wolfowitz; Massart 1990
    for item in found.hyperparameters:
        u = np.sort(found.marginal(item).table().cdf(drawn[item.name]))
        assert np.abs(u - np.arange(draws) / draws).max() <= bound + 1.0 / draws
    mean, sd = found.posterior.pair.law.mixed(found.mixing).moments()
    assert drawn["rate"].shape == (draws, 10)
    assert np.abs((drawn["rate"].mean(axis=0) - mean) / sd).max() <= 6.0 / math.sqrt(draws)


def shapes_of[S: Shapes](pair: ConjugatePair[S], one: float, other: float) -> S:
    """Return the shapes of the first distribution that a latent may have, at numbers."""
    values = (Value(np.array(x), np.array(1.0 - x)) for x in (one, other))
    return next(iter(pair.latent.values())).shapes(*values)


def says_one_thing[S: Shapes](pair: ConjugatePair[S], data: Increments) -> None:
    """Compare the members of a row with each other: each is written by itself, and they share one law."""
    shapes, rng = shapes_of(pair, 2.3, 5.1), np.random.default_rng(7)
    law, (k, n) = pair.law, data
    nodes = shapes.mapped(lambda part: np.reshape(part, 1))
    # The first datum to come has the probability that is its evidence.
    first = Increments(k[:1], n[:1])
    assert pair.next(nodes, k[:1], n[:1]) == pytest.approx(pair.evidence(first).log(nodes), abs=1e-12)
    draws = law.draw(shapes.mapped(lambda part: np.full((40_000, 1), part)), k, n, rng)
    for group, (j, m) in enumerate(zip(k.tolist(), n.tolist(), strict=True)):
        x, error = draws[:, group], 6.0 / math.sqrt(len(draws))
        mean, square = (float(law.power(shapes, j, m, order)) for order in (1, 2))
        below = float(law.cdf(shapes, j, m, mean))
        assert abs(x.mean() - mean) <= error * math.sqrt(square - mean**2)
        assert float(np.mean(x <= mean)) == pytest.approx(below, abs=0.5 * error)
        tails = law.tails(nodes, j, m, np.array([mean]), Cells(np.zeros(1), np.zeros(1)), rng)
        assert (float(tails.lower[0]), float(tails.upper[0])) == pytest.approx((below, 1.0 - below), abs=1e-14)
        bounded = float(law.bounded(shapes, j, m))
        assert 0.0 < bounded < 1.0
        assert law.place(bounded) == pytest.approx(mean, rel=1e-12)


def test_the_members_of_a_row_say_one_thing() -> None:
    says_one_thing(BETA_BINOMIAL, Increments(np.array([19, 0, 3]), np.array([200, 4, 10])))
    says_one_thing(GAMMA_POISSON, Increments(PUMPS.k[6:], PUMPS.n[6:]))


def has_cumulants[S: Shapes](pair: ConjugatePair[S], data: Increments, kernel: Callable[[Float], Float]) -> None:
    """Compare the cumulants of a row with those of the kernel at draws of the latents (draw, group)."""
    draws, shapes = 400_000, shapes_of(pair, 2.3, 5.1)
    columns = shapes.mapped(lambda part: np.full((draws, 1), part))
    values = kernel(pair.law.draw(columns, *data, np.random.default_rng(11))).sum(axis=1)
    nodes = shapes.mapped(lambda part: np.reshape(part, 1))
    mean, variance, third, fourth = (float(of[0]) for of in pair.cumulants(data, nodes))
    z = (values - mean) / math.sqrt(variance)
    expected = 0.0, 1.0, third / variance**1.5, 3.0 + fourth / variance**2
    for power, moment in enumerate(expected, 1):
        # Six standard errors, as the draws themselves have them.
        error = 6.0 * float((z**power).std()) / math.sqrt(draws)
        assert float((z**power).mean()) == pytest.approx(moment, abs=error)


def test_the_log_likelihood_has_the_cumulants_that_a_row_says() -> None:
    k, n = np.array([5, 2, 3]), np.array([20, 4, 10])
    has_cumulants(BETA_BINOMIAL, Increments(k, n), lambda rate: k * np.log(rate) + (n - k) * np.log1p(-rate))
    last = Increments(PUMPS.k[6:], PUMPS.n[6:])
    has_cumulants(GAMMA_POISSON, last, lambda rate: last.k * np.log(rate) - last.n * rate)


def test_exponents_of_another_family_are_slopes_far_away(found: Answer[gamma_poisson.Shapes]) -> None:
    posterior, compared = found.posterior, 0
    for ray in posterior.tails.rays:
        expected = posterior.tails.exponent(ray)
        # With a fixed, what b to the power of a adds is left out: it vanishes where a does.
        if math.isfinite(expected) and ray != (0.0, -1.0):
            near, far = (float(posterior.log_density([np.array(t * d) for d in ray])) for t in (200.0, 300.0))
            assert (far - near) / 100.0 == pytest.approx(expected, abs=1e-9), ray
            compared += 1
    assert compared >= 1


def test_what_a_family_does_not_say_is_refused(found: Answer[gamma_poisson.Shapes]) -> None:
    with pytest.raises(UsageError, match="is not known in this family"):
        found.probability_greater((5, 94.3), (1, 15.7))


def test_the_distributions_that_people_can_write_stay_a_closed_set() -> None:
    with pytest.raises(SpecificationError, match="unknown distribution"):
        parse_distribution("Poisson(exposure, rate)", "failures")


def test_what_is_not_of_the_pair_is_refused_in_its_words() -> None:
    binomial = Observed("failures", Binomial("exposure", "rate"), plate="pump")
    others = {
        "the observation must be a Poisson whose rate is a variable": (Beta("a", "b"), binomial),
        "the rate must be Gamma": (Beta("a", "b"), MODEL.items[-1]),
    }
    for message, (law, observed) in others.items():
        model = Model("other", *MODEL.items[:3], Variable("rate", law, plate="pump"), observed)
        with pytest.raises(UnsupportedModel, match=message) as error:
            hierarchy(model, GAMMA_POISSON)
        assert "Gamma rates on a plate that feed one Poisson" in str(error.value)
