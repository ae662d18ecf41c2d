"""Write the draws of one fit in every format, each by the library whose format it is.

    uv run python -m tests.validation.draws_fixtures

The fit is Stan's of `campaigns`, independent: four chains of 500 draws after as many of a warm-up, made twice with one
seed, once with 18 digits and without the warm-up, once with 6 digits and with it. ArviZ of the earlier generation runs
in an environment of its own.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

import arviz_base
import numpy as np
from cmdstanpy import CmdStanModel
from numpy.typing import NDArray
from pplcompare.backends.stan_toolchain.stan_executable import stan_executable
from pplcompare.validation.target.target import target

FOLDER: Final = Path(__file__).parent / "data" / "draws"
ARVIZ_0: Final = """
import arviz, numpy, sys
posterior = dict(numpy.load(sys.argv[1]))
found = arviz.from_dict(posterior=posterior, dims={"rate": ["group"]}, coords={"group": ["A", "B"]})
found.to_netcdf(sys.argv[2])
"""


def main() -> None:
    """Write all files anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    program, data = target("campaigns", "independent").stan()
    model = CmdStanModel(exe_file=stan_executable(program))
    _sampled(model, data, "cmdstan", sig_figs=18)
    _sampled(model, data, "cmdstan_warmup", sig_figs=6, save_warmup=True)
    rate = _rates(FOLDER / "cmdstan")
    np.savez_compressed(FOLDER / "draws.npz", rate=rate)
    flat: dict[str, Any] = {f"rate[{name}]": rate[:, :, i] for i, name in enumerate("AB")}
    np.savez_compressed(FOLDER / "flat.npz", **flat)
    tree = arviz_base.from_dict({"posterior": {"rate": rate}}, dims={"rate": ["group"]}, coords={"group": ["A", "B"]})
    tree.to_netcdf(FOLDER / "arviz_1.nc", engine="h5netcdf")
    # Of that age, attributes that are lists of words do not exist.
    tree["posterior"].to_dataset().drop_attrs().to_netcdf(FOLDER / "netcdf3.nc", engine="scipy")
    _by_arviz_0()
    chains = [{f"rate[{i + 1}]": chain[:, i].tolist() for i in range(rate.shape[2])} for chain in rate]
    with zipfile.ZipFile(FOLDER / "posteriordb.json.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("posteriordb.json", json.dumps(chains))


def _sampled(model: CmdStanModel, data: dict[str, object], name: str, **options: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fit = model.sample(
            data, seed=20, iter_warmup=500, iter_sampling=500, show_progress=False, output_dir=folder, **options
        )
        (FOLDER / name).mkdir()
        for number, file in enumerate(fit.runset.csv_files, 1):
            # Where it was made is nobody's concern.
            text = re.sub(r"(?m)^# file = .*\n", "", Path(file).read_text())
            text = re.sub(r"model_\w+_model", "campaigns_model", text)
            (FOLDER / name / f"campaigns_{number}.csv").write_text(text)


def _rates(folder: Path) -> NDArray[np.float64]:
    """Return (chain, draw, group), read by nothing of ours."""
    tables = [
        np.genfromtxt(_plain(file), delimiter=",", names=True, deletechars="") for file in sorted(folder.iterdir())
    ]
    return np.stack([np.stack([table["rate.1"], table["rate.2"]], axis=-1) for table in tables])


def _plain(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if not line.startswith("#")]


def _by_arviz_0() -> None:
    environment = ["uv", "run", "--isolated", "--no-project", "--with", "arviz<1", "--with", "netCDF4", "python"]
    files = [str(FOLDER / "draws.npz"), str(FOLDER / "arviz_0.nc")]
    subprocess.run([*environment, "-c", ARVIZ_0, *files], check=True)


if __name__ == "__main__":
    main()
