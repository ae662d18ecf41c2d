"""Files of draws of other kinds, and files that declare too much: refused by their cause before they are read."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from pplcompare.models.errors import DataError
from pplcompare.validation.draws.draws_file import read_draws

from tests.validation.test_cli import assert_refused, in_process

NAMES = ("alpha", "beta", "rate")


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_draws(str(path), NAMES)
    message = str(caught.value)
    assert message.isprintable()
    assert "--draws" in message
    return message


def dataset() -> xr.Dataset:
    shapes = {"alpha": (4, 10), "beta": (4, 10), "rate": (4, 10, 2)}
    values = {name: np.arange(float(np.prod(shape))).reshape(shape) for name, shape in shapes.items()}
    dims = ("chain", "draw", "group")
    return xr.Dataset({name: (dims[: v.ndim], v) for name, v in values.items()}, {"group": ["A", "B"]})


def npy(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros((4, 10)))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**9)


def zipped(*names: str, content: str = "[{}]") -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, content)

    return write


def text(content: str | bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


FOREIGN: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "cdf5.nc": (text(b"CDF\x05" + bytes(100)), ["CDF-5", "nccopy -k nc4"]),
    "draws.npy": (npy, ["without names", "arviz_base.from_dict"]),
    "other.zip": (zipped("a.csv", "b.csv"), ["a zip archive of other files", "a.csv, b.csv"]),
    "two.zip": (zipped("a.json", "b.json"), ["one archive holds one file of JSON"]),
    "none.json.zip": (zipped("a.json", content="[1]"), ["an object of arrays"]),
    "uneven.json": (text('[{"rate[1]": [0.1]}, {"rate[2]": [0.1]}]'), ["chain 2", "other names", "rate[1]"]),
    "optimized.csv": (text("# stan_version_major = 2\n# method = optimize\nlp__,rate.1\n-1,2\n"), ["'optimize'"]),
    "cut.csv": (
        text("# model = m\n# num_samples = 1000 (Default)\nlp__,rate.1\n-1,0.2\n-1,0.1\n"),
        ["1,000 draws are announced", "got 2", "wait until the chain is finished"],
    ),
    "torn.csv": (text("# model = m\nlp__,rate.1,rate.2\n-1,0.2,0.1\n-1,0.1\n"), ["draw 2", "3 columns", "got 2"]),
    "words.csv": (text("# model = m\nlp__,rate.1\n-1,x\n"), ["cannot be read as CmdStan's CSV", "'x'"]),
    "latin.csv": (text(b"# model = \xe9\nlp__,rate.1\n-1,1\n"), ["cannot be read as CmdStan's CSV"]),
    "draws.rds": (text(b"\x1f\x8b\x08"), ["as R's files are", "save_output_files"]),
    "draws.parquet": (text(b"PAR1"), ["Parquet", "arviz_base.from_dict"]),
    "draws.pkl": (lambda path: path.write_bytes(pickle.dumps([1])), ["a pickle", "arviz_base.from_dict"]),
    "fifo.nc": (os.mkfifo, ["not a file"]),
    "twice.json": (text('{"alpha": [[1]], "alpha": [[2]]}'), ["cannot be read as JSON: duplicate key 'alpha'"]),
    "deep.json": (text('{"alpha": ' + "[" * 100_000), ["cannot be read as JSON"]),
    "long.json": (sparse, ["over 100 MB", "1000000000"]),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind_is_told_by_its_content_with_what_mends_it(name: str, tmp_path: Path) -> None:
    write, words = FOREIGN[name]
    for path in (tmp_path / name, tmp_path / ("draws" + ".json" * name.endswith(".json"))):
        write(path)
        message = refusal(path)
        for word in words:
            assert word in message


def test_json_is_known_by_its_content_and_its_long_numbers_are_read_in_time(tmp_path: Path) -> None:
    path = tmp_path / "draws.txt"
    path.write_text('\ufeff{"alpha": [[1, ' + "9" * 100_000 + "]]}", encoding="utf-8")
    assert np.asarray(read_draws(str(path), NAMES).draws["alpha"]).tolist() == [[1.0, np.inf]]


def declare(file: h5py.File, name: str, length: int) -> None:
    """Declare an array (chain, long) of which nothing is stored."""
    posterior = file["posterior"]
    scale = posterior.create_dataset("long", (length,), "f8", chunks=(1000,))
    scale.make_scale("long")
    values = posterior.create_dataset(name, (4, length), "f8", chunks=(1, 1000))
    for axis, each in enumerate((posterior["chain"], scale)):
        values.dims[axis].attach_scale(each)


def draws_without_alpha(path: Path) -> None:
    labels = {"chain": range(4), "draw": range(10)}
    dataset().drop_vars("alpha").assign_coords(labels).to_netcdf(path, engine="h5netcdf", group="posterior")


def test_what_a_small_file_declares_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "draws.nc"
    draws_without_alpha(path)
    with h5py.File(path, "a") as file:
        declare(file, "alpha", 150_000_000)
    assert path.stat().st_size < 50_000
    assert "long: declares over 256 MiB, got '1.12 GiB in the shape (150000000,)'" in refusal(path)
    result = in_process("check", "campaigns", "--model", "hierarchical", "--draws", str(path), "--quiet")
    assert_refused(result, ["declares over 256 MiB", "keep every tenth draw"])


def test_a_chunk_that_is_larger_than_its_array_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "draws.nc"
    draws_without_alpha(path)
    with h5py.File(path, "a") as file:
        chunks = {"chunks": (2**15, 2**12), "maxshape": (None, None)}
        alpha = file["posterior"].create_dataset("alpha", (4, 10), "f8", **chunks)
        for axis, dim in enumerate(("chain", "draw")):
            alpha.dims[axis].attach_scale(file["posterior"][dim])
    assert "alpha: declares over 256 MiB, got '1 GiB in the shape (4, 10)'" in refusal(path)


def test_right_draws_beside_a_huge_variable_are_read(tmp_path: Path) -> None:
    path = tmp_path / "draws.nc"
    draws_without_alpha(path)
    with h5py.File(path, "a") as file:
        declare(file, "log_lik", 600_000_000)
    found = read_draws(str(path), NAMES).draws
    assert sorted(map(str, found)) == ["beta", "rate"]
    assert np.array_equal(found["rate"], dataset()["rate"])


@pytest.mark.parametrize("nested", [True, False])
def test_thousands_of_groups_are_passed_by(nested: bool, tmp_path: Path) -> None:
    path = tmp_path / "draws.nc"
    dataset().to_netcdf(path, engine="h5netcdf", group="posterior")
    with h5py.File(path, "a") as file:
        group = file["posterior"]
        for i in range(3000):
            inner = group.create_group(f"g{i}")
            group = inner if nested else group
    assert np.array_equal(read_draws(str(path), NAMES).draws["rate"], dataset()["rate"])


class Touch:
    """What a pickle can do: it makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._path,)


@pytest.mark.parametrize("codec", [{"compressor": {"id": "pickle"}}, {"filters": [{"id": "pickle"}]}], ids=str)
def test_a_zarr_folder_that_names_pickle_as_its_codec_executes_nothing(
    codec: dict[str, object], tmp_path: Path
) -> None:
    folder, made = tmp_path / "draws.zarr", tmp_path / "made"
    (folder / "alpha").mkdir(parents=True)
    shape = {"zarr_format": 2, "shape": [4, 10], "chunks": [4, 10], "dtype": "<f8", "order": "C", "fill_value": 0.0}
    (folder / ".zgroup").write_text('{"zarr_format": 2}')
    (folder / "alpha" / ".zarray").write_text(json.dumps({"compressor": None, "filters": None, **shape, **codec}))
    (folder / "alpha" / ".zattrs").write_text('{"_ARRAY_DIMENSIONS": ["chain", "draw"]}')
    (folder / "alpha" / "0.0").write_bytes(pickle.dumps(Touch(made)))
    assert "a pickle, which could execute anything" in refusal(folder)
    assert not made.exists()
    pickle.loads((folder / "alpha" / "0.0").read_bytes())
    assert made.exists()


def test_a_zarr_folder_that_declares_too_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    path = tmp_path / "draws.zarr"
    dataset().drop_vars("alpha").to_zarr(path, group="posterior", zarr_format=2, consolidated=False)
    group = zarr.open_group(path / "posterior", zarr_format=2)
    huge = group.create_array("alpha", shape=(4, 300_000_000), chunks=(1, 1000), dtype="f8")
    huge.attrs["_ARRAY_DIMENSIONS"] = ["chain", "long"]
    assert "alpha: declares over 256 MiB" in refusal(path)


def test_an_archive_that_declares_too_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b"0" * (10**8 + 1))
    assert "JSON of over 100 MB" in refusal(tmp_path / "bomb.zip")
    with (
        zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("rate[1].npy", "w") as array,
    ):
        for _ in range(257):
            array.write(bytes(2**20))
    assert "rate[1]: declares over 256 MiB" in refusal(tmp_path / "bomb.npz")
