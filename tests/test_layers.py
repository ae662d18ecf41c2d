"""Who may import whom, read from the sources."""

import ast
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PPLS = {"pymc", "pytensor", "nutpie", "numpyro", "jax", "cmdstanpy", "httpstan"}

# Pattern of a file -> the project's modules and the libraries that it may import besides the standard library.
MODELS = ("models", "numpy", "scipy")
NEUTRAL_AND_NUMPY = ("models", "numpy", "backends.protocol", "backends.fit", "backends.settings")
NEUTRAL = (
    *("models", "backends.protocol", "backends.fit", "backends.settings", "backends.refits", "backends.prediction"),
    *("backends.forward_simulator", "backends.kernel"),
)
VALIDATION = (
    *(*NEUTRAL, "validation", "numpy", "scipy", "arviz_base", "xarray"),
    *("rich", "jinja2", "click", "psutil"),
)
ALLOWED: list[tuple[str, tuple[str, ...]]] = [
    ("api/*.py", ("models", "backends", "validation")),
    ("models/tables/frame_table.py", (*MODELS, "narwhals")),
    ("models/shown_table.py", (*MODELS, "narwhals")),
    ("models/*.py", MODELS),
    ("models/*/*.py", MODELS),
    ("backends/cache.py", (*MODELS, "filelock", "platformdirs")),
    ("backends/coordinates.py", (*MODELS, "backends.protocol")),
    ("backends/protocol.py", NEUTRAL_AND_NUMPY),
    ("backends/kernel.py", NEUTRAL_AND_NUMPY),
    ("backends/fit.py", NEUTRAL_AND_NUMPY),
    ("backends/settings.py", NEUTRAL_AND_NUMPY),
    ("backends/registry.py", NEUTRAL_AND_NUMPY),
    ("backends/refits.py", NEUTRAL_AND_NUMPY),
    ("backends/prediction.py", NEUTRAL_AND_NUMPY),
    ("backends/forward_simulator.py", (*NEUTRAL_AND_NUMPY, "backends.prediction")),
    ("backends/__init__.py", ()),
    ("backends/pymc_density.py", (*MODELS, "backends.coordinates", "backends.protocol", "pymc", "pytensor")),
    ("backends/pymc_backend.py", (*MODELS, "backends", "pymc")),
    ("backends/python_names.py", ()),
    (
        "backends/pymc_model.py",
        (
            *MODELS,
            "backends.cache",
            "backends.counts_of_32_bits",
            "backends.pymc_counts",
            "backends.python_names",
            "backends.sufficient_density",
            "pymc",
            "pytensor",
        ),
    ),
    ("backends/pymc_counts.py", ("pymc",)),
    ("backends/nutpie_backend.py", (*MODELS, "backends", "pymc", "nutpie", "pyarrow")),
    (
        "backends/numpyro_model.py",
        (
            *MODELS,
            "backends.python_names",
            "backends.sufficient_density",
            "backends.numpyro_beta_binomial",
            "backends.numpyro_half_student_t",
            "jax",
            "numpyro",
        ),
    ),
    ("backends/numpyro_beta_binomial.py", ("jax", "numpyro")),
    (
        "backends/native_model.py",
        (*NEUTRAL_AND_NUMPY, "backends.registry", "backends.jax_target"),
    ),
    ("backends/jax_target.py", (*MODELS, "backends.jax_terms", "jax")),
    ("backends/jax_terms.py", (*MODELS, "backends.sufficient_density", "jax")),
    ("backends/numpyro_half_student_t.py", ("jax", "numpyro")),
    ("backends/pymc_prediction.py", (*MODELS, "backends", "pymc", "pytensor")),
    ("backends/numpyro_prediction.py", (*MODELS, "backends", "jax", "numpyro")),
    ("backends/numpyro_kernel.py", (*MODELS, "backends", "jax", "numpyro")),
    ("backends/pymc_kernel.py", (*MODELS, "backends", "pymc")),
    ("backends/numpyro_backend.py", (*MODELS, "backends", "jax", "numpyro")),
    ("backends/stan_backend.py", (*MODELS, "backends", "cmdstanpy")),
    ("backends/sufficient_density.py", MODELS),
    ("backends/stan_sufficient.py", ()),
    ("backends/counts_of_32_bits.py", MODELS),
    ("backends/stan_program.py", (*MODELS, "backends.counts_of_32_bits", "backends.stan_sufficient")),
    ("backends/stan_simulation.py", (*MODELS, "backends")),
    ("backends/stan_prediction.py", (*MODELS, "backends")),
    ("backends/stan_kernel.py", (*MODELS, "backends")),
    ("backends/stan_refits.py", (*MODELS, "backends")),
    ("backends/stan_table.py", (*MODELS, "backends")),
    ("backends/stan_toolchain/*.py", (*MODELS, "backends.cache", "backends.stan_toolchain", "cmdstanpy", "httpstan")),
    ("validation/exact/quadrature/*.py", (*MODELS, "validation.pictures", "validation.exact.quadrature")),
    (
        "validation/exact/beta_binomial/*.py",
        (*MODELS, "validation.pictures", "validation.exact.quadrature", "validation.exact.beta_binomial"),
    ),
    ("validation/exact/*.py", (*MODELS, "validation.pictures", "validation.exact")),
    ("validation/questions/*.py", (*MODELS, "validation.exact", "validation.questions")),
    ("validation/cli.py", ("validation", "click")),
    ("validation/commands/doctor_job.py", (*VALIDATION, "backends.cache")),
    ("validation/commands/*_job.py", VALIDATION),
    ("validation/commands/program_text.py", VALIDATION),
    ("validation/commands/calibration_call.py", VALIDATION),
    ("validation/commands/dask_executor.py", (*VALIDATION, "distributed")),
    ("validation/commands/*.py", ("models", "backends.registry", "backends.protocol", "validation", "click")),
    ("validation/wrapped/mutants/*.py", (*NEUTRAL, "validation.wrapped.mutants", "numpy", "scipy")),
    ("validation/selftest/*.py", (*NEUTRAL, "validation", "numpy", "scipy", "rich")),
    ("validation/process/worker.py", (*NEUTRAL, "backends.registry", "validation")),
    ("validation/target/record.py", ()),
    ("validation/target/native_forms.py", ("models", "backends.native_model")),
    ("validation/target/*.py", (*NEUTRAL, "backends.coordinates", "validation", "numpy")),
    ("validation/storage/*.py", ("models", "validation.storage", "filelock")),
    ("validation/output/bench/*.py", (*VALIDATION, "markupsafe", "pyarrow")),
    ("validation/pictures/*.py", ("models", "validation.pictures", "matplotlib")),
    ("validation/draws/plain_files.py", (*VALIDATION, "h5py")),
    ("validation/pytest_reruns.py", ("models.errors", "pytest")),
    ("validation/pytest_plugin.py", ("validation", "models.errors", "pytest")),
    ("validation/*.py", VALIDATION),
    ("validation/*/*.py", VALIDATION),
    ("validation/*/*/*.py", VALIDATION),
]
# Parts of `validation`, each of which knows only those before it.
ORDER = (
    *("pictures", "exact", "questions", "wrapped", "checks", "study", "storage", "calibrate", "output", "draws"),
    *("target", "pytest_reruns", "pytest_summary", "pytest_targets", "pytest_plugin"),
    *("pack", "testing", "bench", "process", "selftest", "commands", "cli"),
)
# Adapters know their own library only.
FOREIGN = {
    "nutpie_backend": PPLS - {"pymc", "pytensor", "nutpie"},
    "pymc_backend": PPLS - {"pymc"},
    "pymc_counts": PPLS - {"pymc"},
    "pymc_density": PPLS - {"pymc", "pytensor"},
    "pymc_kernel": PPLS - {"pymc"},
    "pymc_prediction": PPLS - {"pymc", "pytensor"},
    "numpyro_kernel": PPLS - {"jax", "numpyro"},
    "numpyro_prediction": PPLS - {"jax", "numpyro"},
    "pymc_model": PPLS - {"pymc", "pytensor"},
    "jax_target": PPLS - {"jax"},
    "jax_terms": PPLS - {"jax"},
    "numpyro_beta_binomial": PPLS - {"jax", "numpyro"},
    "numpyro_half_student_t": PPLS - {"jax", "numpyro"},
    "numpyro_backend": PPLS - {"jax", "numpyro"},
    "stan_backend": PPLS - {"cmdstanpy"},
}
FOLDERS = ("api", "models", "backends", "validation")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            found.append((node.lineno, str(node.module)))
    return found


def allowed(path: Path) -> tuple[str, ...]:
    relative = path.relative_to(ROOT)
    return next(modules for pattern, modules in ALLOWED if relative.match(pattern))


def is_within(name: str, modules: tuple[str, ...]) -> bool:
    name = name.removeprefix("pplcompare.")
    if name.split(".")[0] in sys.stdlib_module_names:
        return True
    return any(name == module or name.startswith(module + ".") for module in modules)


def test_a_file_imports_only_what_its_layer_may() -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for path in SOURCES
        for line, name in imports(path)
        if not is_within(name, allowed(path))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_file_imports_no_ppl_but_its_own() -> None:
    for path in SOURCES:
        own = path.parent.name == "stan_toolchain" or "_model" in path.stem
        foreign = FOREIGN.get(path.stem, set() if own else PPLS)
        assert not {name.split(".")[0] for _, name in imports(path)} & foreign, path


def part_of(module: str) -> str:
    return module.removeprefix("pplcompare.validation.").split(".")[0]


def test_a_part_of_validation_imports_only_those_below_it() -> None:
    for path in SOURCES:
        part = path.relative_to(ROOT).with_suffix("").parts[1]
        # The package itself has public names only, which are imported when they are first used.
        if not path.is_relative_to(ROOT / "validation") or part == "__init__":
            continue
        for line, name in imports(path):
            if name.startswith("pplcompare.validation."):
                assert ORDER.index(part_of(name)) <= ORDER.index(part), f"{path}:{line}: {name}"


def executed(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what an import of the file executes, but for what only type checkers read."""
    for statement in statements:
        if isinstance(statement, ast.If):
            checked = ast.unparse(statement.test) == "TYPE_CHECKING"
            yield from executed(statement.orelse if checked else [*statement.body, *statement.orelse])
        else:
            yield statement


def test_the_public_package_imports_nothing_of_ours_before_it_is_used() -> None:
    for statement in executed(ast.parse((ROOT / "api" / "__init__.py").read_text(encoding="utf-8")).body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            assert is_within(str(getattr(statement, "module", statement.names[0].name)), ()), ast.unparse(statement)


def test_nothing_imports_the_public_names() -> None:
    """They are for users: our own modules name the module that they mean."""
    for path in SOURCES:
        assert not {"pplcompare", "pplcompare.api"} & {name for _, name in imports(path)}, path


def test_the_rule_catches_a_forbidden_import() -> None:
    assert not is_within("pplcompare.backends.stan_backend", allowed(ROOT / "validation" / "checks" / "comparisons.py"))
    assert not is_within("pymc", allowed(ROOT / "models" / "spec.py"))
    assert not is_within("pplcompare.validation.exact", allowed(ROOT / "backends" / "fit.py"))


def words_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the words of everything that is written in a file, comments and docstrings too, in small letters."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            # Names are made of words as well: BetaMarginal, new_trials.
            for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", token.string):
                yield token.start[0], word.lower()


FAMILY = {"trial", "trials", "success", "successes", "failure", "failures", "beta", "betas", "binomial"}


def test_the_quadrature_knows_no_family() -> None:
    """All that it needs to know of one is in a row, which it is given."""
    files = sorted((ROOT / "validation" / "exact" / "quadrature").glob("*.py"))
    assert len(files) > 15
    wrong = [f"{path}:{line}: {word}" for path in files for line, word in words_of(path) if word in FAMILY]
    assert not wrong, "\n".join(wrong)
    row = ROOT / "validation" / "exact" / "beta_binomial" / "row.py"
    assert {word for _, word in words_of(row)} >= {"trials", "successes", "beta", "binomial"}


def literals(path: Path) -> Iterator[tuple[int, set[str]]]:
    """Yield the words of identifiers and strings with their lines, docstrings and comments aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, set(node.value.replace("-", " ").split())
        if isinstance(node, ast.Name):
            yield node.lineno, {node.id}


def test_no_adapter_and_no_exact_answer_knows_a_model_by_name() -> None:
    """The command line's defaults and the public names are the exceptions."""
    names = {"independent", "hierarchical", "hierarchical_proportion", "rate_A", "campaigns"}
    for path in SOURCES:
        if path.parent.name not in ("api", "models") and path != ROOT / "validation" / "commands" / "options.py":
            for line, words in literals(path):
                assert not names & words, f"{path}:{line}"
