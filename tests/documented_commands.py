"""How each command of a page without an executor of its own is carried out: as it is written, with fewer draws.

A command is carried out with the options that stand here behind its own, those of the same names left out. The backend
``honest`` of `tests/fakes` stands in for libraries, whose own tests are elsewhere. Commands that need more than a few
seconds are carried out at night; all are parsed in each run.
"""

from __future__ import annotations

from typing import Final, NamedTuple

FEW: Final = "--backends honest --draws 400 --quiet"
TIMED: Final = "--backends honest --rounds 1 --warmup 100 --draws 1000 --quiet"
REPLICATIONS: Final = "--backends honest --replications 25 --thin 1 --quiet"


class Form(NamedTuple):
    """What is behind a command when it is carried out, and what comes of it.

    Attributes
    ----------
    more
        Options behind its own.
    shows
        A pattern that its output has.
    code
        Its exit code.
    later
        Whether it is carried out at night.
    """

    more: str = ""
    shows: str = ""
    code: int = 0
    later: bool = False


# Page -> its commands, in their order.
FORMS: Final[dict[str, dict[str, Form]]] = {
    "README.md": {
        "run": Form(f"--seed 1 --out pplcompare-campaigns-... {FEW}", r"honest +passed", later=True),
    },
    "docs/run.md": {
        "run --mutant sd-0.95": Form(
            "--backends exact --quiet --out broken --model independent",
            "broken on purpose: sd-0.95",
            code=1,
            later=True,
        ),
        "list mutants": Form("", "sd-0.95"),
    },
    "examples/README.md": {
        "check campaigns --model hierarchical --draws draws.json": Form("--quiet", r"draws.json +passed"),
    },
    "docs/calibrate.md": {
        "calibrate": Form(REPLICATIONS, r"honest +passed +25", later=True),
        "calibrate rats --model hierarchical --backends stan,nutpie": Form(
            REPLICATIONS, r"honest +passed +25", later=True
        ),
        "calibrate rats --source posterior": Form(REPLICATIONS, r"exact posterior", later=True),
        "calibrate --mutant wrong-where-none --backends exact --model independent": Form(
            "--replications 600 --thin 1 --quiet", r"exact +failed", code=1, later=True
        ),
        "calibrate rats --out store": Form(REPLICATIONS, r"honest +passed +25", later=True),
        "calibrate rats --out store --resume": Form(REPLICATIONS, r"honest +passed +25", later=True),
        "calibrate rats --out store --resume --more 1000": Form(
            f"{REPLICATIONS} --more 25", r"honest +passed +50", later=True
        ),
        "calibrate work store --part 1/8": Form("--quiet", later=True),
        "calibrate rats --replications 10000 --out store --plan": Form(f"{REPLICATIONS} --out array", later=True),
        "sbatch --array=1-8 --wrap 'pplcompare calibrate work store --part $SLURM_ARRAY_TASK_ID/8'": Form(
            "store=array", later=True
        ),
        "calibrate rats --replications 10000 --out store --resume": Form(
            f"{REPLICATIONS} --out array", r"honest +passed +25", later=True
        ),
        "calibrate campaigns --model independent --backends nutpie --out store --keep-draws": Form(
            f"{REPLICATIONS} --out kept", r"honest +passed +25", later=True
        ),
        "calibrate campaigns --model independent --backends nutpie --source mine.py:simulate": Form(
            REPLICATIONS, r"honest +passed +25"
        ),
        'calibrate rats --history nights.jsonl --seed "$(date +%Y%m%d)"': Form(
            REPLICATIONS, "History of 1 runs", later=True
        ),
    },
    "docs/clusters.md": {
        "calibrate rats --replications 10000 --out /shared/store --plan": Form(
            f"{REPLICATIONS} --out shared", later=True
        ),
        "sbatch --array=1-40 --cpus-per-task=1 --wrap "
        "'pplcompare calibrate work /shared/store --part $SLURM_ARRAY_TASK_ID/40'": Form(
            "/shared/store=shared", later=True
        ),
        "calibrate rats --replications 10000 --out /shared/store --resume": Form(
            f"{REPLICATIONS} --out shared", r"honest +passed +25", later=True
        ),
    },
}

# Lines of pages that no command of ours begins -> the test that carries them out, and what it says of them.
_CONTRIBUTED: Final = "tests/test_documented_blocks.py::test_the_script_of_a_landing_runs_what_contributors_run"
ELSEWHERE: Final = {
    "uv run pytest": (_CONTRIBUTED, "CONTRIBUTING.md"),
    'uv run pytest -m "not slow"': (_CONTRIBUTED, "CONTRIBUTING.md"),
    "uv run ruff check && uv run ruff format --check && uv run mypy": (_CONTRIBUTED, "CONTRIBUTING.md"),
    "pip install 'pplcompare[dask]'": (
        "tests/validation/test_dask.py::test_without_its_library_the_option_says_how_to_install_it",
        "pplcompare[dask]",
    ),
    "dask scheduler": ("tests/validation/test_dask.py::started_cluster", "LocalCluster"),
    "dask worker tcp://10.0.0.1:8786": ("tests/validation/test_dask.py::started_cluster", "n_workers"),
    "pplcompare calibrate rats --replications 10000 --out /shared/store --dask tcp://10.0.0.1:8786": (
        "tests/validation/test_dask.py::started",
        "--dask",
    ),
}
