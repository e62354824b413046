"""Small tables to search, and the searches done slowly, straight from the definitions."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st

from trl4ml.slices.search.leaves import Leaves

Items = tuple[tuple[int, int], ...]
Table = dict[Items, tuple[int, ...]]


@st.composite
def leaves(draw: st.DrawFn, most: int = 6) -> Leaves:
    """Up to five attributes of up to four levels, unique cells, counts from 0 to `most`."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    every = list(product(*map(range, sizes)))
    cells = sorted(draw(st.lists(st.sampled_from(every), min_size=1, max_size=40, unique=True)))
    count = st.tuples(*[st.integers(0, most)] * 3).filter(any)
    counts = [draw(count) for _ in cells]
    return Leaves(
        tuple(f"a{i}" for i in range(len(sizes))),
        tuple(tuple(f"l{j}" for j in range(size)) for size in sizes),
        np.ascontiguousarray(np.array(cells, np.uint8).T),
        np.array(counts, np.int64),
    )


def every_slice(table: Leaves, support: int, depth: int | None = None) -> Table:
    """All slices of at least `support` rows with their counts, by trying every one."""
    attributes = range(len(table.names))
    found: Table = {}
    for length in range(1, (depth or len(table.names)) + 1):
        for chosen in combinations(attributes, length):
            for levels in product(*(range(len(table.levels[a])) for a in chosen)):
                items = tuple(zip(chosen, levels, strict=True))
                counts = table.counts[table.under(items)].sum(axis=0)
                if counts.sum() >= support:
                    found[items] = tuple(map(int, counts))
    return found


def sliceline_score(n: int, total: int, size: int, errors: int, alpha: Fraction) -> Fraction:
    return alpha * (Fraction(errors * n, size * total) - 1) - (1 - alpha) * (Fraction(n, size) - 1)


def noise(n: int, seed: int, rates: tuple[float, ...] = (0.15,)) -> Leaves:
    """Five columns of three levels; outcomes depend on the first column alone, or on none."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 3, (5, n)).astype(np.uint8)
    wrong = rng.random(n) < np.resize(rates, 3)[codes[0]]
    counts = np.column_stack([wrong, ~wrong, np.zeros(n)]).astype(np.int64)
    return Leaves(tuple("abcde"), (("0", "1", "2"),) * 5, codes, counts)
