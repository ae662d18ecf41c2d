"""A model in a library's own form, with the data in place, for people who sample it themselves."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from pplcompare.backends.jax_target import jax_target
from pplcompare.backends.registry import load_backend
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


@runtime_checkable
class NativeModel(Protocol):
    """A backend that hands out the model as its library's users write it, which none has to.

    Its density is that of `Program.log_density`, and its variables have the structure's names, but for those that the
    library reserves.
    """

    def native_model(self, structure: Structure, inputs: Inputs) -> object:
        """Return what the library's own functions take.

        Returns
        -------
        object
            For PyMC a `pymc.Model`; for NumPyro the pair of the model function and the tuple of its arguments; for
            Stan the pair of the program's text and its data, as cmdstanpy takes them.

        Raises
        ------
        BackendUnavailable
            If the library is needed for it and is not there, or stands in 32 bits.
        UnsupportedModel
            If the library cannot express the structure or take the inputs.
        """
        ...


def native_model(name: str, structure: Structure, inputs: Inputs) -> object:
    """Return the model in the form of a library.

    Parameters
    ----------
    name
        ``jax``, for the function that `jax_target` returns, or a backend.

    Raises
    ------
    UsageError
        If no backend has this name.
    BackendUnavailable
        If the library is missing, or stands in 32 bits.
    UnsupportedModel
        If the backend has no form of its own to give, or its library cannot take this model.
    """
    if name == "jax":
        return jax_target(structure, inputs)
    backend = load_backend(name)
    if not isinstance(backend, NativeModel):
        raise UnsupportedModel("has no form of the model for use outside", where=name)
    return backend.native_model(structure, inputs)
