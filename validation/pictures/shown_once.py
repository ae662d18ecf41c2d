"""A figure that a notebook shows once, where it is the last value of a cell, too."""

from __future__ import annotations

from typing import NoReturn

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure


class FigureShownOnce(Figure):
    """A figure of pyplot, of which notebooks show all that are open at the end of a cell."""

    def _ipython_display_(self) -> NoReturn:
        """Close the figure when it is shown, as a notebook does with all at the end of a cell, which then has one less.

        Raises
        ------
        NotImplementedError
            Always: by this IPython knows that the figure itself is to be shown as any other one.
        """
        if mpl.get_backend().endswith("inline"):
            plt.close(self)
        raise NotImplementedError
