"""What `show` prints runs as it stands, in a process that knows nothing of this project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pplcompare.backends.python_names import python_names
from pplcompare.backends.stan_program import stan_source
from pplcompare.models.counts import Counts
from pplcompare.models.density import reference_density
from pplcompare.models.distributions import Beta, Binomial, Gamma, PowerLaw
from pplcompare.models.marginal.rewrite import marginalise
from pplcompare.models.spec import Input, Model, Observed, Variable
from pplcompare.validation.commands.backends import names, written_by
from pplcompare.validation.commands.program_text import program_text
from pplcompare.validation.study.chosen_backends import Backends

from tests.reference.fixtures import (
    Fixture,
    foreign_chain,
    hierarchical_asymmetric,
    pooled,
    proportion_bounded,
    proportion_improper,
    reserved_words,
    small_counts,
)


def library_words() -> Fixture:
    """Names that the programs use themselves, or that are keywords; a power law whose exponent is a variable."""
    model = Model(
        "library words",
        Variable("lambda", Gamma(2.5, 7.25)),
        Variable("np", PowerLaw(1.5)),
        Variable("pm", PowerLaw("lambda")),
        Variable("np_prior", Gamma("np", 2.5)),
        Variable("log", Gamma("pm", 2.5)),
        Variable("gamma_lpdf", Gamma("log", 1.5)),
        Variable("dist", Gamma(2, 3)),
        Variable("jnp", Gamma("dist", 3)),
        Input("numpyro", plate="sum"),
        Variable("model", Beta("np_prior", "gamma_lpdf"), plate="sum"),
        Variable("class", Beta("jnp", 2), plate="sum"),
        Variable("successes_data", Gamma(2, 3)),
        Observed("successes", Binomial("numpyro", "model"), plate="sum"),
    )
    return Fixture("library-words", model, small_counts())


PROGRAMS = (
    hierarchical_asymmetric,
    proportion_bounded,
    proportion_improper,
    foreign_chain,
    pooled,
    reserved_words,
    library_words,
)

# Each prints, for every program, its log density without Jacobian at the point that it is given.
PYMC = """
import json, runpy, sys
import numpy as np
import pymc as pm
for path, point in json.load(sys.stdin):
    model = runpy.run_path(path)["model"]
    values = {rv.name: np.asarray(point[rv.name]) for rv in model.free_RVs}
    u = model.initial_point()
    for rv in model.free_RVs:
        value = model.rvs_to_values[rv]
        transform = model.rvs_to_transforms[rv]
        x = values[rv.name]
        u[value.name] = x if transform is None else transform.forward(x, *rv.owner.inputs).eval()
    print(float(model.compile_logp(jacobian=False, mode="FAST_COMPILE")(u)))
"""
NUMPYRO = """
import json, runpy, sys
import jax, numpyro
numpyro.enable_x64()
import jax.numpy as jnp
from numpyro.infer.util import initialize_model, log_density
for path, point in json.load(sys.stdin):
    model = runpy.run_path(path)["model"]
    initialize_model(jax.random.PRNGKey(0), model)
    print(float(log_density(model, (), {}, {name: jnp.asarray(x) for name, x in point.items()})[0]))
"""
RUNNERS = {"pymc": PYMC, "numpyro": NUMPYRO}


def expected(fixture: Fixture) -> tuple[dict[str, np.ndarray], float, float]:
    """Return a point, the log density there without Jacobian, and the scale of its rounding error."""
    structure, inputs = fixture.model.structure, fixture.model.bind(fixture.counts)
    point = {}
    for place, variable in enumerate(structure.variables):
        support = structure.supports(inputs)[variable.name]
        shape = () if variable.plate is None else (inputs.sizes[variable.plate],)
        point[variable.name] = support.constrain(np.full(shape, 0.3 - 0.1 * place))
    found = reference_density(structure, inputs, {k: v[None] for k, v in point.items()}, jacobian=False)
    return point, float(found.value[0]), float(found.scale[0])


@pytest.mark.slow
@pytest.mark.parametrize("language", RUNNERS)
def test_a_pasted_python_program_has_the_density_of_the_model(language: str, tmp_path: Path) -> None:
    work: list[tuple[str, dict[str, object]]] = []
    answers: list[object] = []
    for make in PROGRAMS:
        fixture = make()
        path = tmp_path / f"program_{len(work)}.py"
        path.write_text(
            program_text(fixture.model, fixture.counts, language, Backends(names(), written_by)), encoding="utf-8"
        )
        point, value, scale = expected(fixture)
        work.append((str(path), {name: x.tolist() for name, x in point.items()}))
        answers.append(pytest.approx(value, abs=1e-9 * scale))
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNERS[language]],
        input=json.dumps(work),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [float(line) for line in done.stdout.split()] == answers


@pytest.mark.slow
def test_every_pasted_stan_program_is_accepted_and_one_samples(tmp_path: Path) -> None:
    from cmdstanpy import CmdStanModel
    from pplcompare.backends.stan_toolchain.build import executable
    from pplcompare.backends.stan_toolchain.locate import locate

    toolchain = locate()
    fixtures = [make() for make in PROGRAMS]
    programs = {
        fixture.name: program_text(fixture.model, fixture.counts, "stan", Backends(names(), written_by))
        for fixture in fixtures
    }
    for kind, trials in {"vector<lower=0>": 10, "array[size_1] int": 1025}.items():
        counts = Counts(["a", "b"], [trials, 3], [7, 0])
        programs[kind] = stan_source(*marginalise(hierarchical_asymmetric().model).sufficient(counts))
        assert kind in programs[kind]
    for name, program in programs.items():
        path = tmp_path / "program.stan"
        path.write_text(program, encoding="utf-8")
        stanc = [str(toolchain.home / "bin" / "stanc"), f"--o={tmp_path / 'out.hpp'}", str(path)]
        done = subprocess.run(stanc, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{name}: {done.stderr}\n{program}"
    program = programs[fixtures[-1].name]
    model = CmdStanModel(exe_file=executable(program, toolchain))
    fit = model.sample(chains=1, iter_warmup=50, iter_sampling=5, seed=1, output_dir=tmp_path, show_progress=False)
    assert np.all(np.isfinite(fit.draws()))


def test_python_names_are_identifiers_and_differ() -> None:
    assert python_names(["alpha", "lambda", "lambda_", "np", "np_"], ("np", "pm")) == {
        "alpha": "alpha",
        "lambda": "lambda__",
        "lambda_": "lambda_",
        "np": "np__",
        "np_": "np_",
    }
