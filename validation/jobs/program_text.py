"""A model with data as text: in statistical notation, as a graph, or as the program of a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pplcompare.backends.protocol import Backend, SourceWriter
from pplcompare.models.counts import Counts
from pplcompare.models.errors import UnsupportedModel, UsageError, did_you_mean
from pplcompare.models.flowchart import flowchart
from pplcompare.models.notation import notation
from pplcompare.models.spec import Model

_NEUTRAL: Final = {"math": notation, "mermaid": flowchart}
_BACKENDS: Final = {"pymc": "pymc", "numpyro": "numpyro", "stan": "stan"}
"""Language -> the backend that writes it."""

LANGUAGES: Final = (*_BACKENDS, *_NEUTRAL)


def program_text(model: Model, counts: Counts, language: str, load: Callable[[str], Backend]) -> str:
    """Return the text; no library is imported and nothing compiled.

    Parameters
    ----------
    language
        One of `LANGUAGES`.
    load
        Gives a backend by name.
    """
    if language in _NEUTRAL:
        return _NEUTRAL[language](model)
    if language not in _BACKENDS:
        raise UsageError("unknown language", where="--as", seen=language, mend=did_you_mean(language, LANGUAGES))
    backend = load(_BACKENDS[language])
    if not isinstance(backend, SourceWriter):
        raise UnsupportedModel("does not show its program without compiling it", where=backend.name)
    return backend.source(model.structure, model.bind(counts))
