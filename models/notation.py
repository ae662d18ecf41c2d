"""A model in statistical notation, as plain text."""

from __future__ import annotations

from pplcompare.models.spec import Model
from pplcompare.models.structure import Input, Item, Observed


def notation(model: Model) -> str:
    """Return a line for each item, ``rate[group] ~ Beta(alpha, beta)``, and what the arguments are called."""
    subscripted = {item.name: _subscripted(item) for item in model.items}
    width = max(map(len, subscripted.values()))
    lines: list[str] = []
    arguments: dict[str, str] = {}
    for item in model.items:
        left = subscripted[item.name].ljust(width)
        if isinstance(item, Input):
            lines.append(f"{left}    given")
            continue
        kind = type(item.distribution)
        arguments[kind.__name__] = f"{kind.__name__}({', '.join(item.distribution.arguments)})"
        right = str(
            item.distribution.replace({k: subscripted.get(str(v), v) for k, v in item.distribution.arguments.items()})
        )
        lines.append(f"{left}  ~ {right}" + ("    observed" if isinstance(item, Observed) else ""))
    return "\n".join([*lines, "", f"Arguments: {', '.join(arguments.values())}", ""])


def _subscripted(item: Item) -> str:
    return item.name if item.plate is None else f"{item.name}[{item.plate}]"
