"""Input that nobody has thought of: accepted, or refused in one line and exit 2; nothing is made, nothing crashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.document import canonical_json, model_document

from tests.models.test_specification_file import HIERARCHICAL
from tests.validation.test_bad_input import listing
from tests.validation.test_cli import assert_refused, in_process

# One folder serves all examples of a test: each leaves it as it was.
many = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])

NUMBERS: Final = st.sampled_from(
    [
        *("", "0", "-1", "1", "10", "3.0", "3.5", "1e3", "1e999999", "nan", "inf", "-0", "0x10", "1_000", "10.000"),
        *("١", "9" * 17, "9" * 5000, "true", "=1+1", "\x1b[31m", "\0", "\u202e", "🦊", " 1", "1 ", '"1"', "1,1"),
    ]
)
WORDS: Final = st.text(max_size=8) | NUMBERS
JUNK: Final = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def assert_accepted_or_refused(*arguments: str, folder: Path, codes: tuple[int, ...] = (0,)) -> None:
    before = listing(folder)
    result = in_process(*arguments)
    assert listing(folder) == before
    if result.returncode in codes:
        told = ("pplcompare: warning: ", "pplcompare: note: ")
        assert all(line.startswith(told) for line in result.stderr.splitlines())
    else:
        assert_refused(result, [])


def spliced(text: str, junk: str, start: int, length: int) -> str:
    """Replace a part of a text; places count from its beginning, again and again."""
    start %= len(text) + 1
    return text[:start] + junk + text[start + length :]


@many
@given(
    rows=st.lists(st.tuples(WORDS, NUMBERS, NUMBERS), max_size=4),
    header=st.sampled_from(["group,n,k", "a,b", "group,k,n", "", "variant,x,converted", ",A,B"]),
)
def test_any_table_of_counts(rows: list[tuple[str, str, str]], header: str, folder: Path) -> None:
    table = "\n".join([header, *map(",".join, rows)])
    (folder / "counts.csv").write_text(table, encoding="utf-8", errors="surrogatepass")
    assert_accepted_or_refused("show", "independent", "counts.csv", folder=folder)


@many
@given(content=st.binary(max_size=60))
def test_any_bytes_for_counts(content: bytes, folder: Path) -> None:
    (folder / "counts.csv").write_bytes(content)
    assert_accepted_or_refused("show", "independent", "counts.csv", folder=folder)


@many
@given(variable=st.sampled_from(["alpha", "beta", "rate", "x", ""]), word=WORDS, first=NUMBERS, second=NUMBERS)
@example(variable="alpha", word="Gamma", first="1" * 10**6, second="1")
@example(variable="alpha", word="Gamma", first="1e999999", second="1")
@example(variable="alpha", word="Gamma", first="1" * 5000, second="1" * 5000)
def test_any_prior(variable: str, word: str, first: str, second: str, folder: Path) -> None:
    for name in (word, "Gamma", "HalfNormal"):
        prior = f"{variable}={name}({first}, {second})".replace("\0", "")
        assert_accepted_or_refused("show", "hierarchical", "--prior", prior, folder=folder)


@many
@given(junk=WORDS, start=st.integers(0, 10_000), length=st.integers(0, 30))
@example(junk="1" * 900_000, start=0, length=0)
@example(junk="1" * 5000, start=HIERARCHICAL.index("16"), length=2)
@example(junk="1e999999", start=HIERARCHICAL.index("16"), length=2)
def test_any_model_in_toml(junk: str, start: int, length: int, folder: Path) -> None:
    changed = spliced(HIERARCHICAL, junk, start, length)
    (folder / "m.toml").write_text(changed, encoding="utf-8", errors="surrogatepass")
    assert_accepted_or_refused("show", "m.toml", folder=folder)


JSON: Final = canonical_json(model_document(hierarchical()))


@many
@given(junk=WORDS | JUNK.map(json.dumps), start=st.integers(0, 10_000), length=st.integers(0, 30))
@example(junk="1" * 5000, start=JSON.index("16.0"), length=4)
@example(junk="1" * 900_000, start=JSON.index("16.0"), length=4)
@example(junk="1e999999", start=JSON.index("16.0"), length=4)
def test_any_model_in_json(junk: str, start: int, length: int, folder: Path) -> None:
    (folder / "m.json").write_text(spliced(JSON, junk, start, length), encoding="utf-8", errors="surrogatepass")
    assert_accepted_or_refused("show", "m.json", folder=folder)


@many
@given(junk=JUNK, rate=JUNK)
def test_any_json_for_draws(junk: Any, rate: Any, folder: Path) -> None:
    arguments = ["check", "campaigns", "--model", "independent", "--quiet", "--draws", "draws.json"]
    for document in (junk, {"rate": rate}, {"rate": [[rate, rate]]}, {"posterior": junk}):
        (folder / "draws.json").write_text(json.dumps(document))
        assert_accepted_or_refused(*arguments, folder=folder, codes=(0, 1, 6))


INTEGERS: Final = {
    "run": ("--seed", "--chains", "--warmup", "--draws"),
    "check": ("--seed", "--chains", "--warmup", "--jobs", "--level", "--time-limit"),
    "bench": ("--seed", "--rounds", "--most", "--slowdown", "--memory-limit"),
}


@many
@pytest.mark.parametrize("command", INTEGERS)
@given(value=st.text(max_size=6) | NUMBERS)
def test_any_number_for_an_option(command: str, value: str, folder: Path) -> None:
    for option in INTEGERS[command]:
        before = listing(folder)
        # Of data that are not there nothing is sampled, whatever the number means.
        assert_refused(in_process(command, "absent.csv", f"{option}={value}"), [])
        assert listing(folder) == before


@many
@given(name=st.text(min_size=1).filter(lambda name: not name.startswith(("-", ".", "/"))))
def test_any_name_of_data_model_or_backend(name: str, folder: Path) -> None:
    for arguments in (
        ["exact", name],
        ["show", name],
        ["exact", "--model", name],
        ["run", "x.csv", "--backends", name],
    ):
        before = listing(folder)
        assert_refused(in_process(*arguments), [])
        assert listing(folder) == before
