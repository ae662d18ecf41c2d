"""Models from TOML and JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pplcompare.models.beta_binomial import hierarchical, hierarchical_proportion
from pplcompare.models.distributions import Beta, Gamma
from pplcompare.models.document import model_document, model_hash
from pplcompare.models.errors import SpecificationError
from pplcompare.models.model_choice import choose_models
from pplcompare.models.prior_text import replaceable
from pplcompare.models.spec import Model
from pplcompare.models.specification_file import load_model
from pplcompare.models.structure import Input

from tests.documented_blocks import block_of
from tests.reference.fixtures import FIXTURES, Fixture, foreign_chain

HIERARCHICAL = """
name = "hierarchical"

[inputs]
trials = { plate = "group" }

[variables]
alpha = "Gamma(16, 9)"
beta = "Gamma(40, 8)"
rate = { distribution = "Beta(alpha, beta)", plate = "group" }

[observed]
successes = { distribution = "Binomial(trials, rate)", plate = "group" }
"""


def written(folder: Path, content: str | bytes, name: str = "m.toml") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def as_toml(model: Model) -> str:
    """Write a model as a person would."""
    tables: dict[str, list[str]] = {"inputs": [], "variables": [], "observed": []}
    for item in model.items:
        plate = f'plate = "{item.plate}"' if item.plate else ""
        if isinstance(item, Input):
            tables["inputs"].append(f"{item.name} = {{ {plate} }}")
            continue
        distribution = f'"{item.distribution}"'
        entry = f"{{ {plate}, distribution = {distribution} }}" if plate else distribution
        tables["variables" if type(item).__name__ == "Variable" else "observed"].append(f"{item.name} = {entry}")
    lines = [line for table, lines in tables.items() for line in (f"[{table}]", *lines)]
    return "\n".join([f'name = "{model.name}"', *lines])


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_a_toml_and_a_json_file_load_to_the_model_of_the_constructor(
    make: Callable[[], Fixture], tmp_path: Path
) -> None:
    model = make().model
    for path in (
        written(tmp_path, as_toml(model)),
        written(tmp_path, json.dumps(model_document(model)), "m.json"),
        written(tmp_path, "\ufeff" + as_toml(model), "b.TOML"),
    ):
        loaded = load_model(path)
        assert (loaded, loaded.name) == (model, model.name)
        assert model_hash(loaded) == model_hash(model)


def test_the_examples_of_the_readme_and_of_the_docstring_load(tmp_path: Path) -> None:
    loaded = load_model(written(tmp_path, block_of("docs/models.md", "", "toml")))
    assert loaded.structure.plates == ("hospital",)
    assert load_model(written(tmp_path, HIERARCHICAL)) == hierarchical()
    assert HIERARCHICAL.strip() in re.sub(r"(?m)^ {4}", "", str(load_model.__globals__["__doc__"]))


def test_a_prior_takes_the_place_of_one_that_has_numbers_only(tmp_path: Path) -> None:
    path = str(written(tmp_path, as_toml(foreign_chain().model)))
    (model,) = choose_models([path], ["tempo=Gamma(7, 2)"])
    assert str(model.items[1]) == str(load_model(path).items[1]).replace("shape=3.5, rate=1.25", "shape=7.0, rate=2.0")
    assert replaceable(model) == ("tempo",)
    for variable in ("size", "q", "m", "hits"):
        with pytest.raises(SpecificationError, match="no such variable in the models chosen"):
            choose_models([path], [f"{variable}=Gamma(7, 2)"])


def test_a_prior_goes_to_every_model_that_has_the_variable() -> None:
    one, other, third = choose_models(
        ["hierarchical", "hierarchical_proportion", "independent"],
        ["alpha=Gamma(2.5, 7.25)", "mean=Beta(1, 9)"],
    )
    assert one == hierarchical(alpha=Gamma(2.5, 7.25))
    assert (other == hierarchical_proportion(), third.name) == (False, "independent")


def test_a_prior_of_a_model_that_was_not_chosen_says_which_one_has_it() -> None:
    with pytest.raises(SpecificationError) as error:
        choose_models(["independent", "hierarchical"], ["mean=Beta(2, 38)"])
    assert str(error.value) == (
        "--prior: no such variable in the models chosen, got 'mean'; hierarchical_proportion has it: "
        "add --model hierarchical_proportion"
    )
    (model,) = choose_models(["hierarchical_proportion"], ["mean=Beta(2, 38)"])
    assert model == hierarchical_proportion(mean=Beta(2, 38))


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    path = str(written(tmp_path, HIERARCHICAL.replace("16", "17")))
    for names in (["hierarchical", "hierarchical"], ["hierarchical", path]):
        with pytest.raises(SpecificationError, match="--model: two models of one name, got 'hierarchical'"):
            choose_models(names, [])


def test_a_name_that_is_no_plain_name_is_shown_as_it_is(tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "<script>", "שלום", "$(touch x)", "{{7*7}}", "🦊"):
        assert (
            load_model(
                written(tmp_path, HIERARCHICAL.replace('"hierarchical"', json.dumps(name, ensure_ascii=False)))
            ).name
            == name
        )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[variables]", "[variable]", "unknown key, got 'variable'; did you mean variables?"),
        ('name = "hierarchical"', "", "name: a printable text of at most 1024 bytes is needed, got None"),
        ("Beta(alpha, beta)", "Beta(alhpa, beta)", "rate: Beta alpha: unknown name, got 'alhpa'; did you mean alpha?"),
        ("Gamma(16, 9)", "Gama(16, 9)", "variables.alpha: unknown distribution, got 'Gama'; did you mean Gamma?"),
        ('"Gamma(16, 9)"', "16", "variables.alpha: a table with distribution, plate is needed, got 16"),
        ('"Gamma(16, 9)"', "true", "variables.alpha: a table with distribution, plate is needed, got True"),
        ('"Gamma(16, 9)"', "1979-05-27", "variables.alpha: a table with distribution, plate is needed"),
        ('"Gamma(16, 9)"', '{ plate = "g" }', "variables.alpha: a distribution is needed, got None; write for example"),
        ('"Gamma(16, 9)"', '{ prior = "Beta(1, 2)" }', "variables.alpha: unknown key, got 'prior'"),
        ('plate = "group" }\n\n[v', "plate = 3 }\n\n[v", "inputs.trials: a plate is a name, got 3"),
        ('{ plate = "group" }\n\n[v', '{ palte = "group" }\n\n[v', "inputs.trials: unknown key, got 'palte'; did you"),
        ('{ plate = "group" }\n\n[v', "{}\n\n[v", "trials: an input needs a plate"),
        ("[observed]", "[[observed]]", "observed: a table is needed, got [{"),
        ("beta =", "alpha =", "not TOML: Cannot overwrite a value"),
        ("[observed]", "[variables]", "not TOML: Cannot declare ('variables',) twice"),
        ("beta =", "2a =", "names are ASCII letters, digits and underscores"),
        ("beta =", '"\\u202e" =', r"got '\u202e'"),
        ("beta =", f"{'b' * 100_000} =", "variables.bbbb"),
        ("[observed]", "[observed", "not TOML: "),
        ("40", "4" * 5000, "not a distribution"),
        ('"Gamma(40, 8)"', "4" * 5000, "not TOML: Exceeds the limit"),
    ],
)
def test_a_bad_toml_file_is_refused_by_name_in_one_line(old: str, new: str, words: str, tmp_path: Path) -> None:
    assert HIERARCHICAL.count(old) == 1
    text = HIERARCHICAL.replace(old, new)
    if "bbbb" in words:
        text = text.replace("Gamma(40, 8)", "Gama(40, 8)")
    message = refusal(written(tmp_path, text))
    assert words in message


def refusal(path: Path) -> str:
    with pytest.raises(SpecificationError) as caught:
        load_model(path)
    message = str(caught.value)
    assert path.name in message
    assert message.isprintable()
    assert len(message) < 2000
    return message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "m", "items": [], "items": []}', "duplicate key, got 'items'"),
        ('{"name": "m", "items": [{"variable": "a", "plate": "g", "plate": "h"}]}', "duplicate key, got 'plate'"),
        ('{"name": NaN}', "numbers must be finite, got 'NaN'"),
        ('{"name": -Infinity}', "numbers must be finite, got '-Infinity'"),
        ('{"name": 1e999, "items": []}', "got inf"),
        ('{"name": ' + "1" * 5000 + "}", "not JSON: Exceeds the limit"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("", "not JSON"),
        ("null", "model: a table with name, items is needed, got None"),
        ("{'name': 'm'}", "not JSON"),
        ('{"name": "\\ud800", "items": []}', "name: a printable text"),
    ],
    ids=range(12),
)
def test_a_bad_json_file_is_refused_by_name_in_one_line(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(written(tmp_path, text, "m.json"))


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 100_000, "a = " + "{a=" * 100_000, ".".join("a" * 100_000) + " = 1", "[" + ".".join("a" * 100_000)],
    ids=range(4),
)
def test_toml_nested_deep_is_refused_at_once(text: str, tmp_path: Path) -> None:
    message = refusal(written(tmp_path, text))
    assert "nested too deep" in message


def test_only_its_suffix_makes_a_specification_file(tmp_path: Path) -> None:
    assert "its name must end in .toml or .json" in refusal(written(tmp_path, HIERARCHICAL, "m.yaml"))
