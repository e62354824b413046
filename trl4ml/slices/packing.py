"""Several integer or float columns as one 64-bit integer key, in the same order; never a float."""

from collections.abc import Sequence

import numpy as np

from trl4ml.slices.arrays import Array

MOST = 2**62


def packed(columns: Sequence[Array]) -> Array:
    """One key per row; equal keys are equal rows, and keys sort as the rows do.

    Mixed radix; before the product of the radices would leave 62 bits the key so far is replaced
    by its rank, which keeps it exact. NaN sorts last.
    """
    key = np.zeros(len(columns[0]), np.int64)
    size = 1
    for column in columns:
        codes, radix = _ranked(column)
        if size * radix > MOST:
            key, size = _ranked(key, compress=True)
        key = key * radix + codes
        size *= radix
    return key


def _ranked(column: Array, compress: bool = False) -> tuple[Array, int]:
    if not len(column):
        return column.astype(np.int64), 1
    if column.dtype.kind in "iub" and not compress:
        least = int(column.min())
        return column.astype(np.int64) - least, int(column.max()) - least + 1
    values, ranks = np.unique(column, return_inverse=True)
    return ranks.astype(np.int64), len(values)
