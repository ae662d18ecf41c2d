"""All pictures of an exact answer, with what is kept of draws over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pplcompare.validation.exact.answer_pictures import counts_picture, difference_picture
from pplcompare.validation.exact.many_groups_pictures import many_groups_pictures
from pplcompare.validation.exact.posterior_pictures import MOST_PANELS, posterior_pictures
from pplcompare.validation.exact.wanted import USUAL, Wanted
from pplcompare.validation.pictures.drawing import Drawing
from pplcompare.validation.pictures.picture import Picture
from pplcompare.validation.pictures.picture_names import picture_stem
from pplcompare.validation.pictures.trace import FitTrace

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior

_HEIGHT: Final = 130.0


def pictures_of_exact(
    exact: ExactPosterior, traces: Sequence[FitTrace] = (), wanted: Wanted = USUAL
) -> tuple[Picture, ...]:
    """Return the pictures of an exact answer, in the order of a report; no library of pictures is needed for them.

    Parameters
    ----------
    traces
        What is kept of the draws of each backend.
    wanted
        The campaigns to come, and the interval.
    """
    stem = picture_stem(exact.model.name)
    difference = tuple(difference_picture(exact, stem, wanted))
    asked = wanted.compared is not None
    return (
        *(difference if asked else ()),
        *many_groups_pictures(exact, stem, wanted),
        *(() if asked else difference),
        *posterior_pictures(exact, stem, traces),
        *counts_picture(exact, stem, traces, wanted),
    )


def pictures_of_models(answers: Mapping[str, ExactPosterior], wanted: Wanted = USUAL) -> tuple[Picture, ...]:
    """Return the pictures of several models of one data set, the last one first; titles begin with the name."""
    if len(answers) == 1:
        return pictures_of_exact(next(iter(answers.values())), (), wanted)
    return tuple(
        replace(picture, title=f"{model}: {picture.title}")
        for model, exact in reversed(list(answers.items()))
        for picture in pictures_of_exact(exact, (), wanted)
    )


def whole_drawing(exact: ExactPosterior) -> Drawing:
    """Return the densities of all unknowns in one drawing; of many groups, all rates in order."""
    if len(exact.counts.groups) > MOST_PANELS:
        return next(many_groups_pictures(exact, "")).drawing
    panels = [panel for picture in posterior_pictures(exact, "") for panel in picture.drawing.panels]
    columns = min(len(panels), 3 if len(panels) != 4 else 2)
    return Drawing.grid(panels, columns, _HEIGHT)
