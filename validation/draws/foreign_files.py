"""What a file of draws is that cannot be read here, told by its first bytes, with what makes a readable one of it."""

from __future__ import annotations

import re
from typing import Final

_FROM_ARRAYS: Final = 'arviz_base.from_dict({"posterior": {name: array (chain, draw[, group])}}).to_netcdf("draws.nc")'

# The first pattern that a file begins with -> what it is, and what mends it.
_FOREIGN: Final = (
    (
        rb"CDF\x05",
        "NetCDF 3 of 64-bit sizes (CDF-5)",
        "write it as NetCDF 4: nccopy -k nc4 FILE draws.nc",
    ),
    (rb"\x93NUMPY", "an array of NumPy, without names", f"write it by {_FROM_ARRAYS}"),
    (rb"\x80[\x02-\x05]", "a pickle, which could execute anything", f"write its arrays by {_FROM_ARRAYS}"),
    (
        rb"\x1f\x8b|RDX[23]\n",
        "compressed, as R's files are",
        "in R: fit$save_output_files(DIR) of cmdstanr, or JSON of arrays (chain, draw[, group]) by name",
    ),
    (rb"PAR1|ARROW1|FEA1", "a table as Parquet or Feather", f"write its arrays by {_FROM_ARRAYS}"),
)


def foreign(head: bytes) -> tuple[str, str] | None:
    """Return what a file is that begins so and what mends it, None if it may be one that can be read."""
    for pattern, what, mend in _FOREIGN:
        if re.match(pattern, head, re.DOTALL):
            return what, mend
    return None
