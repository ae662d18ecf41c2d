"""The style of our pictures, as settings of matplotlib that hold while one is drawn."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pplcompare.models.errors import BackendUnavailable
from pplcompare.validation.pictures.draw_marks import SIZE, light

MISSING: Final = "pictures need matplotlib"
MEND: Final = "pip install 'pplcompare[plot]'"

_STYLE: Final[Mapping[str, object]] = {
    # The same numbers give the same file, and texts stay texts.
    "svg.hashsalt": "pplcompare",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": SIZE,
    # Words of users are no formulas, and powers of ten would be.
    "text.parse_math": False,
    "axes.formatter.use_mathtext": False,
    "axes.formatter.useoffset": False,
    "axes.titlesize": SIZE,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": SIZE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": light("muted"),
    "axes.labelcolor": light("muted"),
    "axes.facecolor": "none",
    "axes.titlecolor": light("ink"),
    "text.color": light("ink"),
    "xtick.color": light("muted"),
    "ytick.color": light("muted"),
    "grid.color": light("hairline"),
    "grid.linewidth": 1.0,
    "figure.facecolor": "none",
    "legend.frameon": False,
}


def matplotlib() -> Any:
    """Return the library of pictures.

    Raises
    ------
    BackendUnavailable
        If it is missing.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise BackendUnavailable(MISSING, mend=MEND) from error
    return mpl


@contextmanager
def style() -> Iterator[None]:
    """Draw as our pictures do, whatever the person's own settings are.

    Settings that change meanwhile are lost at its end: what shows figures is chosen before.

    Raises
    ------
    BackendUnavailable
        If matplotlib is missing.
    """
    mpl = matplotlib()
    with warnings.catch_warnings(), mpl.rc_context():
        # Fonts of a page have characters that the one of matplotlib lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield
