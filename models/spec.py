"""The specification: inputs and variables in order, each variable with a distribution and perhaps a plate.

That is all: no expression graph, no tracing, no backend in sight. What is invalid cannot be built; what is built
cannot change. Numbers are data: `Model.structure` has a named scalar input in place of each number, and `Model.bind`
gives their values, so that one compiled structure serves every data set and every prior constant.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping
from functools import cached_property
from itertools import count
from types import MappingProxyType
from typing import Any, Final

from pplcompare.models.counts import Counts
from pplcompare.models.distribution import Data, Distribution
from pplcompare.models.errors import SpecificationError
from pplcompare.models.inputs import Inputs
from pplcompare.models.interval import Interval
from pplcompare.models.structure import Input, Item, Observed, Structure, Variable

__all__ = ["Input", "Model", "Observed", "Structure", "Variable"]

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?<!__)")


class Model:
    """A named, ordered collection of inputs, variables and observations.

    Parameters
    ----------
    name
        How people call it; no computation depends on it.
    items
        `Input`, `Variable` and `Observed`, each after the names that it refers to.

    Raises
    ------
    SpecificationError
        For an unknown or later reference, a duplicate or unusable name, an argument that may leave its domain,
        a plate variable that feeds something outside its plate, or an observation that is not a count.
    """

    def __init__(self, name: str, *items: Item) -> None:
        self.name: Final = name
        self.items: Final = items
        for item in items:
            if not isinstance(item, Input | Variable | Observed):
                raise SpecificationError("not an Input, Variable or Observed", where=name, seen=item)
        supports: dict[str, Interval] = {}
        seen: dict[str, Item] = {}
        for item in items:
            _check_name(item.name, seen)
            if isinstance(item, Input):
                if item.plate is None:
                    raise SpecificationError(
                        "an input needs a plate", where=item.name, mend="write a number where it is used"
                    )
            else:
                supports[item.name] = _check(item, seen, supports)
            seen[item.name] = item
        if not any(isinstance(item, Variable) for item in items):
            raise SpecificationError("a model needs a variable", where=name)
        for plate in dict.fromkeys(item.plate for item in items if item.plate is not None):
            _check_name(plate, seen)

    @classmethod
    def of(cls, structure: Structure, constants: Mapping[str, float], name: str = "model") -> Model:
        """Return the model that has this structure and these numbers."""
        items: list[Item] = [item for item in structure.inputs if item.plate is not None]
        for item in structure.random:
            arguments = {
                argument: constants.get(str(value), value) for argument, value in item.distribution.arguments.items()
            }
            items.append(dataclasses.replace(item, distribution=item.distribution.replace(arguments)))
        return cls(name, *items)

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__ or name not in ("name", "items"):
            raise AttributeError(f"a Model cannot be changed: {name}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Model cannot be changed: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.items == other.items

    def __hash__(self) -> int:
        return hash(self.items)

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {', '.join(map(repr, self.items))})"

    def _repr_html_(self) -> str:
        from pplcompare.models.graph.graph_svg import graph_svg
        from pplcompare.models.mathematics import mathematics_html

        model: Any = self
        return mathematics_html(model) + graph_svg(model)

    @cached_property
    def structure(self) -> Structure:
        """The model with an input named ``<variable>_<argument>`` in place of each number."""
        return self._split[0]

    @property
    def constants(self) -> Mapping[str, float]:
        """The numbers that `structure` left out, by the names that it gave them."""
        return MappingProxyType(self._split[1])

    @cached_property
    def _split(self) -> tuple[Structure, dict[str, float]]:
        inputs = [item for item in self.items if isinstance(item, Input)]
        variables: list[Variable] = []
        observed: list[Observed] = []
        constants: dict[str, float] = {}
        taken = {item.name for item in self.items}
        for item in self.items:
            if isinstance(item, Input):
                continue
            names: dict[str, float | str] = {}
            for argument, value in item.distribution.arguments.items():
                names[argument] = value if isinstance(value, str) else free_name(f"{item.name}_{argument}", taken)
                if not isinstance(value, str):
                    constants[str(names[argument])] = value
                    inputs.append(Input(str(names[argument])))
            distribution = item.distribution.replace(names)
            if isinstance(item, Variable):
                variables.append(Variable(item.name, distribution, item.plate))
            else:
                observed.append(Observed(item.name, distribution, item.plate))
        return Structure(tuple(inputs), tuple(variables), tuple(observed)), constants

    def bind(self, counts: Counts) -> Inputs:
        """Return the numbers of this model and the counts under the names that the structure expects.

        Raises
        ------
        SpecificationError
            If the model is not one observed Binomial or BetaBinomial on one plate, whose trials are an input.
        """
        structure = self.structure
        if len(structure.observed) != 1:
            raise SpecificationError(
                "counts can be bound to exactly one observed Binomial or BetaBinomial", where=self.name
            )
        observed = structure.observed[0]
        plate, trials = observed.plate, observed.distribution.arguments["trials"]
        others = [item.name for item in structure.inputs if item.plate is not None and item.name != trials]
        if plate is None or structure.plates != (plate,) or others:
            raise SpecificationError(
                "counts can be bound to one plate with one input",
                where=self.name,
                seen=(*structure.plates, *others),
            )
        return Inputs(
            constants=dict(self.constants),
            counts={str(trials): counts.trials},
            observed={observed.name: counts.successes},
            groups=counts.groups,
            plate=plate,
        )


def _check_name(name: str, seen: Mapping[str, Item]) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SpecificationError(
            "names are ASCII letters, digits and underscores, start with a letter and do not end with __",
            where="model",
            seen=name,
        )
    if name in seen:
        raise SpecificationError("two items have the same name", where="model", seen=name)


def _check(item: Variable | Observed, seen: Mapping[str, Item], supports: Mapping[str, Interval]) -> Interval:
    """Return the support as far as numbers tell; refuse a distribution that cannot be."""
    distribution = item.distribution
    if not isinstance(distribution, Distribution):
        raise SpecificationError("a distribution is needed", where=item.name, seen=distribution)
    values: list[float] = []
    for argument, value in distribution.arguments.items():
        where = f"{item.name}: {type(distribution).__name__} {argument}"
        if isinstance(value, str):
            _check_reference(where, value, item.plate, distribution.domains[argument], seen, supports)
        values.append(math.nan if isinstance(value, str) else value)
    support = distribution.support(values)
    counts = any(isinstance(domain, Data) for domain in distribution.domains.values())
    if isinstance(item, Observed) != counts:
        raise SpecificationError(
            "observations are counts, variables are not", where=item.name, seen=type(distribution).__name__
        )
    if not counts and (math.isnan(support.low) or math.isnan(support.high)):
        raise SpecificationError("the ends of a support must be numbers", where=item.name, seen=str(distribution))
    return support


def _check_reference(
    where: str,
    name: str,
    plate: str | None,
    domain: Interval | Data,
    seen: Mapping[str, Item],
    supports: Mapping[str, Interval],
) -> None:
    target = seen.get(name)
    if target is None:
        close = difflib.get_close_matches(name, seen, n=1)
        mend = f"did you mean {close[0]}?" if close else f"it must come earlier; there are: {', '.join(seen) or 'none'}"
        raise SpecificationError("unknown name", where=where, seen=name, mend=mend)
    if isinstance(target, Observed):
        raise SpecificationError("an observation cannot be an argument", where=where, seen=name)
    if isinstance(target, Input) != isinstance(domain, Data):
        needed = "an Input of counts" if isinstance(domain, Data) else "a number or a variable"
        raise SpecificationError(f"must be {needed}", where=where, seen=name)
    if target.plate not in (None, plate):
        raise SpecificationError(f"lives on plate {target.plate}, its user does not", where=where, seen=name)
    if isinstance(domain, Interval) and not domain.contains(supports[name]):
        raise SpecificationError(
            f"must be within {domain}, but {name} may be anywhere in {supports[name]}", where=where, seen=name
        )


def free_name(name: str, taken: set[str]) -> str:
    """Return `name`, numbered if it is taken, and take it: a trailing double underscore is Stan's own."""
    free = name if name not in taken else next(f"{name}_{i}" for i in count(2) if f"{name}_{i}" not in taken)
    taken.add(free)
    return free
