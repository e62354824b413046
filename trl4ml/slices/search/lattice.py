"""All large enough slices with their counts, each linked to the slices one item shorter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.errors import Refused
from trl4ml.slices.search.tally import Counts, Places
from trl4ml.slices.search.walk import Items, Totals, Walk

LIMIT = 10_000_000

Found = tuple[NDArray[np.integer], NDArray[np.int32], NDArray[np.int32]]


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Slices in order of length, then prefix, then last item; number 0 is all rows.

    `counts` is (slices, classes), `prefix` the number of the slice without its last item, `last`
    that item's place in `items`, and `begins[d]` the number of the first slice of length d.
    """

    items: Items
    counts: NDArray[np.int64]
    prefix: NDArray[np.int32]
    last: NDArray[np.int32]
    begins: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def depth(self) -> int:
        return len(self.begins) - 2

    def lengths(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(self.depth + 1), np.diff(self.begins))

    def path(self, slice_: int) -> tuple[int, ...]:
        """The items of one slice, as places in `items`, ascending."""
        found: list[int] = []
        while slice_:
            found.append(int(self.last[slice_]))
            slice_ = int(self.prefix[slice_])
        return tuple(reversed(found))

    def paths(self, length: int) -> Places:
        """The items of all slices of one length, (slices, length)."""
        at: NDArray[np.integer] = np.arange(*self.begins[length : length + 2])
        paths = np.zeros((len(at), length), np.intp)
        for place in reversed(range(length)):
            paths[:, place], at = self.last[at], self.prefix[at]
        return paths

    def find(self, prefix: Places | np.intp, last: Places | np.intp, length: int) -> Places:
        """The numbers of the slices of one length with these prefixes and last items; all exist."""
        low, high = self.begins[length : length + 2]
        items = len(self.items.attribute)
        keys = self.prefix[low:high].astype(np.int64) * items + self.last[low:high]
        return low + np.searchsorted(keys, np.asarray(prefix, np.int64) * items + last)

    def number(self, items: Iterable[tuple[int, int]]) -> int:
        """The slice of these (attribute, level) items, which is large enough."""
        pairs = zip(self.items.attribute.tolist(), self.items.level.tolist(), strict=True)
        place = {pair: i for i, pair in enumerate(pairs)}
        found = 0
        for length, last in enumerate(sorted(place[item] for item in items), 1):
            found = int(self.find(np.intp(found), np.intp(last), length))
        return found

    def shorter(self) -> Iterator[tuple[slice, Places]]:
        """For each length from 1: its slices, and (slices, length) the slice without each item."""
        before = np.zeros((1, 0), np.intp)
        for length in range(1, self.depth + 1):
            here = slice(*self.begins[length : length + 2])
            prefix, last = self.prefix[here].astype(np.intp), self.last[here].astype(np.intp)
            of_prefix = before[prefix - self.begins[length - 1]]
            found = self.find(of_prefix, last[:, None], length - 1) if length > 1 else of_prefix
            before = np.column_stack([found, prefix])
            yield here, before

    def subsets(self, slice_: int) -> NDArray[np.int64]:
        """The numbers of all 2^d slices around one of length d; bit i of the place is item i."""
        found = np.zeros(1, np.int64)
        for item in self.path(slice_):
            sizes = np.bitwise_count(np.arange(len(found)))
            longer = [
                int(self.find(f, np.int64(item), s + 1)) for f, s in zip(found, sizes, strict=True)
            ]
            found = np.concatenate([found, np.array(longer, np.int64)])
        return found


def lattice(
    codes: NDArray[np.integer], counts: NDArray[np.int64], support: int, depth: int | None
) -> Lattice:
    """All slices of at least `support` rows and at most `depth` items.

    `codes` is (attributes, cells), `counts` (cells, classes); a slice's rows are the sum over the
    classes. Refused when there are more than ten million.
    """

    def large(totals: Totals) -> NDArray[np.bool_]:
        kept: NDArray[np.bool_] = totals.sum(axis=1) >= support
        return kept

    walk = Walk(codes, Counts(counts), large)
    depth = len(codes) if depth is None else min(depth, len(codes))
    whole = np.int32 if counts.sum() < 2**31 else np.int64
    found: list[list[Found]] = [[] for _ in range(depth + 1)]
    for block in walk.blocks(depth):
        parent, last = block.parent.astype(np.int32), block.items[:, -1].astype(np.int32)
        found[block.length].append((block.totals.astype(whole), parent, last))
        if sum(walk.found) > LIMIT:
            raise Refused(
                f"more than {LIMIT:,} slices have at least {support:,} rows; "
                "raise the support or lower the levels"
            )
    return _joined(walk.items, counts, [level for level in found if level])


def _joined(items: Items, counts: NDArray[np.int64], levels: list[list[Found]]) -> Lattice:
    """What was found becomes one lattice, and is let go piece by piece."""
    many = [1, *(sum(len(totals) for totals, _, _ in level) for level in levels)]
    begins = np.concatenate([[0], np.cumsum(many)])
    out = np.empty((begins[-1], counts.shape[1]), np.int64)
    prefix, last = np.zeros(begins[-1], np.int32), np.full(begins[-1], -1, np.int32)
    out[0], at = counts.sum(axis=0), 1
    for length, level in enumerate(levels, 1):
        while level:
            totals, parent, item = level.pop(0)
            to = slice(at, at := at + len(totals))
            out[to], last[to] = totals, item
            prefix[to] = parent + begins[length - 1] if length > 1 else 0
    return Lattice(items, out, prefix, last, tuple(map(int, begins)))
