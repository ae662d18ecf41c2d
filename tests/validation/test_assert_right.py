"""The declared test of somebody's sampler: what is right passes, what is wrong never does, and each look is told."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from pplcompare.models.beta_binomial import independent
from pplcompare.models.errors import CheckNotPassed, DataError, NotRight, UsageError
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.critical_values import limit
from pplcompare.validation.checks.detectable import detectable
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.selftest.binomial import most
from pplcompare.validation.study.second_look import SCREEN, flagged
from pplcompare.validation.target import target as targets
from pplcompare.validation.target.assured import Assured, not_assured
from pplcompare.validation.target.record import CHECKED, Checked
from pplcompare.validation.target.target import Target, target

CHAINS = 4

type Draws = dict[str, Float]
type Wrong = Callable[[Float], Float]


@pytest.fixture(scope="module")
def few() -> Target:
    """Six groups of few trials, whose rates depend on the hyper-parameters."""
    return target({"a": (5, 0), "b": (7, 3), "c": (4, 1), "d": (9, 2), "e": (6, 1), "f": (12, 3)})


@pytest.fixture(scope="module")
def two() -> Target:
    return target("campaigns", independent())


class Sampler:
    """Independent draws of the exact posterior as vectors, made wrong in one way; it remembers its calls."""

    def __init__(self, of: Target, wrong: Wrong = np.asarray, calls: range = range(2)) -> None:
        self.of, self.wrong, self.wrong_calls = of, wrong, calls
        self.calls: list[tuple[int, int]] = []

    def __call__(self, seed: int, draws: int) -> Float:
        self.calls.append((seed, draws))
        flat = self.of.exact.simulate(CHAINS * draws, np.random.default_rng(seed))
        named = {name: values.reshape(CHAINS, draws, *values.shape[1:]) for name, values in flat.items()}
        x = self.of.unconstrain(named)
        return self.wrong(x) if len(self.calls) - 1 in self.wrong_calls else x


def test_exact_draws_are_right_at_once(few: Target) -> None:
    fit = Sampler(few)
    found = few.assert_right(fit)
    assert isinstance(found, Assured)
    assert found.passed
    assert found.report.outcome is Outcome.PASSED
    assert [(look.seed, look.draws) for look in found.looks] == fit.calls
    assert [draws for _, draws in fit.calls] == [1000]
    assert found.level == few.level == pytest.approx(1e-7)
    assert found.comparisons > found.report.comparisons > 100
    assert 0.0 < found.seconds < 60.0
    assert any(re.fullmatch(r"a mean 0\.\d\d sd off", clause) for clause in found.found)
    assert repr(found).startswith(f"<6 groups, hierarchical: right. called: fit({fit.calls[0][0]}, 1000); nothing was ")
    assert "called wrong with probability 1e-07 at most" in repr(found)


def named(of: Target, x: Float) -> Draws:
    return of.constrain(x)


def tree(of: Target, x: Float) -> xr.DataTree:
    """Return a tree as ArviZ makes it, its groups in another order."""
    order = np.random.default_rng(3).permutation(len(of.counts.groups))
    values = of.constrain(x)
    dims = {name: ("chain", "draw", "group")[: array.ndim] for name, array in values.items()}
    found = {name: (dims[name], array[..., order] if array.ndim == 3 else array) for name, array in values.items()}
    dataset = xr.Dataset(found, {"group": [of.counts.groups[at] for at in order]})
    return xr.DataTree.from_dict({"posterior": dataset})


@pytest.mark.parametrize("form", [named, tree])
def test_a_fit_may_return_draws_by_name(few: Target, form: Callable[[Target, Float], Any]) -> None:
    fit = Sampler(few)
    found = few.assert_right(lambda seed, draws: form(few, fit(seed, draws)), seed=1)
    assert len(found.looks) == 1


def shifted(x: Float) -> Float:
    return x + 0.15


def narrow(x: Float) -> Float:
    mean = x.mean(axis=(0, 1))
    return np.asarray(mean + 0.85 * (x - mean))


def exchanged(x: Float) -> Float:
    return x[..., [0, 1, 2, 4, 3, 5, 6, 7]]


def rates_of_other_draws(x: Float) -> Float:
    return np.concatenate([x[..., :2], np.roll(x[..., 2:], 1, axis=1)], axis=-1)


def cut(x: Float) -> Float:
    """Return draws whose uppermost tenth of one rate is another draw's."""
    low = x[..., 2] < np.quantile(x[..., 2], 0.9)
    return np.where(low[..., None], x, np.roll(x[low][: CHAINS * 10].reshape(CHAINS, 10, -1), 1)[:, :1])


def one_chain_off(x: Float) -> Float:
    found = x.copy()
    found[2, :, 0] += 0.5
    return found


def copied(x: Float) -> Float:
    return x[[0, 1, 2, 1]]


def nearly_copied(x: Float) -> Float:
    found = x.copy()
    found[3, 1:] = x[1, :-1] + 1e-9
    return found


def unfinished(x: Float) -> Float:
    found = x.copy()
    found[1, 17, 3] = np.nan
    return found


CHANCE = (shifted, narrow, exchanged, rates_of_other_draws, cut)
FACTS = (copied, nearly_copied, unfinished)


@pytest.mark.parametrize("wrong", CHANCE, ids=lambda wrong: wrong.__name__)
def test_a_wrong_sampler_fails_in_its_second_look(few: Target, wrong: Wrong) -> None:
    fit = Sampler(few, wrong)
    with pytest.raises(NotRight, match=r"hierarchical: wrong: .* beyond their limits in both looks"):
        few.assert_right(fit, draws=500)
    assert [draws for _, draws in fit.calls] == [500, 2000]
    assert fit.calls[0][0] != fit.calls[1][0]


def test_a_chain_in_another_place_makes_few_effective_draws_and_is_named(few: Target) -> None:
    with pytest.raises(CheckNotPassed, match=r"alpha +mean of z in one chain .* chain 3 of 4"):
        few.assert_right(Sampler(few, one_chain_off))


@pytest.mark.parametrize("wrong", FACTS, ids=lambda wrong: wrong.__name__)
def test_a_fact_needs_no_second_look(few: Target, wrong: Wrong) -> None:
    fit = Sampler(few, wrong)
    with pytest.raises(NotRight, match=r"hierarchical: wrong: .* for a reason that is a fact"):
        few.assert_right(fit)
    assert [draws for _, draws in fit.calls] == [1000]


@pytest.mark.parametrize("wrong", FACTS, ids=lambda wrong: wrong.__name__)
def test_a_fact_in_the_second_look_fails(few: Target, wrong: Wrong) -> None:
    fit = Sampler(few, lambda x: shifted(x) if len(fit.calls) == 1 else wrong(x))
    with pytest.raises(NotRight, match="for a reason that is a fact"):
        few.assert_right(fit, draws=400)
    assert len(fit.calls) == 2


def test_what_fresh_draws_do_not_confirm_is_right(few: Target) -> None:
    fit = Sampler(few, shifted, calls=range(1))
    found = few.assert_right(fit, draws=600, seed=5)
    assert [draws for _, draws in fit.calls] == [600, 2400]
    first, second = found.looks
    assert flagged(first.report)
    assert found.report.outcome is Outcome.PASSED
    assert (second.seed, second.draws) == fit.calls[1]
    assert "what the first look flagged was compared again" in repr(found)


def test_levels_of_both_looks_are_the_declared_ones(few: Target) -> None:
    """All that is flagged shares level / SCREEN, so that both looks together have the level."""
    found = few.assert_right(Sampler(few, shifted, calls=range(1)), level=1e-9, draws=400)
    first, second = found.looks
    number = len(flagged(first.report))
    again = {(result.check, result.subject): result for result in second.report.results}
    checked = [again[it.check, it.subject] for it in flagged(first.report) if it.kind in ("mean", "variance")]
    assert len(checked) > 5
    for result in checked:
        assert result.limit == pytest.approx(limit(result.kind, 1e-9 / SCREEN / number, result.size), rel=1e-12)
    # What was not flagged keeps its first result.
    kept = {(it.check, it.subject): it for it in first.report.results if it not in flagged(first.report)}
    decided = {(it.check, it.subject): it for it in found.report.results}
    assert all(decided[name] is it for name, it in kept.items())


def test_what_was_flagged_and_is_not_compared_again_is_not_right(few: Target) -> None:
    found = few.assert_right(Sampler(few, shifted, calls=range(1)), draws=400)
    flags = flagged(found.looks[0].report)
    lost = replace(flags[0], outcome=Outcome.NOT_TESTED)
    open_one = replace(found, unsettled=(lost,))
    assert open_one.outcome is Outcome.NOT_TESTED
    assert not open_one.passed
    error = not_assured(open_one)
    assert not isinstance(error, NotRight)
    assert lost.subject in str(error)


def example() -> str:
    text = str(targets.__doc__)
    return textwrap.dedent(text[text.index("    import numpy") :])


def test_the_example_is_right_and_wrong_without_its_jacobian(capsys: pytest.CaptureFixture[str]) -> None:
    exec(example(), {})
    assert capsys.readouterr().out.startswith("<campaigns, independent: right. called: fit(")
    # d rate / d logit, left out by many.
    density = "(lambda x: target.log_density(x) + np.logaddexp(0, x).sum(1) + np.logaddexp(0, -x).sum(1))"
    wrong = example().replace("target.log_density", density)
    assert wrong.count(density) == 2
    with pytest.raises(NotRight, match=r"mean [+-]0.* sd off"):
        exec(wrong, {})


def test_the_error_says_what_is_wrong_by_how_much_and_how_to_see_it_again(few: Target) -> None:
    fit = Sampler(few, shifted)
    with pytest.raises(NotRight) as caught:
        few.assert_right(fit, level=1e-6, seed=3, draws=400)
    text = str(caught.value)
    (one, _), (two, _) = fit.calls
    for expected in (
        r"quantity +check +statistic +limit +in posterior sd",
        r"alpha +mean of z +[\d.]+ +[\d.]+ +\+0\.\d{3}, limit 0\.\d{3} +mean \+0\.\d{3} sd off",
        rf"called: fit\({one}, 400\), then fit\({two}, 1600\)",
        "with probability 1e-06 at most",
        r"errors found with 99 % power: a mean 0\.\d\d sd off, ",
        "repeat the calls above to see it again",
    ):
        assert re.search(expected, text), text
    assert isinstance(caught.value, AssertionError)
    # The worst is shown first, and not all of a hundred.
    assert len(text.splitlines()) < 30


@pytest.mark.parametrize("wrong", [np.asarray, shifted], ids=["right", "shifted"])
@pytest.mark.parametrize("draws", [4, 20, 90])
def test_too_few_draws_are_neither_right_nor_wrong(few: Target, wrong: Wrong, draws: int) -> None:
    fit = Sampler(few, wrong)
    with pytest.raises(CheckNotPassed) as caught:
        few.assert_right(fit, draws=draws)
    assert not isinstance(caught.value, NotRight)
    assert "hierarchical: not certified, which is neither right nor wrong: underpowered" in str(caught.value)
    assert "raise draws, or sample better" in str(caught.value)
    assert len(fit.calls) == 1


def test_draws_that_are_too_coarse_are_neither_right_nor_wrong(few: Target) -> None:
    with pytest.raises(CheckNotPassed, match="neither right nor wrong: not certified") as caught:
        few.assert_right(
            lambda seed, draws: {k: v.round(2) for k, v in few.constrain(Sampler(few)(seed, draws)).items()}
        )
    assert not isinstance(caught.value, NotRight)


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (lambda x: x[:, :-1], r"fit\(\d+, 1000\): 1000 draws of each chain were asked for, got \(4, 999\)"),
        (lambda x: x[..., :-1], r"fit\(\d+, 1000\): needs .* \(chain, draw, 8\), got \(4, 1000, 7\)"),
        (lambda x: x[0], r"fit\(\d+, 1000\): needs .* \(chain, draw, 8\), got \(1000, 8\)"),
        (lambda x: x.transpose(1, 0, 2), r"more chains \(1000\) than draws \(4\): transposed\?"),
        (lambda x: {"alpha": x[..., 0]}, r"fit\(\d+, 1000\): variable missing, got 'beta'"),
        (lambda x: None, r"fit\(\d+, 1000\): needs draws by name, .*, got 'NoneType'"),
    ],
    ids=["a draw too few", "an element too few", "one chain without a dimension", "transposed", "a name", "nothing"],
)
def test_draws_of_another_shape_are_an_error_that_says_which(few: Target, spoilt: Wrong, message: str) -> None:
    fit = Sampler(few)
    with pytest.raises(DataError, match=message):
        few.assert_right(lambda seed, draws: spoilt(fit(seed, draws)))


def test_a_sampler_that_does_not_know_its_seed_is_no_second_look(few: Target) -> None:
    fit = Sampler(few, shifted)
    with pytest.raises(DataError, match="the draws of the first look again, with another seed"):
        few.assert_right(lambda seed, draws: np.asarray(fit(7, 1600))[:, :draws], draws=400)


def test_a_sampler_that_gives_as_many_draws_as_before_is_no_second_look(few: Target) -> None:
    fit = Sampler(few, shifted)
    with pytest.raises(DataError, match=r"4000 draws of each chain were asked for, got \(4, 1000\)"):
        few.assert_right(lambda seed, draws: fit(seed, 1000))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"level": 1e-10}, "level: must be at least 1e-09 and less than 0.05"),
        ({"level": 0.05}, "level: must be at least 1e-09 and less than 0.05"),
        ({"level": float("nan")}, "level: must be at least 1e-09 and less than 0.05"),
        ({"seed": -1}, "seed: a whole number from 0 on is needed, got -1"),
        ({"seed": 1.5}, "seed: a whole number from 0 on is needed, got 1.5"),
        ({"draws": 0}, "draws: a whole number from 4 on is needed, got 0"),
        ({"draws": True}, "draws: a whole number from 4 on is needed, got True"),
        ({"replicates": 20}, "replicates: is not there yet, got 20; leave it out"),
    ],
)
def test_arguments_that_cannot_be_are_refused_before_any_work(
    few: Target, arguments: dict[str, Any], message: str
) -> None:
    fit = Sampler(few)
    with pytest.raises(UsageError, match=re.escape(message)):
        few.assert_right(fit, **arguments)
    assert not fit.calls


def test_the_same_seed_calls_the_same_way_and_another_one_does_not(few: Target) -> None:
    seeds = []
    for seed in (0, 0, np.int64(1)):
        fit = Sampler(few)
        few.assert_right(fit, seed=int(seed), draws=400)
        seeds.append(fit.calls)
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(0 <= calls[0][0] < 2**31 for calls in seeds)


def test_each_test_is_told_to_whoever_watches(few: Target) -> None:
    watched: list[Checked] = []
    token = CHECKED.set(watched)
    try:
        right = few.assert_right(Sampler(few))
        with pytest.raises(NotRight):
            few.assert_right(Sampler(few, shifted), draws=400)
        with pytest.raises(CheckNotPassed):
            few.assert_right(Sampler(few), draws=20)
    finally:
        CHECKED.reset(token)
    assert [(it.outcome, it.looks) for it in watched] == [("passed", 1), ("failed", 2), ("underpowered", 1)]
    found = detectable(right.looks[0].report.results)
    quantities = "alpha, beta, rate of 6 groups"
    assert watched[0] == Checked("6 groups, hierarchical", quantities, few.level, 1, found, "passed")
    assert watched[2].found_smallest == {}


def counted(of: Target, repetitions: int, level: float, root: int) -> tuple[int, int]:
    """Return how often exact draws are flagged by the screen, and how often they then fail."""
    second = failed = 0
    for repetition in range(repetitions):
        fit = Sampler(of)
        try:
            of.assert_right(fit, level=level, seed=root + repetition, draws=300)
        except NotRight:
            failed += 1
        second += len(fit.calls) > 1
    return second, failed


def test_exact_draws_are_flagged_and_fail_no_more_often_than_is_said(two: Target) -> None:
    second, failed = counted(two, 60, 0.02, root=1000)
    assert second <= most(60, SCREEN)
    assert failed <= most(60, 0.02)


@pytest.mark.nightly(
    twin="tests/validation/test_assert_right.py::test_exact_draws_are_flagged_and_fail_no_more_often_than_is_said"
)
def test_exact_draws_are_flagged_and_fail_no_more_often_than_is_said_in_many_tests(two: Target, few: Target) -> None:
    for of, repetitions in ((two, 2000), (few, 400)):
        second, failed = counted(of, repetitions, 0.02, root=100_000)
        assert second <= most(repetitions, SCREEN)
        assert failed <= most(repetitions, 0.02)
