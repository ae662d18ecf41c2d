"""A refit compiles nothing: counted in a process of each backend's own, by what `benchmarks/refits.py` counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.seconds(50)

FOLDER = Path(__file__).parents[2] / "benchmarks"

NOTICED = """
import jax
import numba
import subprocess
import refits

noticed = refits.counter()
before = noticed()
jax.jit(lambda x: x + 1.0)(1.0).block_until_ready()
by_jax = noticed()
numba.njit(lambda x: x + 1.0)(1.0)
by_numba = noticed()
subprocess.run(["make", "--version"], capture_output=True)
print(before, by_jax > before, by_numba > by_jax, noticed() > by_numba)
"""


def run_python(*arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), "JAX_PLATFORMS": "cpu"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_what_is_compiled_is_noticed() -> None:
    assert run_python("-c", NOTICED).split() == ["0", "True", "True", "True"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nutpie", "numpyro", "pymc", "stan"])
def test_a_refit_compiles_nothing(name: str) -> None:
    (row,) = run_python(str(FOLDER / "refits.py"), "--fits", "3", "--backends", name).splitlines()[1:]
    assert row.split()[:2] == [name, "3"]
    assert row.split()[-1] == "0"
