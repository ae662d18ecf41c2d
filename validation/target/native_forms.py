"""A target in the forms that other people's libraries take: the same density, names and data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from pplcompare.backends.native_model import native_model
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Structure


class NativeForms:
    """What gives a structure and its numbers to a library.

    Attributes
    ----------
    structure, inputs
        The model without its numbers, and these numbers.
    """

    structure: Structure
    inputs: Inputs

    def jax(self) -> Callable[[Any], Any]:
        """Return `log_density` as a compiled JAX function, for any sampler that JAX can run.

        It may stand inside `jax.jit`, `jax.grad` and `jax.vmap`, and captures its data. It stays finite, with a right
        gradient, where a rate is so near to 0 or 1 that `log_density` is -inf. For example::

            jax.config.update("jax_enable_x64", True)
            density = target.jax()
            jax.vmap(jax.value_and_grad(density))(jax.numpy.zeros((4, target.dimension)))

        Returns
        -------
        x (dimension,) -> scalar
            A function of float64, which raises `UsageError` for an array of another type or shape.

        Raises
        ------
        BackendUnavailable
            If JAX is not installed, or computes in 32 bits.
        """
        return cast(Callable[[Any], Any], native_model("jax", self.structure, self.inputs))

    def stan(self) -> tuple[str, dict[str, object]]:
        """Return the text of a Stan program and its data, which cmdstanpy and BridgeStan take; nothing is compiled.

        The variables have the names of the model, but for names that Stan reserves. All constants are kept. For
        example::

            program, data = target.stan()
            pathlib.Path("model.stan").write_text(program)
            cmdstanpy.CmdStanModel(stan_file="model.stan").sample(data=data)

        Returns
        -------
        (program, data)
            A string, and numbers and lists by name.

        Raises
        ------
        UnsupportedModel
            If a count does not fit into Stan's 32 bits.
        """
        return cast(tuple[str, dict[str, object]], native_model("stan", self.structure, self.inputs))

    def numpyro(self) -> tuple[Callable[..., None], tuple[Any, ...]]:
        """Return a NumPyro model and the arguments that it is run with; its sites have the names of the variables.

        For example::

            model, arguments = target.numpyro()
            mcmc = MCMC(NUTS(model), num_warmup=1000, num_samples=1000)
            mcmc.run(jax.random.PRNGKey(0), *arguments)

        Returns
        -------
        (model, arguments)
            A function, and a tuple whose one element has all numbers and counts by name.

        Raises
        ------
        BackendUnavailable
            If NumPyro is not installed, or JAX computes in 32 bits.
        """
        return cast(tuple[Callable[..., None], tuple[Any, ...]], native_model("numpyro", self.structure, self.inputs))

    def pymc(self) -> Any:
        """Return a `pymc.Model` with the data in place, whose variables and coordinates have the names of the model.

        For example::

            with target.pymc():
                trace = pm.sample()
            nutpie.sample(nutpie.compile_pymc_model(target.pymc()))

        Raises
        ------
        BackendUnavailable
            If PyMC is not installed.
        UnsupportedModel
            If a count does not fit into PyMC's 32 bits.
        """
        return native_model("pymc", self.structure, self.inputs)
