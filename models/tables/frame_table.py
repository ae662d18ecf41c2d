"""A table in a data frame of pandas, polars, pyarrow, or another library that narwhals knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import TYPE_CHECKING, Any

import numpy as np
from pplcompare.models.errors import DataError, said
from pplcompare.models.tables.table import MOST_HEAD, Table, WholeColumns

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrame

    type Frame = IntoFrame


def frame_table(data: object) -> Table | None:
    """Return the table in a data frame; None if the data are no data frame.

    Cells are written as a CSV file would have them, so that they mean the same. A named index of pandas is a column.

    Raises
    ------
    DataError
        If the rows of a data frame are named by an index that has no name itself.
    """
    # narwhals takes a fifth of a second, and most data are files.
    import narwhals.stable.v2 as nw
    from narwhals.exceptions import NarwhalsError

    name = f"{type(data).__module__.split('.')[0]}.{type(data).__name__}"
    try:
        frame = nw.from_native(data, pass_through=True)
    except NarwhalsError as error:
        mend = "columns need names of their own, and its library must be installed"
        raise DataError(f"no data frame that can be read, {said(error)}", where=name, mend=mend) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        return None
    if not frame.columns:
        raise DataError("no columns", where=name, mend="needs names of groups, trials and successes")
    frame = _with_index(name, frame)
    labels = tuple(map(str, frame.columns))
    header = tuple(map(str.strip, labels))

    def read(places: Sequence[int]) -> WholeColumns:
        return WholeColumns({each: _text(frame[:, each]) for each in places}, place)

    def place(row: int, column: int) -> str:
        return f"{name}, row {row} (from 0), column {header[column]}"

    first = frame.head(MOST_HEAD)
    head = list(zip(*(_text(first[:, each]) for each in range(len(header))), strict=True))
    return Table(name, header, head, read, of_frame=True, labels=labels)


def _with_index(name: str, frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return a frame of pandas with its named indices as columns, any other as it is."""
    import narwhals.stable.v2 as nw

    index = nw.maybe_get_index(frame)
    if index is None:
        return frame
    native: Any = frame.to_native()
    if names := [each for each in index.names if each is not None]:
        dropped = [level for level, each in enumerate(index.names) if each is None]
        kept = native.droplevel(dropped) if dropped else native
        if repeated := [each for each in names if each in list(frame.columns)]:
            mend = "drop one of them: reset_index(drop=True)"
            raise DataError("an index and a column have one name", where=name, seen=repeated[0], mend=mend)
        return nw.from_native(kept.reset_index(), eager_only=True)
    if all(isinstance(each, str) for each in index) and len(index):
        mend = 'name it, rename_axis("group"), or drop it, reset_index(drop=True)'
        raise DataError("an index without a name", where=name, seen=index[0], mend=mend)
    return frame


def _text(column: nw.Series[Any]) -> list[str]:
    """Return the cells of a column as a CSV file has them; what is missing is blank."""
    import narwhals.stable.v2 as nw

    values, missing = column.to_list(), column.is_null().to_list()
    if column.dtype == nw.Float32:
        # The shortest digits that mean this number are fewer than those of its double.
        values = [each if none else np.float32(each) for each, none in zip(values, missing, strict=True)]
    if column.dtype.is_float():
        missing = [none or bool(each != each) for each, none in zip(values, missing, strict=True)]
    if column.dtype == nw.Datetime and all(
        none or each.time() == time(0) for each, none in zip(values, missing, strict=True)
    ):
        values = [None if none else each.date() for each, none in zip(values, missing, strict=True)]
    return ["" if none else str(each) for each, none in zip(values, missing, strict=True)]
