"""What a file of draws is that cannot be read here, told by its first bytes, with what makes a readable one of it."""

from __future__ import annotations

import re
from typing import Final

HEAD: Final = 4096
"""How many bytes are looked at."""

_FROM_ARRAYS: Final = 'arviz_base.from_dict({"posterior": {name: array (chain, draw[, group])}}).to_netcdf("draws.nc")'
_FROM_CMDSTAN: Final = 'cmdstanpy.from_csv(FILES).draws_xr().to_netcdf("draws.nc", engine="h5netcdf")'
_STACKED: Final = (
    'JSON {"posterior": {name: [[draws of chain 1], [draws of chain 2], ...]}}, with groups (chain, draw, group)'
)

# The first pattern that a file begins with -> what it is, and what mends it.
_FOREIGN: Final = (
    (
        rb"CDF[\x01\x02\x05]",
        "NetCDF 3, not 4",
        'write it by xarray.open_dataset(FILE, engine="scipy").to_netcdf("draws.nc", engine="h5netcdf")',
    ),
    (rb"PK\x03\x04.{26}[^\x00]*\.npy", "NumPy's npz", f"write it by {_FROM_ARRAYS}"),
    (rb"PK\x03\x04", "a zip archive, as posteriordb's draws are", f"unpack it and write {_STACKED}"),
    (rb"\x93NUMPY", "an array of NumPy, without names", f"write it by {_FROM_ARRAYS}"),
    (rb"\x80[\x02-\x05]", "a pickle, which could execute anything", f"write its arrays by {_FROM_ARRAYS}"),
    (rb"\x1f\x8b|RDX[23]\n", "compressed, as R's files are", "write JSON from R: see pplcompare check --help"),
    (rb"PAR1|ARROW1|FEA1", "a table as Parquet or Feather", f"write its arrays by {_FROM_ARRAYS}"),
    (
        rb"(?:#[^\n]*\n)*(?:# *(?:stan_version|model *=)|(?:[^\n]*,)?lp__,)",
        "CmdStan's CSV",
        f"write the files of all chains by {_FROM_CMDSTAN}",
    ),
    (rb"(?:\xef\xbb\xbf)?\s*\[\s*\{", "a list of chains, as posteriordb's draws are", f"write {_STACKED}"),
)


def foreign(head: bytes) -> tuple[str, str] | None:
    """Return what a file is that begins so and what mends it, None if it may be one that can be read."""
    for pattern, what, mend in _FOREIGN:
        if re.match(pattern, head, re.DOTALL):
            return what, mend
    return None
