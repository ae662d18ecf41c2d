"""The check of one's own draws from Python, and of files of draws made elsewhere."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from pplcompare.models.beta_binomial import hierarchical, independent
from pplcompare.models.counts import Counts
from pplcompare.models.errors import DataError, UsageError
from pplcompare.validation import CheckedDraws, ExactPosterior, check_draws, exact_posterior
from pplcompare.validation.checks.result import Outcome
from pplcompare.validation.draws import checked_draws


@pytest.fixture(scope="module")
def exact() -> ExactPosterior:
    return exact_posterior(hierarchical(), Counts(["z", "a", "10"], [30, 40, 50], [2, 20, 45]))


@pytest.fixture(scope="module")
def draws(exact: ExactPosterior) -> dict[str, NDArray[np.float64]]:
    flat = exact.simulate(8000, np.random.default_rng(5))
    return {name: values.reshape(4, 2000, *values.shape[1:]) for name, values in flat.items()}


def labelled(draws: dict[str, NDArray[np.float64]], names: list[str]) -> xr.Dataset:
    dims = {name: ("chain", "draw", "group")[: values.ndim] for name, values in draws.items()}
    return xr.Dataset({name: (dims[name], values) for name, values in draws.items()}, {"group": names})


def example() -> str:
    text = str(checked_draws.__doc__)
    return textwrap.dedent(text[text.index("    import numpy") : text.index("Without the Jacobian")])


@pytest.mark.parametrize(
    ("wrong", "right_one", "outcome"),
    [
        ("", "", Outcome.PASSED),
        ("-(2 + k)", "-(1 + k)", Outcome.FAILED),
        ("(5 + n - k)", "(4 + n - k)", Outcome.FAILED),
    ],
)
def test_a_metropolis_sampler_passes_and_fails_without_its_jacobian(
    wrong: str, right_one: str, outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    exec(example().replace(wrong, right_one) if wrong else example(), names)
    checked: CheckedDraws = names["checked"]
    assert checked.outcome is outcome, checked
    assert capsys.readouterr().out.startswith(f"independent: {outcome}, ")
    assert bool(checked.failures) == (outcome is Outcome.FAILED)


@pytest.mark.parametrize("level", [1e-16, 1e-200])
def test_exact_draws_pass_at_a_level_that_is_nothing_beside_1(
    level: float, exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]
) -> None:
    checked = check_draws(exact, draws, level)
    assert checked.outcome is Outcome.PASSED, checked


def test_exact_draws_pass_whatever_carries_them(exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]) -> None:
    dataset = labelled(draws, ["z", "a", "10"])
    tree = xr.DataTree.from_dict({"posterior": dataset, "sample_stats": xr.Dataset()})
    for carried in (draws, dataset, tree, {**draws, "more": np.zeros(3)}):
        checked = check_draws(exact, carried)
        assert checked.outcome is Outcome.PASSED, checked
        assert checked.report.comparisons > 20
        assert bool(checked.notes) == isinstance(carried, dict)


def test_groups_are_found_by_name(exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]) -> None:
    shuffled = {**draws, "rate": draws["rate"][:, :, [2, 0, 1]]}
    assert check_draws(exact, labelled(shuffled, ["10", "z", "a"])).outcome is Outcome.PASSED
    transposed = labelled(shuffled, ["10", "z", "a"]).transpose("group", "draw", "chain")
    assert check_draws(exact, transposed).outcome is Outcome.PASSED
    assert check_draws(exact, shuffled).outcome is Outcome.FAILED
    assert check_draws(exact, labelled(shuffled, ["z", "a", "10"])).outcome is Outcome.FAILED


def test_numbered_groups_are_taken_in_order_and_this_is_said(
    exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]
) -> None:
    numbered = labelled(draws, ["z", "a", "10"]).drop_vars("group").rename(group="rate_dim_0")
    numbered = numbered.assign_coords(rate_dim_0=[0, 1, 2])
    checked = check_draws(exact, numbered)
    assert checked.outcome is Outcome.PASSED
    assert checked.notes == ("rate: groups in the order of the data (z, a, 10)",)
    assert checked.notes[0] in repr(checked)


@pytest.fixture(scope="module")
def one_and_nought() -> ExactPosterior:
    """Groups that are called as positions are, in another order."""
    return exact_posterior(independent(), Counts(["1", "0"], [30, 40], [2, 20]))


def rates(exact: ExactPosterior) -> NDArray[np.float64]:
    values: NDArray[np.float64] = exact.simulate(8000, np.random.default_rng(5))["rate"]
    return values.reshape(4, 2000, values.shape[1])


def along(dim: str, labels: Any, values: NDArray[np.float64]) -> xr.Dataset:
    return xr.Dataset({"rate": (("chain", "draw", dim), values)}, {dim: labels})


def test_numbers_that_are_the_names_of_groups_are_names(one_and_nought: ExactPosterior) -> None:
    values = rates(one_and_nought)
    for labels in ([0, 1], [0.0, 1.0]):
        checked = check_draws(one_and_nought, along("group", labels, values[:, :, ::-1]))
        assert checked.outcome is Outcome.PASSED
        assert checked.notes == ("rate: groups put into the order of the data (1, 0), from (0, 1)",)


@pytest.mark.parametrize("dim", ["rate_dim_0", "dim_2"])
@pytest.mark.parametrize("labels", [[0, 1], [0.0, 1.0], [1, 2]], ids=str)
def test_the_numbers_of_a_dimension_that_nobody_has_named_are_positions(
    labels: list[float], dim: str, one_and_nought: ExactPosterior
) -> None:
    checked = check_draws(one_and_nought, along(dim, labels, rates(one_and_nought)))
    assert checked.outcome is Outcome.PASSED
    assert checked.notes == ("rate: groups in the order of the data (1, 0)",)


def test_positions_in_another_order_are_put_back_and_this_is_said(one_and_nought: ExactPosterior) -> None:
    checked = check_draws(one_and_nought, along("rate_dim_0", [1, 0], rates(one_and_nought)[:, :, ::-1]))
    assert checked.outcome is Outcome.PASSED
    assert checked.notes == ("rate: groups put into the order of the data (1, 0), from positions",)


def test_words_along_a_dimension_that_nobody_has_named_are_names(one_and_nought: ExactPosterior) -> None:
    checked = check_draws(one_and_nought, along("rate_dim_0", ["0", "1"], rates(one_and_nought)[:, :, ::-1]))
    assert checked.outcome is Outcome.PASSED


def test_every_reordering_is_said(exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]) -> None:
    shuffled = {**draws, "rate": draws["rate"][:, :, [2, 0, 1]]}
    checked = check_draws(exact, labelled(shuffled, ["10", "z", "a"]))
    assert checked.notes == ("rate: groups put into the order of the data (z, a, 10), from (10, z, a)",)
    assert checked.notes[0] in repr(checked)


@pytest.mark.parametrize("named", [True, False])
def test_shapes_come_before_values(named: bool, one_and_nought: ExactPosterior) -> None:
    terabytes = np.broadcast_to(0.5, (4, 10, 10**12))
    draws = {"rate": xr.DataArray(terabytes, dims=("chain", "draw", "group")) if named else terabytes}
    with pytest.raises(DataError, match="needs the shape"):
        check_draws(one_and_nought, draws)


DATES = np.array(["2024-01-02", "2024-01-01"], dtype="datetime64[ns]")
LABELS: dict[str, tuple[list[str], Any]] = {
    "dates": (["2024-01-01", "2024-01-02"], DATES),
    "times": (["2024-01-01T00:00:00", "2024-01-02T12:00:00"], DATES + np.array([12, 0], "timedelta64[h]")),
    "whole floats": (["2023", "2024"], [2024.0, 2023.0]),
    "whole floats, as they are": (["2023.0", "2024.0"], [2024.0, 2023.0]),
    "bytes": (["A", "B"], [b"B", b"A"]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_are_read_as_people_write_them(kind: str) -> None:
    groups, labels = LABELS[kind]
    exact = exact_posterior(independent(), Counts(groups, [30, 40], [2, 20]))
    checked = check_draws(exact, along("group", labels, rates(exact)[:, :, ::-1]))
    assert checked.outcome is Outcome.PASSED
    assert f"from ({groups[1]}, {groups[0]})" in checked.notes[0]


def test_dates_that_are_not_those_of_the_data_are_shown_as_dates() -> None:
    exact = exact_posterior(independent(), Counts(["2024-01-01", "2024-01-03"], [30, 40], [2, 20]))
    with pytest.raises(DataError, match="got '2024-01-02'; the data have 2024-01-01, 2024-01-03"):
        check_draws(exact, along("group", DATES, rates(exact)))


def test_more_chains_than_draws_are_refused_where_no_names_say_so(
    exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]
) -> None:
    exchanged = {name: np.swapaxes(values, 0, 1) for name, values in draws.items()}
    with pytest.raises(DataError, match=r"alpha: more chains \(2000\) than draws \(4\): transposed\?, got \(2000, 4\)"):
        check_draws(exact, exchanged)
    # Many short chains are no error, and names say that they are meant.
    short = {name: values.reshape(1000, 8, *values.shape[2:]) for name, values in draws.items()}
    (note,) = check_draws(exact, labelled(short, ["z", "a", "10"])).notes
    assert note == "more chains (1000) than draws (8), as the names of the dimensions say: transposed?"


def without(draws: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: values for key, values in draws.items() if key != name}


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], Any], list[str]]] = {
    "variable missing": (lambda d: without(d, "beta"), ["beta", "missing"]),
    "close name": (lambda d: {**without(d, "rate"), "rates": d["rate"]}, ["rate", "did you mean rates?"]),
    "no chains": (lambda d: {**d, "alpha": d["alpha"][0]}, ["alpha", "(chain, draw)", "(2000,)"]),
    "a group too few": (lambda d: {**d, "rate": d["rate"][:, :, :2]}, ["rate", "3 groups", "(4, 2000, 2)"]),
    "other lengths": (lambda d: {**d, "beta": d["beta"][:, :-1]}, ["same chains and draws", "1999"]),
    "no draws": (lambda d: {name: v[:, :0] for name, v in d.items()}, ["at least one"]),
    "words": (lambda d: {**d, "beta": d["beta"].astype(str)}, ["beta", "numbers"]),
    "unequal lists": (lambda d: {**d, "beta": [[1.0, 2.0], [1.0]]}, ["beta", "no array"]),
    "other groups": (lambda d: labelled(d, ["z", "b", "10"]), ["coordinate group", "'b'", "z, a, 10"]),
    "a group twice": (lambda d: labelled(d, ["z", "z", "10"]), ["coordinate group", "'a'"]),
    "numbered group": (lambda d: labelled(d, [0, 1, 2]), ["coordinate group", "0, 1, 2"]),  # type: ignore[list-item]
    "no chain dimension": (lambda d: labelled(d, ["z", "a", "10"]).rename(chain="c"), ["dimensions", "chain", "'c'"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_draws_of_the_model_is_refused_by_name(
    name: str, exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]
) -> None:
    spoil, words = REFUSED[name]
    with pytest.raises(DataError) as refused:
        check_draws(exact, spoil(draws))
    for word in words:
        assert word in str(refused.value)


def test_wrong_values_are_results_not_errors(exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]) -> None:
    spoiled = {**draws, "alpha": np.where(draws["alpha"] == draws["alpha"][0, 0], np.nan, draws["alpha"])}
    checked = check_draws(exact, spoiled)
    assert checked.outcome is Outcome.FAILED
    assert "finite of alpha" in repr(checked)
    logits = {**draws, "rate": np.log(draws["rate"] / (1 - draws["rate"]))}
    assert "support of rate" in repr(check_draws(exact, logits))
    assert "not tested, least ESS" in check_draws(exact, {name: v[:, :500] for name, v in draws.items()}).headline
    few = {name: values[:, :50] for name, values in draws.items()}
    assert check_draws(exact, few).outcome is Outcome.UNDERPOWERED


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, float("nan")])
def test_a_level_is_a_probability(level: float, exact: ExactPosterior, draws: dict[str, NDArray[np.float64]]) -> None:
    with pytest.raises(UsageError, match="level"):
        check_draws(exact, draws, level)


def test_it_is_shown_as_text_as_html_and_as_plain_data() -> None:
    exact = exact_posterior(independent(), Counts(["<script>alert(1)</script>"], [20], [3]))
    values = exact.simulate(8000, np.random.default_rng(5))["rate"].reshape(4, 2000, 1)
    checked = check_draws(exact, {"rate": values**1.1})
    assert repr(checked).startswith("independent: failed, ")
    assert len(repr(checked).splitlines()) < 12
    page = checked._repr_html_()
    assert "<table>" in page
    assert "<script>" not in page
    assert "rate[&lt;script&gt;alert(1)&lt;/script&gt;]" in page
    document = json.loads(json.dumps(checked.to_dict(), allow_nan=False))
    assert document["outcome"] == "failed"
    assert len(document["results"]) == len(checked.report.results)
    assert not checked
    assert bool(check_draws(exact, {"rate": values}))
    with pytest.raises(AttributeError):
        checked.level = 1.0  # type: ignore[misc]
