"""Exact answers of one data set, from models to entries of a database in posteriordb's format."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from pplcompare.models.counts import Counts
from pplcompare.models.spec import Model
from pplcompare.validation.output.file_names import data_stem
from pplcompare.validation.pack.pack_store import check_free, store_pack
from pplcompare.validation.pack.reference_pack import posterior_name, reference_pack
from pplcompare.validation.target.target import target


def pack_job(data: str, counts: Counts, models: Sequence[Model], folder: Path, seed: int) -> None:
    """Write a reference pack for each model.

    Parameters
    ----------
    data
        The name or the path of the data.
    folder
        The folder of the database.

    Raises
    ------
    UsageError
        If one of the posteriors is there already.
    AccuracyError
        If an exact answer could not be certified.
    """
    targets, stem = [target(counts, model) for model in models], data_stem(data)
    check_free(folder, [posterior_name(each, stem) for each in targets])
    for each in targets:
        store_pack(reference_pack(each, stem, seed, f"pplcompare {version('pplcompare')}"), folder)
