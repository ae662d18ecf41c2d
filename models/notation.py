"""A model in statistical notation, as plain text."""

from __future__ import annotations

from typing import Final

from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item, Observed


def notation(model: Model) -> str:
    """Return a line for each item, ``rate[group] ~ Beta(alpha, beta)``, and what the arguments are called."""
    subscripted = {item.name: _subscripted(item) for item in model.items}
    width = max(map(len, subscripted.values()))
    lines: list[str] = []
    for item in model.items:
        left = subscripted[item.name].ljust(width)
        if isinstance(item, Input):
            lines.append(f"{left}    given")
            continue
        right = str(
            item.distribution.replace({k: subscripted.get(str(v), v) for k, v in item.distribution.arguments.items()})
        )
        lines.append(f"{left}  ~ {right}" + ("    observed" if isinstance(item, Observed) else ""))
    return "\n".join([*lines, "", f"Arguments: {', '.join(argument_names(model))}", ""])


def argument_names(model: Model) -> list[str]:
    """Return each distribution of a model with what its arguments are called, ``Gamma(shape, rate)``."""
    distributions = (item.distribution for item in model.items if not isinstance(item, Input))
    return list(dict.fromkeys(f"{type(one).__name__}({', '.join(one.arguments)})" for one in distributions))


_GREEK: Final = {
    **dict(zip(("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"), "αβγδεζηθ", strict=True)),
    **dict(zip(("iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho"), "ικλμνξπρ", strict=True)),
    **dict(zip(("sigma", "tau", "phi", "chi", "psi", "omega"), "στφχψω", strict=True)),
}


def symbol(name: str) -> str:
    """Return a name as it is written in formulas: a Greek letter, if it is called like one."""
    return _GREEK.get(name, name)


def _subscripted(item: Item) -> str:
    return item.name if item.plate is None else f"{item.name}[{item.plate}]"
