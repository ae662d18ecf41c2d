"""How each command of a page without an executor of its own is carried out: as it is written, with fewer draws.

A command is carried out with the options that stand here behind its own, those of the same names left out. The backend
``honest`` of `tests/fakes` stands in for libraries, whose own tests are elsewhere. Commands that need more than a few
seconds are carried out at night; all are parsed in each run.
"""

from __future__ import annotations

from typing import Final, NamedTuple

FEW: Final = "--backends honest --draws 400 --quiet"
TIMED: Final = "--backends honest --rounds 1 --warmup 100 --draws 1000 --quiet"
# A sampler that can do without rates.
OF_STAN: Final = "--backends stan --rounds 1 --draws 1000 --quiet"
REPLICATIONS: Final = "--backends honest --replications 25 --thin 1 --quiet"
OLD: Final = f"bench campaigns --model independent {TIMED} --out"


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
    before
        Commands that have to be carried out before.
    nightly
        Whether it is carried out at night.
    """

    more: str = ""
    shows: str = ""
    code: int = 0
    before: tuple[str, ...] = ()
    nightly: bool = False


# Page -> its commands, in their order.
FORMS: Final[dict[str, dict[str, Form]]] = {
    "README.md": {
        "run": Form(f"--seed 1 --out pplcompare-campaigns-... {FEW}", r"honest +passed", nightly=True),
        "check": Form(FEW, r"(?s)campaigns .*rats .*surgical ", nightly=True),
        "check rats my.csv --require stan --junit check.xml": Form(
            f"--require honest {FEW}",
            r"(?s)rats .*my.csv .*fail\s+with\s+probability\s+at\s+most\s+1e-07",
            nightly=True,
        ),
        "check --nightly --json > nightly.json": Form("--backends honest --quiet", nightly=True),
        "check rats --model hierarchical --draws draws.nc": Form("--quiet", r"draws.nc +passed"),
        "selftest": Form("--repetitions 50 --quiet", r"Mutants|mutant", nightly=True),
        "calibrate rats --backends stan --out store": Form(REPLICATIONS, r"honest +passed +25", nightly=True),
        "calibrate rats --backends stan --out store --resume --more 1000": Form(
            f"{REPLICATIONS} --more 25", r"honest +passed +50", nightly=True
        ),
        "bench": Form(f"--out timed {TIMED}", r"(?s)campaigns, independent.*rats, hierarchical", nightly=True),
        "bench rats --model hierarchical --marginal": Form(
            f"--out rates {OF_STAN}", r"(?s)centred.*marginal", nightly=True
        ),
        "bench --scaling groups --marginal": Form(f"--most 10 --out groups {OF_STAN}", "10", nightly=True),
        "bench --compare OLD NEW --slowdown 1.25": Form(
            "", r"1/1\.25 of the old one", before=(f"{OLD} OLD", f"{OLD} NEW"), nightly=True
        ),
        "run rats": Form(f"--out r1 {FEW}", "rats|honest +passed", nightly=True),
        "run my.csv --columns group=site,n=visits,k=sales": Form(f"--out r2 {FEW}", r"honest +passed", nightly=True),
        'run --model hierarchical --prior "alpha=Gamma(8, 4)"': Form(
            f"--out r3 {FEW}", r"honest +passed", nightly=True
        ),
        "run rats --model hierarchical --marginal": Form(
            "--out r4 --backends stan --draws 1000 --quiet", "Backends sampled without the rates", nightly=True
        ),
        'exact rats --model hierarchical_proportion --prior "concentration=PowerLaw(1.5)"': Form(
            "", r"concentration +infinite"
        ),
        "show hierarchical --as stan": Form("", r"gamma_lpdf\(alpha"),
        "doctor": Form("", "(?i)stan", nightly=True),
        "run surgical --model hospitals.toml": Form(f"--out r5 {FEW}", r"(?s)hospitals.*honest +passed", nightly=True),
        'exact surgical --model hospitals.toml --prior "mean=Beta(1, 9)"': Form("", "hospitals, exact posterior"),
        "show hospitals.toml surgical --as stan": Form("", r"gamma_lpdf\(concentration"),
    },
    "examples/README.md": {
        "check campaigns --model hierarchical --draws draws.json": Form("--quiet", r"draws.json +passed"),
    },
    "docs/calibrate.md": {
        "calibrate": Form(REPLICATIONS, r"honest +passed +25", nightly=True),
        "calibrate rats --model hierarchical --backends stan,nutpie": Form(
            REPLICATIONS, r"honest +passed +25", nightly=True
        ),
        "calibrate rats --source posterior": Form(REPLICATIONS, r"exact posterior", nightly=True),
        "calibrate --mutant wrong-where-none --backends exact --model independent": Form(
            "--replications 600 --thin 1 --quiet", r"exact +failed", code=1, nightly=True
        ),
        "calibrate rats --out store": Form(REPLICATIONS, r"honest +passed +25", nightly=True),
        "calibrate rats --out store --resume": Form(REPLICATIONS, r"honest +passed +25", nightly=True),
        "calibrate rats --out store --resume --more 1000": Form(
            f"{REPLICATIONS} --more 25", r"honest +passed +50", nightly=True
        ),
        "calibrate work store --part 1/8": Form("--quiet", nightly=True),
        "calibrate rats --replications 10000 --out store --plan": Form(f"{REPLICATIONS} --out array", nightly=True),
        "sbatch --array=1-8 --wrap 'pplcompare calibrate work store --part $SLURM_ARRAY_TASK_ID/8'": Form(
            "store=array", nightly=True
        ),
        "calibrate rats --replications 10000 --out store --resume": Form(
            f"{REPLICATIONS} --out array", r"honest +passed +25", nightly=True
        ),
        'calibrate rats --history nights.jsonl --seed "$(date +%Y%m%d)"': Form(
            REPLICATIONS, "History of 1 runs", nightly=True
        ),
    },
    "docs/clusters.md": {
        "calibrate rats --replications 10000 --out /shared/store --plan": Form(
            f"{REPLICATIONS} --out shared", nightly=True
        ),
        "sbatch --array=1-40 --cpus-per-task=1 --wrap "
        "'pplcompare calibrate work /shared/store --part $SLURM_ARRAY_TASK_ID/40'": Form(
            "/shared/store=shared", nightly=True
        ),
        "calibrate rats --replications 10000 --out /shared/store --resume": Form(
            f"{REPLICATIONS} --out shared", r"honest +passed +25", nightly=True
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
