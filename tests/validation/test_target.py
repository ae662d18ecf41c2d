"""A posterior as samplers take it: density, gradient, coordinates, and what is checked of draws from it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pplcompare.models import specification_file
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.datasets import DataLike, load
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import Gamma
from pplcompare.models.errors import DataError, SpecificationError, UnsupportedModel, UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.detectable import detectable
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.checks.same_model import tolerance
from pplcompare.validation.target.record import CHECKED, Checked
from pplcompare.validation.target.target import Target, target

from tests.reference.fixtures import FIXTURES, Fixture, beta_binomial, points, pooled, proportion_bounded

type Maker = Callable[[], Fixture]

EPS = float(np.finfo(np.float64).eps)
every_fixture = pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)


@cache
def target_of(make: Maker) -> Target:
    _, model, counts = make()
    return Target(model, counts)


@pytest.fixture(scope="module")
def small() -> Target:
    return target({"z": (30, 2), "a": (40, 20), "10": (50, 45)})


@pytest.fixture(scope="module")
def draws(small: Target) -> dict[str, Float]:
    flat = small.exact.simulate(8000, np.random.default_rng(5))
    return {name: values.reshape(4, 2000, *values.shape[1:]) for name, values in flat.items()}


@every_fixture
def test_value_and_gradient_at_vectors_are_those_of_the_reference(make: Maker) -> None:
    """The fixtures' points come through unconstrained space, as those of samplers do."""
    found = target_of(make)
    at = points(found.structure, found.inputs)
    reference = reference_density(found.structure, found.inputs, at, jacobian=True)
    x = found.unconstrain(at)
    assert x.shape == (20, found.dimension) == (20, len(found.names))
    limit = tolerance(reference.scale, reference.rounding, reference.elements)
    assert np.all(np.abs(found.log_density(x) - reference.value) <= limit)
    start = 0
    gradient = found.gradient(x)
    for name, expected in reference.gradient.items():
        width = 1 if expected.ndim == 1 else expected.shape[1]
        slope = gradient[:, start : start + width].reshape(expected.shape)
        added = reference.elements if expected.ndim == 1 else 1
        limit = tolerance(reference.gradient_scale[name], reference.gradient_rounding[name], added)
        assert np.all(np.abs(slope - expected) <= limit), name
        start += width


@every_fixture
def test_the_gradient_is_the_slope_of_the_value(make: Maker) -> None:
    """Central differences of the value, whose rounding and third derivatives are bounded by the sum of all terms."""
    found = target_of(make)
    rng, step = np.random.default_rng(7), 1e-4
    x = rng.normal(0.0, 1.0, (8, found.dimension))
    scale = reference_density(found.structure, found.inputs, found.constrain(x), jacobian=True).scale
    for i in range(found.dimension):
        there = step * np.eye(found.dimension)[i]
        slope = (found.log_density(x + there) - found.log_density(x - there)) / (2.0 * step)
        assert np.all(np.abs(slope - found.gradient(x)[:, i]) <= 1e-7 * scale), found.names[i]


def test_one_vector_is_a_batch_of_one(small: Target) -> None:
    x = np.stack([small.start(np.random.default_rng(i)) for i in range(5)])
    assert small.log_density(x).shape == (5,)
    assert small.gradient(x).shape == x.shape
    for i, one in enumerate(x):
        assert small.log_density(one).shape == ()
        assert small.log_density(one) == small.log_density(x)[i]
        assert np.array_equal(small.gradient(one), small.gradient(x)[i])
    assert small.log_density(x[:0]).shape == (0,)
    assert small.gradient(x[:0]).shape == (0, small.dimension)
    assert small.log_density(list(x[0])) == small.log_density(x[0])


def test_names_say_the_order_of_a_vector(small: Target) -> None:
    assert small.names == ("alpha", "beta", "rate[z]", "rate[a]", "rate[10]")
    assert small.dimension == 5
    values = small.constrain(np.log([2.0, 3.0, 1.0, 1.0, 1.0]))
    assert values["alpha"] == pytest.approx(2.0, rel=1e-15)
    assert values["beta"] == pytest.approx(3.0, rel=1e-15)
    assert np.array_equal(values["rate"], [0.5, 0.5, 0.5])
    assert "rats, hierarchical: 73 dimensions" in repr(target("rats"))
    assert repr(target_of(pooled)) == "<target of pooled: 1 dimension, rate>"


def test_starting_points_are_uniform_and_follow_from_their_generator(small: Target) -> None:
    many = np.stack([small.start(np.random.default_rng(i)) for i in range(200)])
    assert many.shape == (200, 5)
    assert np.all(np.abs(many) < 2.0)
    # The mean of 1000 uniform numbers, within 5 standard errors.
    assert abs(many.mean()) < 5.0 * (4.0 / 12.0**0.5) / 1000.0**0.5
    assert np.array_equal(many[3], small.start(np.random.default_rng(3)))


@pytest.mark.parametrize("make", [proportion_bounded, beta_binomial, pooled], ids=lambda make: make.__name__)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_vectors_and_values_are_inverse(make: Maker, data: st.DataObject) -> None:
    """A bounded value of a fraction f of its support has its coordinate to EPS / min(f, 1 - f), about EPS e^|u|."""
    found = target_of(make)
    leading = data.draw(st.sampled_from([(), (3,), (2, 3)]))
    x = data.draw(arrays(np.float64, (*leading, found.dimension), elements=st.floats(-20.0, 20.0)))
    values = found.constrain(x)
    assert all(found.structure.supports(found.inputs)[name].holds(value) for name, value in values.items())
    back = found.unconstrain(values)
    assert back.shape == x.shape
    # An end of a support that is not 0, of size up to 1, is lost below it as well.
    assert np.all(np.abs(back - x) <= 16.0 * EPS * np.exp(np.abs(x)) * 2.0 + 16.0 * EPS * np.abs(x))
    again = found.constrain(back)
    for name, value in values.items():
        assert np.allclose(again[name], value, rtol=64 * EPS, atol=16 * EPS)


@pytest.mark.parametrize("far", [37.0, 50.0, 710.0, 800.0, 1e300, np.inf])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@every_fixture
def test_values_that_round_to_an_end_have_no_density_and_no_warning(make: Maker, far: float, sign: float) -> None:
    found = target_of(make)
    x = np.zeros((2, found.dimension))
    x[1, -1] = sign * far
    with np.errstate(all="raise"):
        value, gradient = found.log_density(x), found.gradient(x)
    supports, (last, values) = found.structure.supports(found.inputs), list(found.constrain(x[1]).items())[-1]
    assert np.isfinite(value[0])
    assert value[1] < np.inf
    assert np.all(np.isfinite(gradient[0]))
    assert not np.isnan(gradient).any()
    if not supports[last].holds(values):
        assert value[1] == -np.inf
    if value[1] == -np.inf:
        assert not gradient[1].any()


def test_a_rate_ends_where_float64_does(small: Target) -> None:
    x = np.zeros((2, 5))
    x[:, 3] = 37.0, 38.0  # half a unit below 1, 2^-54, is the logistic function at 54 log 2 = 37.4
    inside, beyond = small.log_density(x)
    assert np.isfinite(inside)
    assert beyond == -np.inf


def test_what_is_no_number_stays_none(small: Target) -> None:
    x = np.zeros((2, 5))
    x[0, 2] = np.nan
    assert np.array_equal(np.isnan(small.log_density(x)), [True, False])
    assert np.isnan(small.gradient(x)[0]).all()
    assert np.isfinite(small.gradient(x)[1]).all()


@pytest.mark.parametrize("shape", [(), (4,), (3, 4), (2, 2, 5)])
def test_vectors_of_another_shape_are_refused(small: Target, shape: tuple[int, ...]) -> None:
    for evaluate in (small.log_density, small.gradient):
        with pytest.raises(UsageError, match=r"needs the shape \(5,\) or \(n, 5\)"):
            evaluate(np.zeros(shape))
    if shape[-1:] != (5,):
        with pytest.raises(UsageError, match=r"needs the shape \(\.\.\., 5\)"):
            small.constrain(np.zeros(shape))


def test_values_of_another_shape_are_refused(small: Target) -> None:
    right = {"alpha": np.ones(3), "beta": np.ones(3), "rate": np.full((3, 3), 0.5)}
    assert small.unconstrain(right).shape == (3, 5)
    with pytest.raises(DataError, match=r"variable missing, got 'rate'; did you mean rates\?"):
        small.unconstrain({"alpha": right["alpha"], "beta": right["beta"], "rates": right["rate"]})
    with pytest.raises(DataError, match=r"unconstrain, rate: needs the shape \(\.\.\., 3\)"):
        small.unconstrain({**right, "rate": np.full((3, 2), 0.5)})
    with pytest.raises(DataError, match="the same leading dimensions"):
        small.unconstrain({**right, "beta": np.ones(2)})


def test_values_on_an_end_become_infinite_without_a_warning(small: Target) -> None:
    x = small.unconstrain({"alpha": 0.0, "beta": 1.0, "rate": [0.0, 1.0, 0.5]})
    assert np.array_equal(x, [-np.inf, 0.0, -np.inf, np.inf, 0.0])
    assert small.log_density(x) == -np.inf


@pytest.mark.parametrize(
    "data", ["campaigns", {"A": (200, 19), "B": (10, 3)}, load("campaigns")], ids=["name", "mapping", "counts"]
)
def test_data_and_models_come_in_any_form(data: DataLike, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(str(specification_file.__doc__).partition("::")[2].partition("Within")[0].replace("16, 9", "3, 1"))
    x = np.zeros(4)
    expected = target("campaigns", hierarchical(Gamma(3, 1))).log_density(x)
    assert target(data, "hierarchical", priors=["alpha=Gamma(3, 1)"]).log_density(x) == expected
    assert target(data, path).log_density(x) == expected
    assert target(data, str(path)).log_density(x) == expected


def test_what_cannot_be_a_target_is_refused_at_once() -> None:
    with pytest.raises(SpecificationError, match="model: unknown model, got 'hierarchica'; did you mean hierarchical"):
        target("rats", "hierarchica")
    with pytest.raises(SpecificationError, match=r"priors: .* got 'alpa'; did you mean alpha\?"):
        target("rats", priors=["alpa=Gamma(3, 1)"])
    with pytest.raises(DataError, match="no such data set or file, got 'rat'"):
        target("rat")
    with pytest.raises(UnsupportedModel):
        target("rats", pooled().model)


def test_a_target_may_be_sent_to_other_processes() -> None:
    found = target("campaigns")
    x = found.start(np.random.default_rng(1))
    assert found.exact["alpha"].mean > 0.0
    for one in (found, found.at_level(1e-8)):
        sent = pickle.loads(pickle.dumps(one))
        assert (sent.names, sent.level, sent.what) == (one.names, one.level, one.what)
        assert sent.log_density(x) == one.log_density(x)
        assert sent.exact["alpha"].mean == one.exact["alpha"].mean


def test_the_exact_posterior_is_computed_once_and_shared(small: Target) -> None:
    stricter = small.at_level(1e-9)
    assert small.level == pytest.approx(1e-7)
    assert stricter.level == 1e-9
    assert stricter.exact is small.exact is small.exact


def test_draws_are_checked_whatever_carries_them(small: Target, draws: dict[str, Float]) -> None:
    x = small.unconstrain(draws)
    assert x.shape == (4, 2000, 5)
    for given_draws in (draws, x, x.tolist(), dataset(draws), xr.DataTree.from_dict({"posterior": dataset(draws)})):
        checked = small.check(given_draws)
        assert checked.outcome is Outcome.PASSED, checked
        assert any("sd off" in clause for clause in checked.found)
    assert small.check(x + 0.2).outcome is Outcome.FAILED
    assert small.check(x[:, :, [0, 1, 3, 2, 4]]).outcome is Outcome.FAILED


def dataset(draws: dict[str, Float]) -> xr.Dataset:
    dims = {name: ("chain", "draw", "group")[: values.ndim] for name, values in draws.items()}
    return xr.Dataset({name: (dims[name], values) for name, values in draws.items()}, {"group": ["z", "a", "10"]})


@pytest.mark.parametrize("back", [np.float32, np.float64])
def test_vectors_of_single_precision_recur_as_often_as_such_numbers_do(
    small: Target, draws: dict[str, Float], back: type
) -> None:
    """32,000 draws: hundreds of pairs of them are equal in float32, also if somebody has made them float64 again."""
    flat = small.exact.simulate(32_000, np.random.default_rng(6))
    x = small.unconstrain({name: values.reshape(4, 8000, *values.shape[1:]) for name, values in flat.items()})
    rounded = x.astype(np.float32)
    pairs = sum(rounded[..., i].size - np.unique(rounded[..., i]).size for i in range(5))
    assert pairs > 100
    checked = small.check(rounded.astype(back))
    assert checked.outcome is Outcome.PASSED, checked


@pytest.mark.parametrize(
    "given_draws",
    [
        np.zeros((4, 100, 4)),
        np.zeros((100, 5)),
        np.zeros((4, 100, 5), dtype=complex),
        [[1.0, 2.0], [1.0]],
        "draws.csv",
        None,
    ],
    ids=["four of five", "no chains", "complex", "ragged", "a path", "none"],
)
def test_draws_of_another_form_are_refused(small: Target, given_draws: object) -> None:
    with pytest.raises(DataError, match=r"draws: needs draws by name, or an array of numbers \(chain, draw, 5\), got "):
        small.check(given_draws)


def test_checks_are_told_to_whoever_watches(small: Target, draws: dict[str, Float]) -> None:
    small.check(draws)
    watched: list[Checked] = []
    token = CHECKED.set(watched)
    try:
        checked = small.check(draws, level=1e-3)
    finally:
        CHECKED.reset(token)
    small.check(draws)
    found = detectable(checked.report.results)
    assert watched == [Checked(small.what, "alpha, beta, rate of 3 groups", 1e-3, 1, found, "passed")]
    assert small.what == "3 groups, hierarchical"


def measured(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_a_target_needs_no_probabilistic_library_and_nothing_else_that_is_slow() -> None:
    """Only NumPy, SciPy's special functions and ours, until draws are checked."""
    used = "import sys, pplcompare as pc; t = pc.target('rats'); t.gradient([0.0] * 73); t.exact['alpha'].mean"
    loaded = {name.split(".")[0] for name in measured(f"{used}; print(*sys.modules)").split()}
    foreign = {name for name in loaded - set(sys.stdlib_module_names) if not name.startswith(("_", "pplcompare"))}
    # NumPy brings what it decodes Fortran with, if that is installed.
    assert foreign <= {"numpy", "scipy", "cython_runtime", "charset_normalizer"}, foreign


def test_a_model_without_hyper_parameters_is_a_target() -> None:
    found = target("campaigns", independent())
    assert found.names == ("rate[A]", "rate[B]")
    simulated: NDArray[np.float64] = found.exact.simulate(8000, np.random.default_rng(1))["rate"]
    checked = found.check(found.unconstrain({"rate": simulated.reshape(4, 2000, 2)}))
    assert checked.outcome is Outcome.PASSED, checked


def test_hyper_parameters_without_rates_are_no_target() -> None:
    """A model whose rates were integrated out has no exact answer of its own."""
    with pytest.raises(UnsupportedModel):
        target(Counts(["A"], [10], [3]), beta_binomial().model)
