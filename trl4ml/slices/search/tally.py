"""Counting the rows under many bit rows at once: whole numbers exactly, other sums as floats.

A column of the bit matrix is a cell of the cube, or one binary digit of a cell's count, so that
a cube of a hundred million rows costs no more than its cells.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Places = NDArray[np.intp]

WORD = 64
BUDGET = 1 << 22  # bytes of unpacked bits held at once
PRODUCT = 1 << 18  # multiplications at once: few enough to stay in cache, and on one thread
EXACT_SINGLE = 1 << 24  # whole numbers below this are exact in single precision


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the columns of one group of bit rows lie, in whole words; -1 is padding.

    `weights` is (words, classes) for counts and (bits, channels) for sums.
    """

    columns: Places
    weights: NDArray[np.floating[Any]]
    largest: NDArray[np.float64] | None = None

    def totals(self, bits: Bits) -> NDArray[np.float64]:
        """(rows, classes or channels) of what lies under each row of `bits` (rows, words)."""
        if self.largest is None:
            size, part, width = PRODUCT // max(1, self.weights.size), self._counted, 0
        else:
            size, part, width = BUDGET // max(1, 8 * len(self.columns)), self._summed, 1
        totals = np.empty((len(bits), self.weights.shape[1] + width))
        for at in range(0, len(bits), max(1, size)):
            totals[at : at + max(1, size)] = part(bits[at : at + max(1, size)])
        return totals

    def _counted(self, bits: Bits) -> NDArray[np.floating[Any]]:
        counted = np.bitwise_count(bits).astype(self.weights.dtype)
        return np.asarray(counted @ self.weights)

    def _summed(self, bits: Bits) -> NDArray[np.float64]:
        assert self.largest is not None
        under = unpacked(bits)
        top = np.where(under.any(axis=1), self.largest[under.argmax(axis=1)], 0.0)
        return np.column_stack([under.astype(np.float64) @ self.weights, top])


class Tally(Protocol):
    """What is counted: the cell of each column, and the layout of some of the columns."""

    @property
    def cells(self) -> Places: ...

    def layout(self, chosen: Places) -> Layout: ...

    def rows(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rows of each slice, of what the layout totals."""
        ...


class Counts:
    """Counts (cells, classes) of rows, one bit column for each binary digit that is 1."""

    def __init__(self, counts: NDArray[np.int64]) -> None:
        planes = [
            (c, digit)
            for c in range(counts.shape[1])
            for digit in range(int(counts[:, c].max(initial=0)).bit_length())
        ]
        under = [np.flatnonzero(counts[:, c] >> digit & 1) for c, digit in planes]
        self.cells: Places = np.concatenate([*under, np.zeros(0, np.intp)])
        self._plane = np.repeat(np.arange(len(planes)), [len(u) for u in under])
        precision = np.float32 if counts.sum() < EXACT_SINGLE else np.float64
        self._weights = np.zeros((len(planes), counts.shape[1]), precision)
        for at, (c, digit) in enumerate(planes):
            self._weights[at, c] = 2.0**digit

    def layout(self, chosen: Places) -> Layout:
        """Each plane begins on a word of its own, so that a word has one weight."""
        many = np.bincount(self._plane[chosen], minlength=len(self._weights))
        words = -(-many // WORD)
        begins = np.repeat(np.cumsum(words) - words, many) * WORD
        within = np.arange(len(chosen)) - np.repeat(np.cumsum(many) - many, many)
        columns = np.full(int(words.sum()) * WORD, -1, np.intp)
        columns[begins + within] = chosen
        return Layout(columns, np.repeat(self._weights, words, axis=0))

    def rows(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(totals.sum(axis=1), float)


class Sums:
    """Rows, sum and largest value per cell, of values that are not whole numbers."""

    def __init__(
        self, n: NDArray[np.int64], total: NDArray[np.float64], largest: NDArray[np.float64]
    ) -> None:
        self.cells: Places = np.argsort(-largest, kind="stable")
        self._values = np.column_stack([n, total])[self.cells].astype(np.float64)
        self._largest = largest[self.cells].astype(np.float64)

    def layout(self, chosen: Places) -> Layout:
        """The largest values first: the first bit of a row is its largest value."""
        spare = -len(chosen) % WORD
        columns = np.concatenate([chosen, np.full(spare, -1, np.intp)])
        values = np.concatenate([self._values[chosen], np.zeros((spare, 2))])
        largest = np.concatenate([self._largest[chosen], np.zeros(spare)])
        return Layout(columns, values, largest)

    def rows(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        return totals[:, 0]


def packed(rows: NDArray[np.bool_]) -> Bits:
    """Booleans (rows, a multiple of 64) as words (rows, words), the first column lowest."""
    return np.packbits(rows, axis=1, bitorder="little").view(np.uint64)


def unpacked(bits: Bits) -> NDArray[np.uint8]:
    """Words (rows, words) as zeros and ones (rows, 64 × words)."""
    return np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")
