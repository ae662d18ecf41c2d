"""What is invalid cannot be built; what is built cannot change."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from pplcompare.models.beta_binomial import FAMILIES, hierarchical
from pplcompare.models.distributions import Beta, Binomial, Gamma, PowerLaw, Uniform
from pplcompare.models.errors import SpecificationError
from pplcompare.models.spec import Input, Model, Observed, Variable

from tests.reference.fixtures import FIXTURES, Fixture

TRIALS = Input("trials", plate="group")
RATE = Variable("rate", Beta(2.5, 7.25), plate="group")
SUCCESSES = Observed("successes", Binomial("trials", "rate"), plate="group")


def model(*items: Any) -> Model:
    return Model("m", *items)


def named(name: Any) -> Callable[[], Model]:
    return lambda: model(Variable(name, Beta(2, 5)))


REFUSED: list[tuple[str, Callable[[], Model], str]] = [
    ("no items", lambda: model(), "m: a model needs a variable"),
    ("inputs only", lambda: model(TRIALS), "m: a model needs a variable"),
    ("not an item", lambda: model("rate"), "m: not an Input, Variable or Observed, got 'rate'"),
    ("a distribution for an item", lambda: model(Beta(2, 5)), "not an Input, Variable or Observed, got Beta("),
    ("not a distribution", lambda: model(Variable("rate", 3)), "rate: a distribution is needed, got 3"),  # type: ignore[arg-type]
    ("a class", lambda: model(Variable("rate", Beta)), "rate: a distribution is needed"),  # type: ignore[arg-type]
    ("input without plate", lambda: model(Input("n"), RATE), "n: an input needs a plate; write a number where it is"),
    ("unknown", lambda: model(Variable("b", Beta("alhpa", 2))), "b: Beta alpha: unknown name, got 'alhpa'"),
    (
        "misspelt",
        lambda: model(Variable("alpha", Gamma(2, 3)), Variable("b", Beta("alhpa", 2))),
        "did you mean alpha?",
    ),
    (
        "later",
        lambda: model(Variable("b", Beta("a", 2)), Variable("a", Gamma(2, 3))),
        "unknown name, got 'a'; it must come earlier; there are: none",
    ),
    ("itself", lambda: model(Variable("a", Gamma("a", 3))), "unknown name, got 'a'"),
    ("duplicate variable", lambda: model(RATE, RATE), "model: two items have the same name, got 'rate'"),
    ("duplicate of an input", lambda: model(TRIALS, Variable("trials", Beta(2, 5))), "the same name, got 'trials'"),
    (
        "duplicate of an observation",
        lambda: model(TRIALS, RATE, SUCCESSES, Variable("successes", Beta(2, 5))),
        "the same name, got 'successes'",
    ),
    ("plate called as an item", lambda: model(Variable("a", Beta(2, 5), plate="a")), "the same name, got 'a'"),
    ("plate not a name", lambda: model(Variable("a", Beta(2, 5), plate="my group")), "got 'my group'"),
    ("plate not a string", lambda: model(Variable("a", Beta(2, 5), plate=3)), "got 3"),  # type: ignore[arg-type]
    ("plate empty", lambda: model(Variable("a", Beta(2, 5), plate="")), "got ''"),
    (
        "shape may be negative",
        lambda: model(Variable("a", Uniform(-1, 1)), Variable("b", Beta("a", 2))),
        "b: Beta alpha: must be within (0, inf), but a may be anywhere in (-1, 1), got 'a'",
    ),
    (
        "mean may be over one",
        lambda: model(TRIALS, Variable("p", Gamma(2, 3)), Observed("k", Binomial("trials", "p"), plate="group")),
        "k: Binomial probability: must be within (0, 1), but p may be anywhere in (0, inf)",
    ),
    (
        "ends of a support that vary",
        lambda: model(Variable("a", Beta(2, 5)), Variable("u", Uniform(0, "a"))),
        "u: the ends of a support must be numbers, got 'Uniform(0, a)'",
    ),
    (
        "trials from a variable",
        lambda: model(RATE, Observed("k", Binomial("rate", "rate"), plate="group")),
        "k: Binomial trials: must be an Input of counts, got 'rate'",
    ),
    (
        "probability from an input",
        lambda: model(TRIALS, RATE, Observed("k", Binomial("trials", "trials"), plate="group")),
        "k: Binomial probability: must be a number or a variable, got 'trials'",
    ),
    (
        "prior argument from an input",
        lambda: model(TRIALS, Variable("a", Gamma("trials", 3), plate="group")),
        "a number or",
    ),
    (
        "observation as an argument",
        lambda: model(TRIALS, RATE, SUCCESSES, Variable("z", Beta("successes", 2), plate="group")),
        "z: Beta alpha: an observation cannot be an argument, got 'successes'",
    ),
    ("plate left", lambda: model(RATE, Variable("z", Gamma("rate", 2))), "lives on plate group, its user does not"),
    (
        "another plate",
        lambda: model(TRIALS, RATE, Observed("k", Binomial("trials", "rate"), plate="shop")),
        "k: Binomial trials: lives on plate group, its user does not, got 'trials'",
    ),
    (
        "a variable that is a count",
        lambda: model(TRIALS, RATE, Variable("k", Binomial("trials", "rate"), plate="group")),
        "k: observations are counts, variables are not, got 'Binomial'",
    ),
    ("an observed prior", lambda: model(RATE, Observed("z", Beta(2, 5))), "z: observations are counts"),
]


@pytest.mark.parametrize(("build", "words"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_an_invalid_model_cannot_be_built(build: Callable[[], Model], words: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        build()
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "name",
    ["", "2a", "_a", "a b", "a-b", "lp__", "a.b", "é", "α", "a\n", "a;drop", "$(touch x)", None, 3, b"a"],
    ids=ascii,
)
def test_names_are_plain_identifiers(name: Any) -> None:
    with pytest.raises(SpecificationError, match="names are ASCII letters, digits and underscores"):
        named(name)()


@pytest.mark.parametrize("name", ["a", "A1", "alpha_", "real", "target", "lambda", "class", "x" * 200])
def test_any_plain_identifier_is_a_name(name: str) -> None:
    assert named(name)().structure.variables[0].name == name


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_families_are_valid(family: Callable[[], Model]) -> None:
    assert family().structure.plates == ("group",)


def test_a_bounded_variable_may_feed_what_contains_its_support() -> None:
    built = model(
        Variable("mean", Uniform(0.05, 0.9)), Variable("a", Gamma("mean", 3)), Variable("b", Beta("a", "mean"))
    )
    assert [variable.name for variable in built.structure.variables] == ["mean", "a", "b"]


def test_a_model_cannot_be_changed() -> None:
    built = hierarchical()
    for name in ("name", "items", "structure", "constants", "anything"):
        with pytest.raises(AttributeError):
            setattr(built, name, ())
        with pytest.raises(AttributeError):
            delattr(built, name)
    with pytest.raises(TypeError):
        built.constants["alpha_shape"] = 1.0  # type: ignore[index]
    with pytest.raises(AttributeError):
        built.items[0].name = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        built.structure.variables[0].distribution.shape = 3  # type: ignore[attr-defined]
    assert built.constants["alpha_shape"] == 16


def test_models_are_equal_by_what_they_say_not_by_what_they_are_called() -> None:
    assert Model("a", RATE) == Model("b", RATE)
    assert hash(Model("a", RATE)) == hash(Model("b", RATE))
    assert hierarchical() == hierarchical(Gamma(16.0, 9.0))
    assert hierarchical() != hierarchical(Gamma(16, 9.5))
    assert hierarchical() != "hierarchical"
    assert len({hierarchical(), hierarchical(Gamma(16, 9)), hierarchical(Gamma(16, 9.5))}) == 2


@pytest.mark.parametrize("make", FIXTURES, ids=lambda make: make.__name__)
def test_a_model_can_be_copied_and_sent(make: Callable[[], Fixture]) -> None:
    built = make().model
    for other in (built, copy.copy(built), copy.deepcopy(built), pickle.loads(pickle.dumps(built))):
        assert other == built
        assert other.structure == built.structure
        assert other.constants == built.constants


def test_a_model_shows_its_items() -> None:
    shown = repr(Model("m", RATE))
    assert shown == f"Model('m', {RATE!r})"
    assert "Beta(alpha=2.5, beta=7.25)" in shown


def test_an_improper_prior_is_a_valid_specification() -> None:
    built = model(Variable("c", PowerLaw(1.5)), Variable("r", Beta("c", 2)))
    assert built.constants == {"c_exponent": 1.5, "r_beta": 2.0}
