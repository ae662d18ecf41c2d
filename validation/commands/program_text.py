"""A model with data as text: in statistical notation, as a graph, or as the program of a backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pplcompare.backends.protocol import SourceWriter
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UnsupportedModel, UsageError, did_you_mean
from pplcompare.models.flowchart import flowchart
from pplcompare.models.graph.graph_svg import graph_svg, plate_sizes
from pplcompare.models.notation import notation
from pplcompare.models.spec import Model
from pplcompare.validation.study.chosen_backends import Backends

_NEUTRAL: Final[Mapping[str, Callable[[Model, Counts], str]]] = {
    "math": lambda model, _counts: notation(model),
    "mermaid": lambda model, _counts: flowchart(model),
    "svg": lambda model, counts: graph_svg(model, plate_sizes(model, counts)),
}
_OURS: Final = ("pymc", "numpyro", "stan")

LANGUAGES: Final = (*_OURS, *_NEUTRAL)
"""What a model is shown as here; any other backend that writes programs is a language, too."""


def program_text(model: Model, counts: Counts, language: str, backends: Backends) -> str:
    """Return the text; no library is imported and nothing compiled.

    Parameters
    ----------
    language
        One of `LANGUAGES`, or a backend.
    backends
        All that are registered.
    """
    if language in _NEUTRAL:
        return _NEUTRAL[language](model, counts)
    if language not in backends.names:
        raise UsageError("unknown language", where="--as", seen=language, mend=did_you_mean(language, LANGUAGES))
    with backends.open(language) as backend:
        if not isinstance(backend, SourceWriter):
            raise UnsupportedModel("does not show its program without compiling it", where=backend.name)
        return backend.source(model.structure, model.bind(counts))
