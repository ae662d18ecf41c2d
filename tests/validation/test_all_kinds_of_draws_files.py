"""Files of draws of all kinds: each is checked, or refused in one line and exit 2, in bounded time, as data alone.

A row of `KINDS` writes a file and says the words that the line must have; `CHECKED` ones are read. Nothing may be made
or altered, and nothing in a file is executed.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import h5netcdf
import h5py
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from pplcompare.validation.draws.memory import BYTES

from tests.validation.test_bad_input import listing
from tests.validation.test_cli import assert_refused, in_process

CHECK: Final = ["check", "campaigns", "--model", "independent", "--quiet", "--draws"]
SECONDS: Final = 10.0
GIBIBYTE: Final = 2**30
CHECKED: Final = ("checked",)
"""What a row says whose file is read: its draws pass, fail or are too few."""


class Kind(NamedTuple):
    write: Callable[[Path], object]
    words: tuple[str, ...]
    name: str = "draws.nc"


class Executed:
    """What would make a file if its pickle were loaded."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return os.mkdir, ("executed",)


def rates(chains: int = 4, draws: int = 400, seed: int = 1) -> NDArray[np.float64]:
    """Right draws of both campaigns: (chain, draw, group)."""
    return np.random.default_rng(seed).beta([21.0, 5.0], [186.0, 12.0], (chains, draws, 2))


def dataset(values: Any = None, dims: tuple[str, ...] = ("chain", "draw", "group"), **coords: Any) -> xr.Dataset:
    return xr.Dataset({"rate": (dims, rates() if values is None else values)}, coords)


def netcdf(*words: str, values: Any = None, inside: str | None = None, **more: Any) -> Kind:
    def write(path: Path) -> None:
        dataset(values, **more).to_netcdf(path, engine="h5netcdf", group=inside)

    return Kind(write, words or CHECKED)


def hdf5(change: Callable[[h5py.File, Path], object], *words: str, plain: bool = False) -> Kind:
    """A right NetCDF file, or an empty HDF5 file, changed."""

    def write(path: Path) -> None:
        if not plain:
            dataset().to_netcdf(path, engine="h5netcdf")
        with h5py.File(path, "a") as file:
            change(file, path)

    return Kind(write, words or CHECKED)


def content(written: bytes | str | Callable[[], bytes], *words: str, name: str = "draws.nc") -> Kind:
    def write(path: Path) -> None:
        found = written() if callable(written) else written
        path.write_bytes(found.encode() if isinstance(found, str) else found)

    return Kind(write, words or CHECKED, name)


def text(value: Any, *words: str) -> Kind:
    return content(value if isinstance(value, str) else json.dumps(value), *words, name="draws.json")


def zarr(meta: Mapping[str, Any], chunk: bytes | Callable[[Path], object] | None, *words: str) -> Kind:
    """A zarr folder of one array and one chunk, as the format says, without its library."""

    def write(path: Path) -> None:
        shape = [4, 400, 2]
        array = {"zarr_format": 2, "shape": shape, "chunks": shape, "dtype": "<f8", "compressor": None}
        (path / "rate").mkdir(parents=True)
        (path / ".zgroup").write_text('{"zarr_format": 2}')
        rest = {"fill_value": 0.0, "order": "C", "filters": None}
        (path / "rate" / ".zarray").write_text(json.dumps({**array, **rest, **meta}))
        (path / "rate" / ".zattrs").write_text('{"_ARRAY_DIMENSIONS": ["chain", "draw", "group"]}')
        if callable(chunk):
            chunk(path / "rate" / "0.0.0")
        elif chunk is not None:
            (path / "rate" / "0.0.0").write_bytes(chunk)

    return Kind(write, words or CHECKED, "draws.zarr")


def named(array: str, link: object) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, path: Path) -> None:
        if array in file:
            del file[array]
        file[array] = link

    return change


def exchanged(file: h5py.File, values: NDArray[Any]) -> None:
    """Other values of the same dimensions."""
    del file["rate"]
    file["rate"] = values
    for place, dim in enumerate(("chain", "draw", "group")):
        file["rate"].dims[place].attach_scale(file[dim])


def elsewhere(file: h5py.File, path: Path) -> None:
    """An array whose values are those of another file."""
    (path.parent / "other").write_bytes(rates().tobytes())
    del file["rate"]
    file.create_dataset("rate", (4, 400, 2), "f8", external=[("other", 0, rates().nbytes)])


def to_a_pipe(file: h5py.File, path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    file["x"] = h5py.ExternalLink("pipe", "/")


def virtual(file: h5py.File, path: Path) -> None:
    layout = h5py.VirtualLayout((4, 400, 2), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "rate", (4, 400, 2))
    del file["rate"]
    file.create_virtual_dataset("rate", layout)


def nested(file: h5py.File, path: Path) -> None:
    group: h5py.Group = file
    for _ in range(3000):
        group = group.create_group("g")


def declared(shape: tuple[int, ...], chunks: tuple[int, ...], name: str = "rate") -> Callable[[h5py.File, Path], None]:
    """A few kilobytes that declare an array of any size, none of which is stored."""

    def change(file: h5py.File, path: Path) -> None:
        if name in file:
            del file[name]
        file.create_dataset(name, shape, "f8", chunks=chunks)

    return change


def beside_gigabytes(path: Path) -> None:
    dataset(chain=range(4), draw=range(400), group=["A", "B"]).to_netcdf(path, engine="h5netcdf", group="posterior")
    with h5netcdf.File(path, "a") as file:
        inner = file.groups["posterior"]
        inner.dimensions["other"] = 10**9
        inner.create_variable("other_variable", ("chain", "other"), "f8", chunks=(1, 1000))


def npz(**arrays: Any) -> bytes:
    stored = io.BytesIO()
    np.savez_compressed(stored, allow_pickle=True, **arrays)
    return stored.getvalue()


def npy(array: Any) -> bytes:
    stored = io.BytesIO()
    np.save(stored, array, allow_pickle=True)
    return stored.getvalue()


def archive() -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("draws.json", b"0" * 10**7)
    return stored.getvalue()


def netcdf3() -> bytes:
    return bytes(dataset().to_netcdf(engine="scipy"))


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        dataset().to_netcdf(path, engine="h5netcdf")
        path.write_bytes(change(path.read_bytes()))

    return write


def scribbled(stored: bytes) -> bytes:
    found = bytearray(stored)
    found[8:600:7] = b"\xff" * len(found[8:600:7])
    return bytes(found)


def linked(path: Path) -> None:
    dataset().to_netcdf(path.with_name("right.nc"), engine="h5netcdf")
    path.symlink_to("right.nc")


UNREADABLE: Final = "cannot be read as NetCDF"
NO_NUMBERS: Final = "needs numbers"

KINDS: Final[dict[str, Kind]] = {
    # Right formats.
    "NetCDF": netcdf(),
    "NetCDF with a group posterior": netcdf(inside="posterior"),
    "NetCDF with names of groups": netcdf(inside="posterior", group=["B", "A"]),
    "NetCDF of float32": netcdf(values=rates().astype("f4")),
    "JSON": text({"rate": rates().tolist()}),
    "JSON under posterior": text({"posterior": {"rate": rates().tolist()}}),
    "JSON with a byte order mark": content(
        b"\xef\xbb\xbf" + json.dumps({"rate": rates().tolist()}).encode(), name="draws.txt"
    ),
    "zarr": zarr({}, rates().tobytes()),
    "a link to a file": Kind(linked, CHECKED),
    "one draw": netcdf(values=rates(1, 1)),
    "three draws": netcdf(values=rates(2, 3)),
    # Right draws beside what is none of ours.
    "beside 30 GB": hdf5(declared((4, 10**9), (1, 1000), "other")),
    "a tree with names of groups beside 30 GB": Kind(beside_gigabytes, CHECKED),
    "beside 3,000 nested groups": hdf5(nested),
    "beside 500 variables": hdf5(lambda file, _: [file.create_dataset(f"v{i}", data=0.0) for i in range(500)]),
    "beside 3,000 variables": hdf5(
        lambda file, _: [file.create_dataset(f"v{i}", data=0.0) for i in range(10_001)], "over 10,000 members"
    ),
    "beside text": hdf5(lambda file, _: file.create_dataset("words", data="x" * 1000)),
    "beside a number of a million digits": text(f'{{"other": {"1" * 10**6}, "rate": {json.dumps(rates().tolist())}}}'),
    "NetCDF 3": content(netcdf3),
    "npz": content(lambda: npz(rate=rates())),
    "npz beside 80 MB": content(lambda: npz(rate=rates(), other=np.zeros(10**7))),
    "npz of flat names": content(lambda: npz(**{f"rate[{i}]": rates()[:, :, i] for i in range(2)})),
    "chains of posteriordb": text([{f"rate[{i + 1}]": rates()[c, :, i].tolist() for i in range(2)} for c in range(4)]),
    "CSV of CmdStan": content("lp__,rate.1,rate.2\n" + "-1,0.1,0.2\n" * 400),
    # Right formats, wrong values: a result, not an error.
    "NaN": netcdf(values=np.full((4, 400, 2), np.nan)),
    "infinite": netcdf(values=np.full((4, 400, 2), np.inf)),
    "constant": netcdf(values=np.full((4, 400, 2), 0.1)),
    "JSON with NaN": text('{"rate": [[[NaN, 0.1], [0.1, 0.2]]]}'),
    "JSON with 1e999999": text('{"rate": [[[1e999999, 0.1], [0.1, 0.2]]]}'),
    "JSON with a million digits": text(f'{{"rate": [[[{"1" * 10**6}, 0.1], [0.1, 0.2]]]}}'),
    # Wrong shapes and types.
    "no variable": netcdf("variable missing", "'rate'", inside="prior"),
    "no draws": netcdf("at least one", values=np.zeros((4, 0, 2))),
    "one group too many": netcdf("needs the shape", "(4, 400, 3)", values=np.zeros((4, 400, 3))),
    "one dimension too few": netcdf("needs the dimensions", values=np.zeros((4, 400)), dims=("chain", "draw")),
    "other groups": netcdf("its groups are not those of the data", "'C'", group=["A", "C"]),
    "100,000 chains": netcdf("over 10,000 chains", "(100000, 2, 2)", values=np.full((100_000, 2, 2), 0.1)),
    "complex": hdf5(lambda file, _: exchanged(file, rates().astype(complex)), NO_NUMBERS),
    "text in place of numbers": netcdf(NO_NUMBERS, values=np.full((4, 4, 2), "x")),
    "booleans": netcdf(NO_NUMBERS, values=np.ones((4, 4, 2), bool)),
    "JSON of text": text({"rate": [[["0.1", "0.2"]]]}, NO_NUMBERS),
    "JSON of true": text({"rate": [[[True, False]]]}, NO_NUMBERS),
    "JSON of null": text({"rate": None}, NO_NUMBERS),
    "JSON of objects": text({"rate": {"x": 1}}, NO_NUMBERS),
    "JSON of unequal lengths": text({"rate": [[[0.1, 0.2], [0.1]]]}, "no array"),
    "JSON that is a list": text([1, 2], "an object of arrays"),
    "JSON that is a number": text("1", "an object of arrays"),
    "JSON cut off": text('{"rate": [[[0.1', "cannot be read as JSON"),
    "JSON with a key twice": text('{"rate": 1, "rate": 2}', "duplicate key"),
    "JSON nested 100,000 deep": text('{"rate": ' + "[" * 100_000, "cannot be read as JSON"),
    "JSON nested 900 deep": text('{"rate": ' + "[" * 900 + "]" * 900 + "}", "rate"),
    "JSON in UTF-16": content('{"rate": 1}'.encode("utf-16"), "cannot be read as JSON", name="draws.json"),
    # Other formats.
    "empty": content(b"", UNREADABLE),
    "text": content("alpha beta\n1 2\n", UNREADABLE),
    "noise": content(bytes(range(256)) * 100, UNREADABLE),
    "CSV of CmdStan with one group": content("lp__,rate.1\n1,2\n", "needs the shape", "(1, 1, 1)"),
    "npz of objects": content(lambda: npz(rate=np.array([Executed()], dtype=object)), "as a zip archive"),
    "npz cut off": content(lambda: npz(rate=rates())[:-10], "as a zip archive"),
    "npz with damaged values": content(lambda: npz(rate=rates()).replace(b"\x00" * 4, b"\x01" * 4), "zip archive"),
    "npy of objects": content(lambda: npy(np.array([Executed()], dtype=object)), "an array of NumPy"),
    "pickle": content(lambda: pickle.dumps(Executed()), "a pickle"),
    "pickle of the first protocol": content(lambda: pickle.dumps(Executed(), protocol=0), UNREADABLE),
    "pickle called JSON": content(lambda: pickle.dumps(Executed(), protocol=0), "as JSON", name="draws.json"),
    "zip of no JSON": content(archive, "cannot be read as JSON"),
    "gzip": content(lambda: gzip.compress(b"0" * 10**7), "compressed"),
    # Damaged ones.
    "cut after the signature": Kind(damaged(lambda stored: stored[:8]), (UNREADABLE,)),
    "cut in the header": Kind(damaged(lambda stored: stored[:500]), (UNREADABLE,)),
    "cut in the middle": Kind(damaged(lambda stored: stored[: len(stored) // 2]), (UNREADABLE,)),
    "cut at the end": Kind(damaged(lambda stored: stored[:-1]), (UNREADABLE,)),
    "scribbled over": Kind(damaged(scribbled), (UNREADABLE,)),
    # Data that would lead elsewhere.
    "an external link for draws": hdf5(named("rate", h5py.ExternalLink("other.h5", "/rate")), "a link", "'rate'"),
    "an external link to a pipe": hdf5(to_a_pipe, "a link", "'x'"),
    "an external link for posterior": hdf5(
        named("posterior", h5py.ExternalLink("other.h5", "/")), "a link", "'posterior'"
    ),
    "a soft link": hdf5(named("rate", h5py.SoftLink("/group")), "a link", "'rate'"),
    "a soft link to itself": hdf5(named("rate", h5py.SoftLink("/rate")), "a link", "'rate'"),
    "values in another file": hdf5(elsewhere, "its values lie in another file", "'rate'"),
    "values of a virtual array": hdf5(virtual, "its values lie in another file", "'rate'"),
    "a zarr chunk that is a link": zarr({}, lambda path: path.symlink_to("/etc/passwd"), "holds a link"),
    "a zarr chunk that is a pipe": zarr({}, lambda path: os.mkfifo(path), "a pipe"),
    "a zarr folder with a pickle": zarr(
        {"filters": [{"id": "pickle", "protocol": 5}]}, pickle.dumps(Executed()), "a pickle"
    ),
    "a pipe": Kind(os.mkfifo, ("not a file",)),
    "a device": Kind(lambda path: path.symlink_to("/dev/zero"), ("not a file",)),
    "a link to itself": Kind(lambda path: path.symlink_to(path), ("no such file",)),
    "a folder": Kind(Path.mkdir, (UNREADABLE,)),
    # Sizes that are only declared.
    "45 GB declared": hdf5(declared((4, 700_000_000, 2), (1, 1000, 2)), "declares over 256 MiB", "(4, 700000000, 2)"),
    "a chunk of 3 GB declared": hdf5(
        lambda file, _: (
            file.pop("rate"),
            file.create_dataset("rate", (4, 4, 2), "f8", chunks=(700, 700, 700), maxshape=(None,) * 3),
        ),
        "declares over 256 MiB",
    ),
    "nothing but 3,000 nested groups": hdf5(nested, "variable missing", plain=True),
    "45 GB declared by zarr": zarr(
        {"shape": [4, 700_000_000, 2], "chunks": [1, 1000, 2]}, None, "declares over 256 MiB"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_read_or_refused_in_one_line_as_data_alone(kind: str, folder: Path) -> None:
    write, words, name = KINDS[kind]
    if name.endswith(".zarr"):
        pytest.importorskip("zarr")
    write(folder / name)
    before, start = listing(folder), time.process_time()
    result = in_process(*CHECK, name)
    assert time.process_time() - start < SECONDS
    if words == CHECKED:
        assert result.returncode in (0, 1, 6), result.stderr
        assert result.stderr == ""
        assert "independent" in result.stdout
    else:
        assert_refused(result, [*words])
    assert listing(folder) == before


class Used(NamedTuple):
    code: int
    errors: str
    peak: int
    """Bytes."""


MEASURED: Final = """
import resource, subprocess, sys
print(subprocess.run(sys.argv[1:]).returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def in_a_process(*arguments: str) -> Used:
    """Run a command and say how much memory it took at most.

    A small process starts it: what this one has held would count as the command's.
    """
    command = [sys.executable, "-m", "pplcompare.validation.cli", *arguments]
    found = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=True)
    code, peak = map(int, found.stdout.splitlines()[-1].split())
    return Used(code, found.stderr, peak * (1 if sys.platform == "darwin" else 1024))


def zeros(number: int, compressed: Any) -> bytes:
    """Return so many compressed megabytes of zeros, made a megabyte at a time."""
    return b"".join([*(compressed.compress(bytes(2**20)) for _ in range(number)), compressed.flush()])


def hdf5_bomb(path: Path) -> None:
    """A chunk of 25 kB that unpacks to 3 GiB."""
    dataset().to_netcdf(path, engine="h5netcdf", encoding={"rate": {"zlib": True, "chunksizes": (4, 400, 2)}})
    with h5py.File(path, "a") as file:
        file["rate"].id.write_direct_chunk((0, 0, 0), zeros(3 * 1024, zlib.compressobj(1)))


def zarr_bomb(path: Path) -> None:
    packed = zeros(3 * 1024, zlib.compressobj(1, zlib.DEFLATED, 31))
    zarr({"compressor": {"id": "gzip", "level": 1}}, packed).write(path)


def json_of_lists(path: Path) -> None:
    """Text of 60 MB that is lists of 1.5 GB."""
    path.write_text('{"rate": [' + ",".join(["[]"] * 20_000_000) + "]}")


BOMBS: Final = {
    "JSON": Kind(json_of_lists, ("cannot be read as JSON", "MemoryError"), "draws.json"),
    "HDF5": Kind(hdf5_bomb, (UNREADABLE,)),
    "zarr": Kind(zarr_bomb, (UNREADABLE,), "draws.zarr"),
}


@pytest.mark.nightly(
    twin="tests/validation/test_all_kinds_of_draws_files.py::test_what_cannot_be_allocated_is_refused_in_one_line"
)
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_unpacks_to_gigabytes_is_refused_in_one_gibibyte(bomb: str, folder: Path) -> None:
    write, words, name = BOMBS[bomb]
    write(folder / name)
    before = listing(folder)
    found = in_a_process(*CHECK, name)
    assert found.code == 2, found
    (line,) = found.errors.splitlines()
    assert all(word in line for word in words)
    if sys.platform == "linux":  # elsewhere nothing keeps allocations within a limit
        assert found.peak < GIBIBYTE
    assert listing(folder) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps allocations within a limit")
def test_what_cannot_be_allocated_is_refused_in_one_line(folder: Path) -> None:
    """The limit is set in a process that has freed nothing: what it freed it could use again."""
    assert BYTES <= GIBIBYTE * 3 // 4
    less = "from pplcompare.validation.draws import memory; memory.BYTES = 2**24"
    command = [sys.executable, "-c", f"{less}; from pplcompare.validation.cli import main; main()", *CHECK]
    (folder / "draws.json").write_text('{"rate": [' + ",".join(["[0]"] * 300_000) + "]}")
    found = subprocess.run([*command, "draws.json"], capture_output=True, text=True, check=False)
    assert_refused(found, ["cannot be read as JSON", "MemoryError"])
    (folder / "right.json").write_text(json.dumps({"rate": rates().tolist()}))
    assert in_process(*CHECK, "right.json").returncode in (0, 6)
