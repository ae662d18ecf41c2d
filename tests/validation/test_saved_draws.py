"""Files of draws hold what ArviZ's plots want, under its names; the code of `docs/results.md` is run on one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from pplcompare.backends.fit import Draws, Fit, Seconds, Timing
from pplcompare.backends.forward_simulator import ForwardSimulator
from pplcompare.backends.protocol import Status
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.counts import Counts
from pplcompare.models.distributions import PowerLaw
from pplcompare.models.inputs import Inputs
from pplcompare.models.spec import Model
from pplcompare.models.structure import Structure
from pplcompare.validation.draws.checked_draws import check_draws
from pplcompare.validation.draws.draws_file import read_draws
from pplcompare.validation.exact import exact_posterior
from pplcompare.validation.exact.exact_summary import exact_summary
from pplcompare.validation.output.datatree import library_attributes, to_datatree
from pplcompare.validation.output.store import StudyWriter, results_draft
from pplcompare.validation.output.summary import summary
from pplcompare.validation.study.machine import machine
from pplcompare.validation.study.outcome import Study
from pplcompare.validation.study.plan import Plan
from pplcompare.validation.study.simulated import from_prior
from pplcompare.validation.study.study import carry_out
from pplcompare.validation.study.verdict import ExitCode, Verdict
from pplcompare.validation.wrapped.exact_backend import ExactBackend, ExactProgram, exact_simulator

from tests.documented_blocks import blocks
from tests.validation.conftest import opener

COUNTS = Counts(["A", "B"], [200, 10], [19, 3])
SETTINGS = NUTSSettings(draws=500)
GROUPS = {
    *("posterior", "sample_stats", "posterior_predictive", "prior", "prior_predictive"),
    *("observed_data", "constant_data"),
}
PAGE = "docs/results.md"


class Sampler(ExactBackend):
    """Right draws, with the statistics of a sampler beside them."""

    name = "stan"

    def status(self) -> Status:
        return Status({"stan": "2.37.0", "cmdstanpy": "1.3.0"})

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> ExactProgram:
        return _Sampler(structure)


class _Sampler(ExactProgram):
    def sample(self, inputs: Inputs, settings: NUTSSettings, seed: int) -> Fit:
        shape = settings.chains, settings.draws
        rng = np.random.default_rng(seed)
        statistics = {
            "diverging": rng.uniform(size=shape) < 0.01,
            "energy": rng.normal(size=shape),
            "tree_depth": np.full(shape, 3),
        }
        fit = super().sample(inputs, settings, seed)
        return replace(fit, statistics=statistics, timing=Timing(run=Seconds(2.5)))


def study_of(model: Model, backend: ExactBackend, *, keeps: bool = True) -> Study:
    plan = Plan(COUNTS, [model], [backend.name], SETTINGS, seed=1, keeps_simulations=keeps)
    return carry_out(plan, opener({backend.name: backend}), lambda _: None, exact_summary)


def written(study: Study, folder: Path) -> Path:
    with results_draft(folder, force=False) as draft:
        StudyWriter(draft).write(study, summary(study, ExitCode.PASSED, machine()))
        draft.publish()
    (file,) = (folder / "draws").iterdir()
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `results` lies."""
    found = tmp_path_factory.mktemp("saved")
    written(study_of(hierarchical(), Sampler()), found / "results")
    return found


@pytest.fixture
def tree(folder: Path) -> Iterator[xr.DataTree]:
    with xr.open_datatree(folder / "results" / "draws" / "hierarchical-stan.nc", engine="h5netcdf") as found:
        yield found


def test_a_file_has_all_groups_with_named_groups_of_data(tree: xr.DataTree) -> None:
    assert set(tree.children) == GROUPS
    for group in ("posterior", "posterior_predictive", "prior", "prior_predictive", "observed_data", "constant_data"):
        assert tree[group]["group"].to_numpy().tolist() == ["A", "B"]
    assert set(tree["prior"].data_vars) == set(tree["posterior"].data_vars) == {"alpha", "beta", "rate"}
    assert tree["prior/rate"].shape == (1, 500, 2)
    assert tree["prior_predictive/successes"].shape == (1, 500, 2)
    assert tree["posterior_predictive/successes"].shape == (4, 500, 2)
    assert tree["posterior_predictive/successes"].dtype == np.int32


def test_attributes_are_arviz_s(tree: xr.DataTree) -> None:
    for group in ("posterior", "sample_stats", "posterior_predictive", "prior", "prior_predictive"):
        found = tree[group].attrs
        assert (found["inference_library"], found["inference_library_version"]) == ("stan", "2.37.0")
        assert (found["tuning_steps"], found["creation_library"]) == (SETTINGS.warmup, "ArviZ")
        assert found["created_at"]
    assert tree["posterior"].attrs["sampling_time"] == tree["sample_stats"].attrs["sampling_time"] == 2.5
    assert (tree["posterior"].attrs["backend"], tree["posterior"].attrs["verdict"]) == ("stan", "passed")
    assert "without_prior" not in tree["posterior"].attrs


def test_what_was_stored_is_what_was_checked_and_what_the_prior_is(tree: xr.DataTree) -> None:
    """Means of the next campaign against the exact ones, those of the prior against Gamma(16, 9), at six errors."""
    exact = exact_posterior(hierarchical(), COUNTS)
    predicted = tree["posterior_predictive/successes"].to_numpy()
    for index, trials in enumerate((200, 10)):
        counts, law = predicted[:, :, index], exact.predictive(index, trials)
        assert abs(counts.mean() - law.mean) < 6.0 * counts.std() / np.sqrt(counts.size)
    alpha = tree["prior/alpha"].to_numpy()
    assert abs(alpha.mean() - 16 / 9) < 6.0 * (4 / 9) / np.sqrt(alpha.size)


# ArviZ's plots call xarray in a way that a later xarray will change.
@pytest.mark.filterwarnings("ignore:In a future version of xarray:FutureWarning")
def test_the_code_of_the_page_loads_and_plots_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    pictures, code = (block.text for block in blocks(PAGE) if block.language == "python")
    names: dict[str, object] = {}
    exec(compile(code, PAGE, "exec"), names)
    assert len(plt.get_fignums()) == code.count("arviz_plots.plot_") == 8
    plt.close("all")
    exec(compile(pictures, PAGE, "exec"), {})
    assert len(plt.get_fignums()) == pictures.count(".plot()  #") + 2 == 4
    plt.close("all")
    tree, rate = names["tree"], names["rate"]
    assert isinstance(tree, xr.DataTree)
    assert isinstance(rate, xr.DataArray)
    assert rate.sizes == {"sample": 4 * 500}
    tree.close()


def test_arviz_summarises_it_and_we_check_it_again(folder: Path, tree: xr.DataTree) -> None:
    from arviz_stats import summary as of_arviz

    found = of_arviz(tree, kind="diagnostics")
    assert list(found.index) == ["alpha", "beta", "rate[A]", "rate[B]"]
    file = folder / "results" / "draws" / "hierarchical-stan.nc"
    draws = read_draws(str(file), ["alpha", "beta", "rate"]).draws
    assert check_draws(exact_posterior(hierarchical(), COUNTS), draws)


def test_an_improper_prior_is_absent_and_independent_draws_have_adapted_nothing() -> None:
    model = hierarchical_proportion(concentration=PowerLaw(1.5))
    structure, inputs = model.structure, model.bind(COUNTS)
    kept = from_prior(None, ExactProgram(structure), structure, inputs, SETTINGS, seed=1)
    assert (kept.prior, kept.prior_predictive) == (None, None)
    assert kept.without_prior == "the prior of concentration is improper"
    fit = Fit({"rate": np.full((4, 500, 2), 0.5)}, {}, Timing(), seed=1)
    library = library_attributes("exact", ExactBackend().status(), SETTINGS, fit)
    tree = to_datatree(structure, inputs, fit, {}, simulated=kept, library=library)
    assert set(tree.children) == GROUPS - {"prior", "prior_predictive", "posterior_predictive"}
    found = tree["posterior"].attrs
    assert found["without_prior"] == kept.without_prior
    assert found["inference_library"] == "pplcompare"
    assert not {"tuning_steps", "sampling_time"} & found.keys()


def test_nothing_is_kept_where_no_file_is_written() -> None:
    (row,) = study_of(hierarchical(), ExactBackend(), keeps=False).rows
    assert row.simulated is None


class Failing(Sampler):
    """A sampler whose draws from the prior are no use."""

    def compile(self, structure: Structure, sizes: Mapping[str, int]) -> ExactProgram:
        program = super().compile(structure, sizes)
        program.simulator = _Failing(structure, exact_simulator(structure).given)
        return program


class _Failing(ForwardSimulator):
    def prior(self, inputs: Inputs, draws: int, seed: int) -> Draws:
        return {"alpha": np.ones((2, 3))}


def test_a_prior_that_cannot_be_drawn_changes_no_verdict(tmp_path: Path) -> None:
    study = study_of(hierarchical(), Failing())
    assert study.rows[0].verdict is Verdict.PASSED
    with xr.open_datatree(written(study, tmp_path / "results"), engine="h5netcdf") as tree:
        assert set(tree.children) == GROUPS - {"prior", "prior_predictive"}
        assert "alpha has the shape (2, 3), expected (1, 500)" in tree["posterior"].attrs["without_prior"]
