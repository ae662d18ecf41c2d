"""A count to come as bars, with both parts of its variance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from pplcompare.validation.pictures.drawing import Panel
from pplcompare.validation.pictures.marks import Bars, Mark, Spans

if TYPE_CHECKING:
    from pplcompare.validation.exact.quadrature.law import Predictive

_MOST_BARS: Final = 60
_ENDS: Final = np.array([0.001, 0.999])
_ROOM: Final = 1.45
# Where both parts stand, in units of the highest bar.
_PARTS: Final = (1.34, 1.2)
_NAMES: Final = ("mean ± epistemic sd", "mean ± aleatoric sd")
_COLOURS: Final = ("blue", "orange")


def count_bins(predictive: Predictive) -> NDArray[np.int64]:
    """Return the first count of each bar, and the one after the last bar: at most sixty bars of equal width.

    A thousandth at either end may be beyond the first and the last one.

    Raises
    ------
    AccuracyError
        If the probability of a count could not be certified.
    """
    first, last = predictive.quantile(_ENDS).tolist()
    width = -(-(last - first + 1) // _MOST_BARS)
    return np.arange(first, last + width + 1, width)


def bar_words(bins: NDArray[np.int64]) -> str:
    """Return how many counts a bar stands for where that is more than one; else nothing."""
    width = int(bins[1] - bins[0])
    return f"each bar: {width:,} counts" if width > 1 else ""


def counts_panel(title: str, predictive: Predictive, x_label: str, drawn: tuple[Mark, ...] = ()) -> Panel:
    """Return the probabilities of a count to come, and by how much each part alone would make it vary.

    Where a bar stands for more than one count, its name and the label say so.

    Parameters
    ----------
    drawn
        What is drawn over the bars.

    Raises
    ------
    AccuracyError
        If the probability of a count could not be certified.
    """
    bins = count_bins(predictive)
    width = int(bins[1] - bins[0])
    probability = np.diff(predictive.cdf(bins - 1))
    top = float(probability.max())
    bars = Bars(
        f"exact probability of {width:,} counts" if width > 1 else "exact probability",
        "shade",
        centres(bins),
        (0.0,) * probability.size,
        tuple(probability.tolist()),
        0.85 * width,
        outline="prior",
    )
    mean, parts = predictive.mean, (predictive.epistemic, predictive.aleatoric)
    marks: list[Mark] = [bars, *drawn]
    for name, colour, height, variance in zip(_NAMES, _COLOURS, _PARTS, parts, strict=True):
        sd = float(np.sqrt(variance))
        marks.append(Spans(name, colour, (height * top,), (mean - sd,), (mean + sd,), 3.0))
    ends = float(bins[0]) - 0.5, float(bins[-1]) - 0.5
    label = ", ".join(filter(None, (x_label, bar_words(bins))))
    return Panel(title, tuple(marks), ends, (0.0, _ROOM * top), label, whole_x=True)


def centres(bins: NDArray[np.int64]) -> tuple[float, ...]:
    """Return the middle of each bar."""
    return tuple(((bins[:-1] + bins[1:] - 1) / 2.0).tolist())
