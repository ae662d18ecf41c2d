"""A structure as a Stan program that simulates: from the prior, or given draws of its parameters."""

from __future__ import annotations

from typing import Final

from pplcompare.backends.prediction import new_name
from pplcompare.backends.stan_program import DISTRIBUTIONS, identifiers, stan_program
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure, Variable

OUT: Final = " out"
"""After a name: what is generated under it."""
# No item has a name with a blank.
FROM_PRIOR: Final = "whether from the prior"
_ELEMENT: Final = "index of an element"


def names_of(structure: Structure) -> dict[str, str]:
    """Return Stan's identifiers: those of the sampling program, and of all that is generated or given besides."""
    names = identifiers(structure)
    taken = set(names.values())
    wanted = {FROM_PRIOR: "is_prior", "size of new": "size_new", _ELEMENT: "i"}
    wanted |= {item.name + OUT: f"{names[item.name]}_out" for item in structure.random}
    plated = [item for item in (*structure.inputs, *structure.random) if item.plate is not None]
    wanted |= {new_name(item.name): f"{names[item.name]}_new" for item in plated}
    for key, identifier in wanted.items():
        while identifier in taken:
            identifier += "v"
        taken.add(identifier)
        names[key] = identifier
    return names


def columns(structure: Structure, inputs: Inputs, suffix: str) -> list[str]:
    """Return the names of all variables in Stan's order, as its CSV files write them."""
    names, found = names_of(structure), []
    for variable in structure.variables:
        name = names[variable.name + suffix]
        size = None if variable.plate is None else inputs.sizes[variable.plate]
        found += [name] if size is None else [f"{name}.{index}" for index in range(1, size + 1)]
    return found


def simulation_program(structure: Structure) -> str:
    """Return the program: the parameters of the sampling one, no model, everything else in generated quantities."""
    names = names_of(structure)
    blocks = stan_program(structure).split("model {\n")[0]
    extra = [f"int<lower=0, upper=1> {names[FROM_PRIOR]};", f"int<lower=0> {names['size of new']};"]
    extra += [
        f"array[{names['size of new']}] int<lower=0> {names[new_name(item.name)]};"
        for item in structure.inputs
        if item.plate is not None
    ]
    head, _, parameters = blocks.partition("}\n")
    lines = _generated(structure, names, OUT) + _generated(structure, names, "")
    body = "".join(f"  {line}\n" for line in lines)
    data = "".join(f"  {line}\n" for line in extra)
    return f"{head}{data}}}\n{parameters}generated quantities {{\n{body}}}\n"


def _generated(structure: Structure, names: dict[str, str], suffix: str) -> list[str]:
    """Return the statements for everything (`OUT`), or for what a new group has of its own."""
    lines, element = [], names[_ELEMENT]
    plated = {item.name for item in (*structure.inputs, *structure.random) if item.plate is not None}
    for item in structure.random:
        if not suffix and item.plate is None:
            continue
        name = names[item.name + OUT] if suffix else names[new_name(item.name)]
        size = names[f"size of {item.plate}"] if suffix and item.plate is not None else names["size of new"]
        entry, given = DISTRIBUTIONS[type(item.distribution).__name__], item.distribution.arguments
        words = {}
        for argument, value in given.items():
            source = str(value)
            known = names.get(source + OUT, names[source])
            if not suffix and source in plated:
                known = names[new_name(source)]
            words[argument] = f"{known}[{element}]" if source in plated else known
        drawn = entry.draw.format(**words)
        if isinstance(item, Variable):
            own = names[item.name] + (f"[{element}]" if item.plate else "")
            if not item.distribution.proper:  # nothing can be drawn; asking for it is refused before
                drawn = own if suffix else "not_a_number()"
            elif suffix:
                drawn = f"{names[FROM_PRIOR]} ? {drawn} : {own}"
        kind = "real" if isinstance(item, Variable) else "int"
        if item.plate is None:
            lines.append(f"{kind} {name} = {drawn};")
        else:
            lines += [f"array[{size}] {kind} {name};", f"for ({element} in 1:{size}) {name}[{element}] = {drawn};"]
    return lines
