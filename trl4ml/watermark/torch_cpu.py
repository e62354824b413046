"""PyTorch's CPU generator in NumPy, as far as green lists need it: which tokens come first.

`torch.manual_seed(s)` keeps the lower 32 bits of s in a Mersenne twister, as
`numpy.random.RandomState` does; `torch.randperm(n)` swaps place i with place i + draw % (n - i).
The generators of GPUs differ: text marked on one is not found here.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

LOW = 2**32 - 1


def among_first(seed: int, n: int, first: int, value: int) -> bool:
    """Whether `value` is among the first `first` of torch.randperm(n) after manual_seed(seed)."""
    to = _targets(seed, n, first)
    at = value
    start = 0
    while True:
        if (to[start : min(at, first)] == at).any():
            return True
        if at >= first:
            return False
        if to[at] == at:
            return True
        start, at = at + 1, int(to[at])


def permutation(seed: int, n: int) -> list[int]:
    """torch.randperm(n) after manual_seed(seed)."""
    order = list(range(n))
    for i, j in enumerate(_targets(seed, n, n - 1).tolist()):
        order[i], order[j] = order[j], order[i]
    return order


def _targets(seed: int, n: int, steps: int) -> NDArray[np.int64]:
    """The place that each of the first steps swaps with; the last place swaps with itself."""
    drawn = np.random.RandomState(seed & LOW).randint(0, 2**32, min(steps, n - 1), dtype=np.uint32)
    places = np.arange(len(drawn), dtype=np.int64)
    to = places + drawn.astype(np.int64) % (n - places)
    return to if steps < n else np.append(to, n - 1)


@cache
def kgw_table() -> NDArray[np.int64]:
    """The fixed table of a million integers that the hashes of KGW look tokens up in."""
    return np.array(permutation(2971215073, 1_000_003), dtype=np.int64)
