"""What a backend declares, without compiling anything: its name, its signatures, its entry point."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from pplcompare.backends import protocol
from pplcompare.backends.fit import Fit, Timing
from pplcompare.backends.protocol import Backend, Program, Simulator, SourceWriter, Status
from pplcompare.backends.registry import backend_names, load_backend, registered_version
from pplcompare.backends.settings import NUTSSettings
from pplcompare.models.errors import BackendUnavailable, UsageError
from pplcompare.validation.commands.backends import Workers
from pplcompare.validation.commands.doctor_job import cache_document, examine
from pplcompare.validation.output.datatree import library_attributes
from pplcompare.validation.process.remote import RemoteBackend
from pplcompare.validation.study.chosen_backends import Backends
from pplcompare.validation.study.machine import machine

from tests.validation.test_cli import in_process

OURS = ("exact", "numpyro", "nutpie", "pymc", "stan")
FAKES = Path(__file__).parents[1] / "fakes"


def promised(kind: type) -> dict[str, inspect.Signature]:
    """Return the signatures of a protocol's methods."""
    return {
        name: inspect.signature(method)
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def program_of(backend: type) -> type:
    """Return the class of programs that a backend says it compiles to."""
    annotation = inspect.signature(backend.compile).return_annotation  # type: ignore[attr-defined]
    found: type = getattr(sys.modules[backend.__module__], annotation.strip('"'))
    return found


def differences(kind: type, contract: type) -> list[str]:
    """Return which methods are missing, or take something else than the contract says."""
    found = []
    for name, wanted in promised(contract).items():
        method = getattr(kind, name, None)
        if method is None:
            found.append(f"{name} is missing")
            continue
        seen = inspect.signature(method)
        if list(seen.parameters.values()) != list(wanted.parameters.values()):
            found.append(f"{name}{seen} is not {name}{wanted}")
        elif name != "compile" and seen.return_annotation != wanted.return_annotation:
            found.append(f"{name} returns {seen.return_annotation}, not {wanted.return_annotation}")
    return found


def simulator_differences(program: type) -> list[str]:
    """Return how the simulator that a class of programs declares differs from the contract."""
    declared = get_type_hints(program).get("simulator")
    if declared is None:
        return ["simulator is missing"]
    kinds = set(get_args(declared) or [declared]) - {type(None)}
    return [words for kind in kinds for words in differences(kind, Simulator)]


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third party's distribution is installed."""
    monkeypatch.syspath_prepend(str(FAKES))


@contextmanager
def opened(name: str) -> Iterator[Backend]:
    yield load_backend(name)


@pytest.mark.parametrize("name", OURS)
def test_a_backend_has_the_contracts_signatures(name: str) -> None:
    backend = type(load_backend(name))
    assert differences(backend, Backend) == []
    assert differences(backend, SourceWriter) == []
    assert differences(program_of(backend), Program) == []
    assert simulator_differences(program_of(backend)) == []


def test_what_stands_for_a_backend_in_another_process_has_them_too() -> None:
    assert differences(RemoteBackend, Backend) == []
    assert differences(program_of(RemoteBackend), Program) == []
    assert simulator_differences(program_of(RemoteBackend)) == []


def test_the_fakes_have_them_too(fakes: None) -> None:
    backend = type(load_backend("crash"))
    assert differences(backend, Backend) == []
    assert differences(program_of(backend), Program) == []
    assert simulator_differences(program_of(backend)) == []


def test_a_missing_method_and_another_order_are_noticed() -> None:
    class Other:
        def native_settings(self, settings: Any) -> dict[str, object]:
            return {}

        def sample(self, inputs: Any, seed: int, settings: Any) -> Any: ...

    found = differences(Other, protocol.Program)
    assert "source is missing" in found
    assert [text.partition("(")[0] for text in found if "is not" in text] == ["sample", "native_settings"]
    assert simulator_differences(Other) == ["simulator is missing"]


@pytest.mark.parametrize("name", OURS)
def test_a_backend_is_called_as_it_is_registered(name: str) -> None:
    assert load_backend(name).name == name


@pytest.mark.parametrize("name", OURS)
def test_an_environment_is_words(name: str) -> None:
    environment = load_backend(name).environment()
    assert all(isinstance(word, str) for pair in environment.items() for word in pair)


def test_exact_comes_first_and_the_others_by_name() -> None:
    assert backend_names() == OURS


def test_an_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"backends: unknown backend, got 'stam'; known: exact, numpyro, nutpie, pymc"):
        load_backend("stam")
    with pytest.raises(UsageError, match="another one needs its distribution installed here"):
        load_backend("stam")


def test_a_third_party_is_registered_by_its_entry_point(fakes: None) -> None:
    assert {*OURS, "honest", "broken"} <= set(backend_names())
    assert load_backend("honest").name == "honest"


def test_a_third_party_that_cannot_be_imported_is_unavailable_by_name(fakes: None) -> None:
    with pytest.raises(BackendUnavailable, match=r"broken: its module cannot be imported: No module named"):
        load_backend("broken")


def test_doctor_examines_a_third_party_and_goes_on_after_a_broken_one(fakes: None) -> None:
    found = examine(Backends(("broken", "absent", "honest"), opened))
    assert "No module named" in found["broken"].problem
    assert (found["absent"].problem, found["absent"].mend) == ("no such library", "pip install it")
    assert found["honest"].available


def test_who_registered_a_backend_has_a_part_in_its_results(fakes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a plug-in that tells the version of its library alone, nobody would know which plug-in it was."""
    assert registered_version("honest") == {"pplcompare-fakes": "1.0"}
    assert [registered_version(name) for name in (*OURS, "stam")] == [{}] * (len(OURS) + 1)
    monkeypatch.setenv("PYTHONPATH", str(FAKES))  # for its worker
    found = examine(Backends(("honest", "mine", "exact"), Workers().opened))
    assert found["honest"].versions == {"pplcompare-fakes": "1.0", **found["exact"].versions}
    assert found["honest"].of_libraries == found["exact"].versions == found["exact"].of_libraries
    assert [found[name].registered for name in ("honest", "exact")] == ["pplcompare-fakes", ""]
    library = library_attributes("mine", found["mine"], NUTSSettings(), Fit({}, {}, Timing(), seed=1))
    assert library == {"inference_library": "pplcompare-fakes", "inference_library_version": "1.0"}
    assert "pplcompare-fakes" not in found["exact"].versions


def test_compiled_programs_are_kept_over_versions_of_a_plug_in() -> None:
    def key(registered: str, **versions: str) -> str:
        return cache_document({"mine": Status(versions, registered=registered)}, machine())["key"]

    assert key("mine", mine="0.1.dev1", jax="1") == key("mine", mine="0.1.dev2", jax="1")
    assert key("mine", mine="0.1.dev1", jax="1") != key("mine", mine="0.1.dev1", jax="2")
    assert key("", mine="0.1.dev1") != key("", mine="0.1.dev2")


def test_a_run_checks_a_third_party_as_it_checks_ours(
    fakes: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(FAKES))  # for its worker
    chosen = ["--backends", "honest,broken", "--model", "independent", "--draws", "400", "--seed", "1", "--quiet"]
    result = in_process("run", *chosen, "--out", "results")
    assert result.returncode == 3, result.stderr  # what was asked for by name is required
    lines = [line for line in result.stdout.splitlines() if line.startswith(("broken ", "honest "))]
    rows = [re.split(" {2,}", line)[:3] for line in lines[:2]]
    assert rows == [
        ["broken", "unavailable", "not tested"],
        ["honest", "passed", "ours"],  # its density is our own
    ]
