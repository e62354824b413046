"""Every slice that is large enough, each once, without ever looking at the rest.

An item is a level of an attribute; a slice is a set of items of distinct attributes. Items are
taken in ascending order of their rows. All slices whose first item is the same form a group: only
the cells under that item are kept, packed into words, and two slices that differ in their last
item alone join by one AND (Zaki 2000, IEEE TKDE 12:372, in blocks instead of one at a time).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trl4ml.slices.search.tally import WORD, Bits, Layout, Places, Tally, packed

Totals = NDArray[np.float64]
Keep = Callable[[Totals], NDArray[np.bool_]]

BLOCK = 1 << 20  # bytes of bit rows in one block


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The large enough items in ascending order of their rows: (attribute, level) of each."""

    attribute: Places
    level: Places


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Slices of one length from one group, sorted by prefix and then last item.

    `items` is (slices, length), `parent` the place of each slice's prefix among all slices one
    item shorter, `bits` (slices, words) the columns of `cells` under each; -1 there is padding.
    """

    items: Places
    parent: Places
    totals: Totals
    bits: Bits
    layout: Layout
    cells: Places

    @property
    def length(self) -> int:
        return int(self.items.shape[1])


class Walk:
    """The slices of `codes` (attributes, cells) that `keep` keeps, by what `tally` counts.

    `keep` gets (slices, classes) and must never refuse a slice and keep one inside it. It is
    asked again before a slice is extended, so it may become stricter meanwhile.
    """

    def __init__(self, codes: NDArray[np.integer], tally: Tally, keep: Keep) -> None:
        self.codes, self.tally, self.keep = codes, tally, keep
        self.sizes = [int(row.max()) + 1 if row.size else 0 for row in codes]
        self.all = tally.layout(np.arange(len(tally.cells)))
        self.found = [1]
        self.items, self._first = self._level_one()

    def blocks(self, depth: int | None = None) -> Iterator[Block]:
        """The single items in one block, then longer slices, group by group, depth first."""
        depth = len(self.codes) if depth is None else depth
        self.found = [1] + [0] * (depth + 1)
        yield self._numbered(self._first, np.zeros(len(self._first.items), np.intp))
        if depth < 2:
            return
        for first in range(len(self._first.items) - 1):
            if self.keep(self._first.totals[first : first + 1])[0]:
                block = self._pairs(first)
                yield self._numbered(block, np.full(len(block.items), first))
                yield from self._longer(block, self.found[2] - len(block.items), depth)

    def _numbered(self, block: Block, parent: Places) -> Block:
        self.found[block.length] += len(block.items)
        return Block(block.items, parent, block.totals, block.bits, block.layout, block.cells)

    def _level_one(self) -> tuple[Items, Block]:
        attribute = np.repeat(np.arange(len(self.codes)), self.sizes)
        level = np.concatenate([*map(np.arange, self.sizes), np.zeros(0, np.intp)])
        bits = self._under(self.all, attribute, level)
        totals = self.all.totals(bits)
        kept = np.flatnonzero(self.keep(totals))
        kept = kept[np.argsort(self.tally.rows(totals[kept]), kind="stable")]
        items = Items(attribute[kept], level[kept])
        cells = _cells(self.all, self.tally)
        alone = np.arange(len(kept))[:, None]
        return items, Block(alone, alone[:, 0], totals[kept], bits[kept], self.all, cells)

    def _under(self, layout: Layout, attribute: Places, level: Places) -> Bits:
        """The bit rows of some items over the columns of a layout."""
        cells = _cells(layout, self.tally)
        padding = np.flatnonzero(cells < 0)
        bits = np.empty((len(attribute), len(cells) // WORD), np.uint64)
        step = max(1, 8 * BLOCK // max(1, len(cells)))
        for a in np.unique(attribute):
            mine, codes = np.flatnonzero(attribute == a), self.codes[a][cells]
            for at in range(0, len(mine), step):
                some = mine[at : at + step]
                rows = codes == level[some, None].astype(codes.dtype)
                rows[:, padding] = False
                bits[some] = packed(rows)
        return bits

    def _pairs(self, first: int) -> Block:
        items = self.items
        later = np.arange(first + 1, len(items.attribute))
        later = later[items.attribute[later] != items.attribute[first]]
        under = self.codes[items.attribute[first]][self.tally.cells] == items.level[first]
        layout = self.tally.layout(np.flatnonzero(under))
        bits = self._under(layout, items.attribute[later], items.level[later])
        totals = layout.totals(bits)
        kept = self.keep(totals)
        pairs = np.column_stack([np.full(len(later), first), later])[kept]
        parent = np.zeros(len(pairs), np.intp)
        return Block(pairs, parent, totals[kept], bits[kept], layout, _cells(layout, self.tally))

    def _longer(self, block: Block, start: int, depth: int) -> Iterator[Block]:
        """The slices below a block whose first slice is number `start` of its length."""
        if block.length == depth:
            return
        for left, right in self._joins(block):
            longer = self._joined(block, left, right)
            if many := len(longer.items):
                yield self._numbered(longer, longer.parent + start)
                yield from self._longer(longer, self.found[longer.length] - many, depth)

    def _joined(self, block: Block, left: Places, right: Places) -> Block:
        bits = block.bits[left]
        bits &= block.bits[right]
        totals = block.layout.totals(bits)
        kept = self.keep(totals)
        items = np.column_stack([block.items[left], block.items[right, -1]])[kept]
        return Block(items, left[kept], totals[kept], bits[kept], block.layout, block.cells)

    def _joins(self, block: Block) -> Iterator[tuple[Places, Places]]:
        """Pairs of siblings of distinct attributes, in blocks that never part siblings."""
        open_ = np.flatnonzero(self.keep(block.totals))
        if len(open_) < 2:
            return
        prefix = block.parent[open_]
        many = np.searchsorted(prefix, prefix, side="right") - np.arange(len(open_)) - 1
        before = np.cumsum(many) - many
        step = max(1, BLOCK // max(1, block.bits[:1].nbytes))
        cut = np.append(np.flatnonzero(np.diff(before // step)) + 1, len(open_))
        at = 0
        for stop in cut:
            left = np.repeat(np.arange(at, stop), many[at:stop])
            right = np.arange(len(left)) - (before[left] - before[at]) + left + 1
            left, right, at = open_[left], open_[right], stop
            attribute = self.items.attribute
            apart = attribute[block.items[left, -1]] != attribute[block.items[right, -1]]
            if apart.any():
                yield left[apart], right[apart]


def _cells(layout: Layout, tally: Tally) -> Places:
    cells = np.full(len(layout.columns), -1, np.intp)
    real = layout.columns >= 0
    cells[real] = tally.cells[layout.columns[real]]
    return cells
