"""Which rows of a data set each worker owns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import BadDataError


def shard_rows(
    rows: int, workers: int, draw: np.random.Generator, sort_by: NDArray[Any] | None = None
) -> list[NDArray[np.int64]]:
    """``rows`` numbers cut into ``workers`` parts of nearly equal size: at random, or sorted by ``sort_by`` [rows].

    Sorted parts are as different from one another as the data allow; ties are in random order. Raises BadDataError.
    """
    if rows < workers:
        raise BadDataError(f"{rows} rows cannot be shared by {workers} workers; give more data")
    order = draw.permutation(rows)
    if sort_by is not None:
        order = order[np.argsort(sort_by[order], kind="stable")]
    return [np.asarray(part, dtype=np.int64) for part in np.array_split(order, workers)]
