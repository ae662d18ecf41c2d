"""The embedded Stan: compiled for real, driven by the real cmdstanpy, compared with closed forms."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pplcompare.backends.cache import cache_folder, content_key
from pplcompare.backends.stan_program import DISTRIBUTIONS
from pplcompare.backends.stan_toolchain.build import executable, prepare
from pplcompare.backends.stan_toolchain.locate import Toolchain, locate, missing
from pplcompare.models.errors import BackendUnavailable, CompilationError
from scipy.special import digamma, logit
from scipy.stats import beta as beta_distribution
from scipy.stats import binom, gamma

PROGRAM = """
data {
  int<lower=0> G;
  array[G] int<lower=0> trials;
  array[G] int<lower=0> successes;
  real alpha_shape;
  real alpha_rate;
}
parameters {
  real<lower=0> alpha;
  real<lower=0> beta;
  vector<lower=0, upper=1>[G] rate;
}
model {
  target += gamma_lpdf(alpha | alpha_shape, alpha_rate);
  target += gamma_lpdf(beta | 40, 8);
  target += beta_lpdf(rate | alpha, beta);
  target += binomial_lpmf(successes | trials, rate);
}
"""
SIMULATION = "generated quantities { real simulated = normal_rng(0, 1); }"
DATA = {"G": 3, "trials": [10, 20, 30], "successes": [1, 5, 9], "alpha_shape": 16.0, "alpha_rate": 9.0}
INITS = {"alpha": 1.5, "beta": 4.25, "rate": [0.125, 0.25, 0.75]}
POINTS = np.array([[1.5, 4.25, 0.125, 0.25, 0.75], [0.01, 300.0, 1e-9, 0.999, 0.5], [2.0, 5.0, 0.1, 0.2, 0.3]])
PARAMETERS = ["alpha", "beta", "rate.1", "rate.2", "rate.3"]


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CMDSTAN", raising=False)
        # The cache first: without it, it would lie under the home that is taken away.
        patch.setenv("PPLCOMPARE_CACHE", str(cache_folder()))
        patch.setenv("HOME", "/nonexistent")
        return locate()


@pytest.fixture(scope="module")
def program(toolchain: Toolchain) -> Path:
    return executable(PROGRAM, toolchain)


@pytest.fixture(scope="module")
def model(program: Path) -> Any:
    import cmdstanpy

    with cmdstanpy.disable_logging():
        yield cmdstanpy.CmdStanModel(exe_file=program)


@pytest.fixture
def data_file(tmp_path: Path) -> Path:
    (tmp_path / "data.json").write_text(json.dumps(DATA))
    return tmp_path / "data.json"


def sample(model: Any, **settings: Any) -> Any:
    defaults = {
        "data": DATA,
        "seed": 1,
        "sig_figs": 17,
        "show_progress": False,
        "iter_warmup": 200,
        "iter_sampling": 100,
    }
    return model.sample(**{**defaults, **settings})


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)


def comments(fit: Any, chain: int = 0) -> dict[str, str]:
    lines = Path(fit.runset.csv_files[chain]).read_text().splitlines()
    pairs = [line[2:].split(" = ") for line in lines if line.startswith("# ")]
    return {pair[0]: pair[1].removesuffix(" (Default)") for pair in pairs if len(pair) == 2}


def closed_form(point: NDArray[np.float64], jacobian: bool) -> tuple[float, NDArray[np.float64]]:
    """Log density at a constrained point, and its gradient in log(alpha), log(beta), logit(rate)."""
    alpha, beta, rate = point[0], point[1], point[2:]
    trials, successes = np.array(DATA["trials"]), np.array(DATA["successes"])
    value = float(gamma.logpdf(alpha, 16, scale=1 / 9) + gamma.logpdf(beta, 40, scale=1 / 8))
    value += float(np.sum(beta_distribution.logpdf(rate, alpha, beta) + binom.logpmf(successes, trials, rate)))
    normaliser = digamma(alpha + beta)
    slopes = np.concatenate(
        [
            [15 - 9 * alpha + alpha * np.sum(normaliser - digamma(alpha) + np.log(rate))],
            [39 - 8 * beta + beta * np.sum(normaliser - digamma(beta) + np.log1p(-rate))],
            (alpha - 1 + successes) * (1 - rate) - (beta - 1 + trials - successes) * rate,
        ]
    )
    if jacobian:
        value += np.log(alpha) + np.log(beta) + np.sum(np.log(rate) + np.log1p(-rate))
        slopes += np.concatenate([[1, 1], 1 - 2 * rate])
    return float(value), slopes


def write_table(path: Path, points: NDArray[np.float64], names: Sequence[str] = PARAMETERS) -> Path:
    rows = [",".join(names), *(",".join(repr(float(number)) for number in point) for point in points)]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.slow
class TestSampling:
    def test_four_chains_come_back_whole(self, model: Any) -> None:
        fit = sample(model, chains=4, iter_warmup=1000, iter_sampling=1000)
        assert fit.draws().shape == (1000, 4, 7 + 5)
        assert np.isfinite(fit.draws()).all()
        statistics = ["lp__", "accept_stat__", "stepsize__", "treedepth__", "n_leapfrog__", "divergent__", "energy__"]
        assert list(fit.column_names[:7]) == statistics
        assert fit.metric.shape == (4, 5)
        # E[rate] given alpha and beta is (alpha + k) / (alpha + beta + n): a check that needs no other sampler.
        alpha, beta, rate = (fit.stan_variable(name) for name in ("alpha", "beta", "rate"))
        expected = (alpha[:, None] + [1, 5, 9]) / ((alpha + beta)[:, None] + [10, 20, 30])
        error = (rate - expected).std(axis=0) / np.sqrt(1000)
        assert (np.abs((rate - expected).mean(axis=0)) < 5 * error).all()

    def test_every_setting_arrives(self, model: Any, tmp_path: Path) -> None:
        settings = {"max_treedepth": 7, "adapt_delta": 0.93, "step_size": 0.25, "thin": 3, "save_warmup": True}
        windows = {"adapt_init_phase": 30, "adapt_metric_window": 20, "adapt_step_size": 40}
        fit = sample(model, chains=2, seed=[17, 4294967295], refresh=7, metric="diag", **settings, **windows)
        seen = comments(fit, chain=1)
        assert seen["id"] == "2"
        assert seen["seed"] == "4294967295"
        expected = {"max_depth": "7", "delta": "0.93", "stepsize": "0.25", "thin": "3", "save_warmup": "1"}
        expected |= {
            "init_buffer": "30",
            "window": "20",
            "term_buffer": "40",
            "num_samples": "100",
            "num_warmup": "200",
        }
        expected |= {"refresh": "7", "sig_figs": "17", "metric": "diag_e", "algorithm": "hmc", "engine": "nuts"}
        expected |= {"gamma": "0.05", "kappa": "0.75", "t0": "10", "init": "2", "stan_version_minor": "39"}
        assert {key: seen[key] for key in expected} == expected
        assert fit.draws(inc_warmup=True).shape[0] == 67 + 34
        assert fit.method_variables()["treedepth__"].max() <= 7

    def test_settings_without_effect_on_the_comments_act(self, model: Any) -> None:
        metric = {"inv_metric": [0.5, 0.25, 1.0, 2.0, 4.0]}
        fit = sample(model, chains=1, adapt_engaged=False, step_size=0.125, inv_metric=metric, max_treedepth=3)
        assert (fit.method_variables()["stepsize__"] == 0.125).all()
        assert fit.method_variables()["n_leapfrog__"].max() <= 7
        np.testing.assert_array_equal(fit.metric[0], metric["inv_metric"])

    def test_the_target_acceptance_changes_the_step_size(self, model: Any) -> None:
        step = [sample(model, chains=1, adapt_delta=delta).step_size[0] for delta in (0.6, 0.99)]
        assert step[1] < step[0]

    def test_draws_follow_the_seed_and_the_chain(self, model: Any) -> None:
        first, again, other = (sample(model, chains=2, seed=seed).draws() for seed in (5, 5, 6))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)
        assert not np.array_equal(first[:, 0], first[:, 1])
        second_alone = sample(model, chains=1, chain_ids=[2], seed=5).draws()
        np.testing.assert_array_equal(second_alone[:, 0], first[:, 1])

    def test_seventeen_digits_tell_all_draws_apart(self, model: Any) -> None:
        # Without comments: they name the program, whose key may hold as many digits.
        text = re.sub(r"^#.*", "", Path(sample(model, chains=1).runset.csv_files[0]).read_text(), flags=re.M)
        longest = max(len(re.sub(r"e.*|[-.]", "", number).lstrip("0")) for number in re.findall(r"[\d.e-]{12,}", text))
        assert longest == 17
        short = Path(sample(model, chains=1, sig_figs=4).runset.csv_files[0]).read_text()
        assert not re.search(r"^[-\d].*\d\.\d{6}", short, re.M)

    def test_elapsed_times_are_in_fixed_notation(self, model: Any) -> None:
        text = Path(sample(model, chains=1, iter_warmup=1, iter_sampling=1).runset.csv_files[0]).read_text()
        times = re.findall(r"^#.* (\S+) seconds \((Warm-up|Sampling|Total)\)$", text, re.M)
        assert [name for _, name in times] == ["Warm-up", "Sampling", "Total"]
        assert all(re.fullmatch(r"\d+(\.\d+)?", seconds) for seconds, _ in times)

    def test_fixed_parameters_stay_at_an_initial_file(self, model: Any) -> None:
        fit = sample(model, chains=1, fixed_param=True, inits=INITS)
        assert fit.draws().shape[0] == 100
        assert (fit.stan_variable("beta") == 4.25).all()
        assert (fit.stan_variable("rate") == INITS["rate"]).all()
        assert comments(fit)["algorithm"] == "fixed_param"

    @pytest.mark.parametrize("radius", [0, 0.25])
    def test_an_initial_radius_is_kept(self, model: Any, radius: float) -> None:
        fit = sample(model, chains=3, fixed_param=True, inits=radius)
        unconstrained = np.column_stack([np.log(fit.stan_variable("alpha")), logit(fit.stan_variable("rate"))])
        assert np.abs(unconstrained).max() <= radius + 1e-12
        assert len(np.unique(unconstrained[:, 0])) == (3 if radius else 1)

    def test_a_run_that_cannot_start_fails_and_says_why(self, program: Path, tmp_path: Path) -> None:
        (tmp_path / "data.json").write_text(json.dumps({**DATA, "alpha_shape": -1.0}))
        paths = [f"file={tmp_path / 'data.json'}", "output", f"file={tmp_path / 'o.csv'}"]
        done = run(program, "data", *paths, "method=sample")
        assert done.returncode == 1
        assert "Shape parameter is -1" in done.stdout + done.stderr


@pytest.mark.slow
class TestLogProb:
    @pytest.mark.parametrize("jacobian", [True, False])
    @pytest.mark.parametrize("point", POINTS)
    def test_value_and_gradient_are_the_closed_form(
        self, model: Any, point: NDArray[np.float64], jacobian: bool
    ) -> None:
        at = {"alpha": point[0], "beta": point[1], "rate": point[2:]}
        row = model.log_prob(at, data=DATA, jacobian=jacobian, sig_figs=17).to_numpy()[0]
        value, slopes = closed_form(point, jacobian)
        assert row[0] == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(row[1:], slopes, rtol=1e-11, atol=1e-11)

    @pytest.mark.parametrize("jacobian", [True, False])
    def test_a_table_of_points_gives_the_same_rows(self, model: Any, tmp_path: Path, jacobian: bool) -> None:
        table = write_table(tmp_path / "points.csv", POINTS)
        rows = model.log_prob(table, data=DATA, jacobian=jacobian, sig_figs=17)
        assert list(rows.columns) == ["lp__", *(f"g_{name}" for name in PARAMETERS)]
        for row, point in zip(rows.to_numpy(), POINTS, strict=True):
            at = {"alpha": point[0], "beta": point[1], "rate": point[2:]}
            single = model.log_prob(at, data=DATA, jacobian=jacobian, sig_figs=17).to_numpy()[0]
            np.testing.assert_array_equal(row, single)

    def test_unconstrained_points_are_the_same_points(
        self, program: Path, model: Any, data_file: Path, tmp_path: Path
    ) -> None:
        points = np.column_stack([np.log(POINTS[:, :2]), logit(POINTS[:, 2:])])
        (tmp_path / "points.json").write_text(json.dumps({"params_r": points.tolist()}))
        files = [f"unconstrained_params={tmp_path / 'points.json'}", "jacobian=0", "data", f"file={data_file}"]
        done = run(program, "log_prob", *files, "output", f"file={tmp_path / 'o.csv'}", "sig_figs=17")
        assert done.returncode == 0, done.stderr
        values = np.genfromtxt(tmp_path / "o.csv", delimiter=",", skip_header=1 + header_lines(tmp_path / "o.csv"))
        np.testing.assert_allclose(values[:, 0], [closed_form(point, False)[0] for point in POINTS], rtol=1e-11)

    @pytest.mark.parametrize(
        ("names", "points"),
        [
            (["beta", "alpha", *PARAMETERS[2:]], POINTS),
            (PARAMETERS[:4], POINTS[:, :4]),
            (PARAMETERS, np.full((1, 5), np.nan)),
            (PARAMETERS, np.array([[1.0, 1.0, 0.5, 0.5, 1.5]])),
        ],
        ids=["other order", "column missing", "not a number", "outside the support"],
    )
    def test_a_wrong_table_is_refused(
        self,
        program: Path,
        data_file: Path,
        tmp_path: Path,
        names: Sequence[str],
        points: NDArray[np.float64],
    ) -> None:
        table = write_table(tmp_path / "points.csv", points, names)
        output = ["output", f"file={tmp_path / 'o.csv'}"]
        done = run(program, "log_prob", f"constrained_params={table}", "data", f"file={data_file}", *output)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert not (tmp_path / "o.csv").exists()


def header_lines(path: Path) -> int:
    return sum(line.startswith("#") for line in path.read_text().splitlines())


@pytest.mark.slow
class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "blamed"),
        [
            (["method=sample", "num_chains=4"], "num_chains=4"),
            (["method=sample", "algorithm=hmc", "engine=static"], "engine=static"),
            (["method=sample", "algorithm=hmc", "metric=dense_e"], "metric=dense_e"),
            (["method=sample", "algorithm=hmc", "engine=nuts", "max_depth=0"], "max_depth=0"),
            (["method=sample", "algorithm=hmc", "adapt", "delta=1"], "delta=1"),
            (["method=sample", "algorithm=hmc", "adapt", "delta=nan"], "delta=nan"),
            (["method=sample", "algorithm=hmc", "stepsize=0.1x"], "stepsize=0.1x"),
            (["method=sample", "num_samples=1.5"], "num_samples=1.5"),
            (["method=sample", "num_samples=-1"], "num_samples=-1"),
            (["method=sample", "num_samples=3000000000"], "num_samples=3000000000"),
            (["method=sample", "num_samples=5", "num_samples=6"], "num_samples=6"),
            (["random", "seed=4294967296", "method=sample"], "seed=4294967296"),
            (["seed=1", "method=sample"], "seed=1"),
            (["delta=0.9", "method=sample"], "delta=0.9"),
            (["output", "diagnostic_file=d.csv", "method=sample"], "diagnostic_file=d.csv"),
            (["output", "sig_figs=19", "method=sample"], "sig_figs=19"),
            (["init=-1", "method=sample"], "init=-1"),
            (["init=no-such-file.json", "method=sample"], "no-such-file.json"),
            (["data", "file=no-such-file.json", "method=sample"], "no-such-file.json"),
            (["method=generate_quantities", "fitted_params=f.csv"], "f.csv"),
            (["method=generate_quantities"], "fitted_params"),
            (["method=optimize"], "method=optimize"),
            (["diagnose"], "diagnose"),
            (["--help"], "--help"),
            (["runs=no-such-file.txt", "more"], "runs=no-such-file.txt"),
            (["info", "more"], "info"),
            (["log_prob"], "constrained_params"),
            ([], "method"),
        ],
    )
    def test_what_is_not_known_is_refused_by_name(
        self, program: Path, data_file: Path, tmp_path: Path, arguments: Sequence[str], blamed: str
    ) -> None:
        given = "data" in arguments or "info" in arguments
        output = [] if "output" in arguments or "info" in arguments else ["output", f"file={tmp_path / 'o.csv'}"]
        done = run(program, *([] if given else ["data", f"file={data_file}"]), *output, *arguments)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert blamed in done.stderr

    def test_info_is_what_cmdstanpy_asks_for(self, model: Any) -> None:
        information = model.exe_info()
        assert information["stan_version_major"] == "2"
        assert information["stan_version_minor"] == "39"
        assert information["STAN_THREADS"] == "false"

    def test_an_output_that_cannot_be_written_is_an_error(self, program: Path, data_file: Path) -> None:
        for path in ("/nonexistent/o.csv", "/dev/full"):
            done = run(program, "data", f"file={data_file}", "output", f"file={path}", "method=sample")
            assert done.returncode == 1
            assert "Error: " in done.stderr


def wheel_math_version(toolchain: Toolchain) -> tuple[str, ...]:
    header = (toolchain.home / "include" / "stan" / "math" / "version.hpp").read_text(encoding="utf-8")
    return tuple(re.findall(r"^#define STAN_MATH_(?:MAJOR|MINOR) (\d+)", header, re.M))


class TestBuilding:
    def test_the_part_of_the_math_library_holds_every_distribution(self, toolchain: Toolchain) -> None:
        text = (toolchain.home / "model_math.hpp").read_text(encoding="utf-8")
        assert wheel_math_version(toolchain) == tuple(re.findall(r"STAN_MATH_(?:MAJOR|MINOR) == (\d+)", text))
        needed = set(
            re.findall(r"\w+_(?:lpdf|lpmf|rng)\b", " ".join(f"{e.density} {e.draw}" for e in DISTRIBUTIONS.values()))
        )
        assert set(re.findall(r"prim/prob/(\w+)\.hpp", text)) == needed

    @pytest.mark.slow
    def test_an_error_of_stanc_is_a_compilation_error(self, toolchain: Toolchain) -> None:
        with pytest.raises(CompilationError, match='Identifier "nobody" not in scope') as caught:
            executable("model { target += nobody; }", toolchain)
        assert "\n     1:  model { target += nobody; }\n" in caught.value.__notes__[0]

    @pytest.mark.slow
    def test_a_second_call_compiles_nothing(
        self, program: Path, toolchain: Toolchain, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subprocess, "run", None)
        prepare(toolchain)
        assert executable(PROGRAM, toolchain) == program

    def test_an_error_of_the_cxx_compiler_is_a_compilation_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = tmp_path / "broken-c++"
        broken.write_text('#!/bin/sh\n[ "$1" = --version ] && exec echo broken 1.0\necho "out of order" >&2\nexit 1\n')
        broken.chmod(0o700)
        for name, value in {"CXX": str(broken), "PPLCOMPARE_CACHE": str(tmp_path / "cache"), "CMDSTAN": ""}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(CompilationError, match=r"^stan: the program could not be compiled: .*out of order"):
            executable(SIMULATION, locate())
        assert [path.name for path in (tmp_path / "cache" / "stan-program").iterdir() if path.is_dir()] == []

    @pytest.mark.slow
    def test_a_replaced_executable_is_built_again_in_a_folder_of_any_name(
        self, toolchain: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import cmdstanpy

        prepare(toolchain)
        cache = tmp_path / "caché; $(touch x) 'a=b"
        cache.mkdir(mode=0o700)
        shutil.copytree(cache_folder() / "stan-driver", cache / "stan-driver")
        monkeypatch.setenv("PPLCOMPARE_CACHE", str(cache))
        monkeypatch.setenv("CMDSTAN", "")
        key = content_key(SIMULATION, toolchain.identity)
        replaced = cache / "stan-program" / key / f"model_{key}"
        replaced.parent.mkdir(parents=True)
        replaced.write_text("#!/bin/sh\nexit 0\n")
        replaced.chmod(0o700)
        (replaced.parent / "manifest.json").write_text(json.dumps({replaced.name: "the hash of what was built"}))
        assert executable(SIMULATION, locate()) == replaced
        with cmdstanpy.disable_logging():  # a program without parameters, too: it simulates, whatever the algorithm
            fit = sample(cmdstanpy.CmdStanModel(exe_file=replaced), data=None, chains=1)
        assert comments(fit)["algorithm"] == "fixed_param"
        assert len(np.unique(fit.stan_variable("simulated"))) == 100


class TestLocating:
    @pytest.fixture(autouse=True)
    def _nothing_of_the_users(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PPLCOMPARE_CACHE", str(cache_folder()))
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("CMDSTAN", "CXX", "MAKE"):
            monkeypatch.delenv(name, raising=False)

    @staticmethod
    def cmdstan(folder: Path, version: str) -> Path:
        """A folder with what cmdstanpy looks at in a CmdStan."""
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "stanc").touch()
        (folder / "makefile").write_text(f"CMDSTAN_VERSION := {version}\n")
        return folder

    def test_without_a_cmdstan_the_embedded_one_is_used(self) -> None:
        found = locate()
        assert (found.origin, found.version) == ("embedded", "2.39.0")
        assert found.has_log_prob
        assert found.has_log_prob_table
        assert "CMDSTAN_VERSION := 2.39.0\n" in (found.home / "makefile").read_text()
        assert (found.home / "bin" / "stanc").exists()
        assert missing() == []

    def test_a_cmdstan_of_the_user_comes_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        in_home = self.cmdstan(tmp_path / ".cmdstan" / "cmdstan-2.31.0", "2.31.0")
        found = locate()
        assert (found.home, found.origin, found.version) == (in_home, "user", "2.31.0")
        assert found.has_log_prob
        assert not found.has_log_prob_table
        named = self.cmdstan(tmp_path / "elsewhere", "2.30.1")
        monkeypatch.setenv("CMDSTAN", str(named))
        found = locate()
        assert (found.home, found.origin, found.version) == (named, "user", "2.30.1")
        assert not found.has_log_prob

    def test_looking_leaves_the_environment_alone(self, tmp_path: Path) -> None:
        self.cmdstan(tmp_path / ".cmdstan" / "cmdstan-2.31.0", "2.31.0")
        before = dict(os.environ)
        locate()
        assert dict(os.environ) == before

    @pytest.mark.parametrize("what", ["nothing", "no stanc", "no version"])
    def test_a_cmdstan_that_is_named_but_unusable_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
    ) -> None:
        folder = tmp_path / "named"
        if what != "nothing":
            self.cmdstan(folder, "2.39.0")
        if what == "no stanc":
            (folder / "bin" / "stanc").unlink()
        if what == "no version":
            (folder / "makefile").write_text("all:\n")
        monkeypatch.setenv("CMDSTAN", str(folder))
        with pytest.raises(BackendUnavailable, match=r"CMDSTAN names no usable CmdStan.*unset CMDSTAN"):
            locate()

    def test_flags_and_compilers_change_the_identity(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = self.cmdstan(tmp_path / "named", "2.39.0")
        monkeypatch.setenv("CMDSTAN", str(folder))
        identities = {locate().identity}
        (folder / "make").mkdir()
        (folder / "make" / "local").write_text("CXXFLAGS += -march=native\n")
        identities.add(locate().identity)
        compiler = tmp_path / "other-c++"
        compiler.write_text("#!/bin/sh\necho other-c++ 1.0\n")
        compiler.chmod(0o700)
        monkeypatch.setenv("CXX", str(compiler))
        found = locate()
        assert found.compiler == "other-c++ 1.0"
        assert len(identities | {found.identity}) == 3

    def test_without_compiler_and_make_stan_is_unavailable(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert [problem.what for problem in missing()] == ["no C++ compiler", "no make"]
        with pytest.raises(BackendUnavailable, match=r"stan: no C\+\+ compiler, got 'g\+\+'; .*g\+\+"):
            locate()

    def test_a_wrong_cxx_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CXX", "no-such-compiler")
        with pytest.raises(BackendUnavailable, match="'no-such-compiler'; set CXX"):
            locate()

    @pytest.mark.parametrize(
        ("absent", "words"), [("cmdstanpy", "cmdstanpy is not installed"), ("httpstan", "no httpstan is installed")]
    )
    def test_without_the_extra_stan_is_unavailable(
        self, monkeypatch: pytest.MonkeyPatch, absent: str, words: str
    ) -> None:
        modules: Mapping[str, str] = {
            "cmdstanpy": "pplcompare.backends.stan_toolchain.locate.find_spec",
            "httpstan": "pplcompare.backends.stan_toolchain.embedded.find_spec",
        }
        monkeypatch.setattr(modules[absent], lambda name: None)
        with pytest.raises(BackendUnavailable, match=rf"{words}; pip install 'pplcompare\[stan\]'"):
            locate()
