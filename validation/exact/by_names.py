"""The exact posterior of data and a model by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pplcompare.models.beta_binomial import DEFAULT_FAMILY
from pplcompare.models.datasets import DataLike, load
from pplcompare.models.model_choice import ModelLike, chosen_model
from pplcompare.models.prior_text import PriorsLike
from pplcompare.validation.exact.exact import ExactPosterior, exact_posterior


def exact(
    data: DataLike,
    model: ModelLike = DEFAULT_FAMILY,
    priors: PriorsLike = (),
    *,
    columns: Mapping[str, str] | None = None,
    by: str | Sequence[str] = (),
) -> ExactPosterior:
    """Return the exact posterior of a model, given data.

    Parameters
    ----------
    data
        What `load` takes: the name of a data set, a path, group -> (trials, successes), a data frame, or counts.
    model
        The name of a family, the path of a TOML file, or a model.
    priors
        Priors in place of the model's, for example ``{"alpha": pc.Gamma(16, 9)}``, ``"alpha=Gamma(16, 9)"`` or a list
        of such texts.
    columns, by
        As of `load`, where data are a table.

    Raises
    ------
    DataError, SpecificationError
        If the data or the model cannot be used.
    UnsupportedModel, ImproperPosterior, AccuracyError
        As `exact_posterior`.
    """
    return exact_posterior(chosen_model(model, priors), load(data, columns, by))
