"""Distributions and priors as people type them."""

from __future__ import annotations

import re

import pytest
from pplcompare.models.distribution import Data, Distribution
from pplcompare.models.distribution_text import parse_distribution
from pplcompare.models.distributions import DISTRIBUTIONS, Beta, Binomial, Gamma, PowerLaw, Uniform
from pplcompare.models.errors import SpecificationError
from pplcompare.models.prior_text import parse_prior
from scipy import stats

READ: dict[str, Distribution] = {
    "Gamma(16, 9)": Gamma(16, 9),
    " Gamma ( 16 ,9 ) ": Gamma(16, 9),
    "Gamma(rate=9, shape=16)": Gamma(16, 9),
    "Gamma(16, rate = 9)": Gamma(16, 9),
    "Gamma(1.6e1, .9E+1)": Gamma(16, 9),
    "Gamma(16., 9)": Gamma(16, 9),
    "Uniform(-1.5, - 1)": Uniform(-1.5, -1),
    "PowerLaw(+1.5)": PowerLaw(1.5),
    "Beta(alpha, 2)": Beta("alpha", 2),
    "Beta(lambda, True)": Beta("lambda", "True"),
    "Beta(e1, beta=x_2)": Beta("e1", "x_2"),
    "Binomial(trials, probability=rate)": Binomial("trials", "rate"),
}


@pytest.mark.parametrize("text", READ)
def test_what_people_type_is_read(text: str) -> None:
    assert parse_distribution(text, "x") == READ[text]


@pytest.mark.parametrize("distribution", READ.values(), ids=str)
def test_what_is_shown_is_read_back(distribution: Distribution) -> None:
    assert parse_distribution(str(distribution), "x") == distribution


def takes_numbers(kind: type[Distribution]) -> bool:
    return not any(isinstance(domain, Data) for domain in kind.domains.values())


@pytest.mark.parametrize("kind", [kind for kind in DISTRIBUTIONS.values() if takes_numbers(kind)])
def test_every_distribution_of_numbers_is_read_back_as_a_prior(kind: type[Distribution]) -> None:
    prior = kind(*(0.25, 0.5)[: len(kind.domains)])
    assert parse_prior(f"alpha={prior}") == ("alpha", prior)


REFUSED = {
    "": "x: not a distribution, got ''; write for example Gamma(16, 9)",
    "3": "not a distribution",
    "Gamma": "not a distribution",
    "Gamma(16, 9": "not a distribution",
    "Gamma(16, 9) + 1": "not a distribution",
    "Gamma(16, 9)(3)": "arguments must be numbers or names",
    "__import__('os')": "not a distribution",
    "os.system(1)": "not a distribution",
    "Gamma(Gamma(1, 2), 9)": "arguments must be numbers or names",
    "Gamma('16', 9)": "arguments must be numbers or names",
    r"Gamma('\d', 9)": "arguments must be numbers or names",
    "Gamma(1_6, 9)": "arguments must be",
    "Gamma(0x10, 9)": "arguments must be",
    "Gamma(1 6, 9)": "arguments must be",
    "Gamma(1 if 1else 2, 9)": "arguments must be",
    "Gamma(16, 9,)": "arguments must be",
    "Gamma(,)": "arguments must be",
    "Gamma(*x)": "arguments must be",
    "Gamma(16 / 2, 9)": "arguments must be",
    "Gamma(16, ٣)": "arguments must be",
    "Gamma(αlpha, 9)": "arguments must be",
    "Gamma()": "Gamma takes shape, rate, got {}",
    "Gamma(16)": "Gamma takes shape, rate",
    "Gamma(16, 9, 1)": "Gamma takes shape, rate",
    "Gamma(16, 9, shape=1)": "Gamma has shape twice",
    "Gamma(shape=1, shape=2)": "Gamma has shape twice",
    "Gamma(shape=1, 2)": "arguments by name come last",
    "Gamma(shap=16, rate=9)": "no such argument, got 'shap'; did you mean shape?",
    "Gamma(16, scale=2)": "Gamma takes a rate, got 'scale'; write rate = 1 / scale",
    "Gama(16, 9)": "unknown distribution, got 'Gama'; did you mean Gamma?",
    "Gamma(0, 9)": "Gamma shape: must be finite and within (0, inf), got 0",
    "Gamma(1e999, 9)": "got inf",
    "Gamma(nan, inf)x": "not a distribution",
    "Gamma(" + "1" * 2000 + ", 9)": "not a distribution",
    "(" * 100_000: "not a distribution",
}

# How others write them -> the words of the message, which show the conversion.
ELSEWHERE = {
    "Beta(mode=0.2, concentration=12)": "alpha = mode (concentration - 2) + 1, beta = (1 - mode) (concentration - 2) "
    "+ 1, that is Beta(3, 9)",
    "Beta(kappa=12, omega=0.2)": "that is Beta(3, 9)",
    "Beta(mode=0.2, concentration=2)": "it needs 0 <= mode <= 1 and concentration > 2",
    "Beta(mean=0.2, sd=0.1)": "where c = mean (1 - mean) / sd^2 - 1, that is Beta(3, 12)",
    "Beta(mu=0.2, sigma=0.1)": "that is Beta(3, 12)",
    "Beta(mean=0.2, sd=0.4)": "it needs 0 < mean < 1 and 0 < sd^2 < mean (1 - mean)",
    "Beta(mean=0.2, sd=1e-200)": "it needs",
    "Beta(mean=0.2, concentration=10)": "that is BetaProportion(0.2, 10)",
    "Beta(mean=m, sd=0.1)": "write alpha = mean c, beta = (1 - mean) c, where c = mean (1 - mean) / sd^2 - 1",
    "Gamma(16, scale=2)": "Gamma takes a rate, got 'scale'; write rate = 1 / scale, that is Gamma(16, 0.5)",
    "Gamma(scale=0, shape=1)": "write rate = 1 / scale; it needs both positive",
    "Gamma(scale=2)": "Gamma takes a rate, got 'scale'; write rate = 1 / scale",
    "Gamma(mean=2, sd=0.5)": "shape = mean^2 / sd^2, rate = mean / sd^2, that is Gamma(16, 8)",
    "Gamma(mu=1e300, sigma=1e-300)": "it needs both positive",
    "Exponential(scale=4)": "Exponential takes a rate, got 'scale'; write rate = 1 / scale, that is Exponential(0.25)",
    "Normal(0, 5)": "for a positive one write HalfNormal(5), its half above 0, or LogNormal(mu, sigma)",
    "normal(3, 5)": "write HalfNormal(scale)",
    "Cauchy(0, 2.5)": "write HalfCauchy(2.5)",
    "StudentT(3, 0, 1)": "it has the whole line: for a positive one write HalfStudentT(3, 1), its half above 0",
    "student_t(3, 2, 1)": "write HalfStudentT(df, scale)",
    "StudentT(3)": "write HalfStudentT(df, scale)",
    "Logistic(0, 1)": "write HalfNormal(scale)",
}


@pytest.mark.parametrize(("text", "words"), ELSEWHERE.items())
def test_what_others_write_is_refused_with_what_says_the_same(text: str, words: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        parse_distribution(text, "x")
    assert words in str(caught.value)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["Beta(mode=0.2, concentration=12)", "Beta(mean=0.2, sd=0.1)", "Gamma(mean=2, sd=0.5)"]
)
def test_a_conversion_has_the_moments_that_were_asked_for(text: str) -> None:
    asked = {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)", text)}
    with pytest.raises(SpecificationError) as caught:
        parse_distribution(text, "x")
    shown = parse_distribution(str(caught.value).rpartition("that is ")[2], "x")
    a, b = (float(value) for value in shown.arguments.values())
    law = stats.beta(a, b) if isinstance(shown, Beta) else stats.gamma(a, scale=1 / b)
    found = {"mean": law.mean(), "sd": law.std(), "mode": (a - 1) / (a + b - 2), "concentration": a + b}
    assert {key: found[key] for key in asked} == pytest.approx(asked)


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=[key[:40] for key in REFUSED])
def test_what_cannot_be_read_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        parse_distribution(text, "x")
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_prior_on_the_command_line_has_numbers_only() -> None:
    assert parse_prior("alpha = Gamma(16, 9)") == ("alpha", Gamma(16, 9))
    for text in ("alpha=Gamma(shape, 9)", "alpha=Gamma(16, rate=rate)", "alpha=Gamma(nan, 9)", "alpha=Gamma(True, 9)"):
        with pytest.raises(SpecificationError, match="--prior: arguments must be numbers, got"):
            parse_prior(text)
