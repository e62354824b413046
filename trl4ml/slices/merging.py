"""Two cubes of two parts of a table, added: the levels of both, and the sums of equal cells."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.attributes import ABOVE, BELOW, MISSING
from trl4ml.slices.cells import Cells, condensed
from trl4ml.slices.errors import Refused
from trl4ml.slices.levels import Axis, ordered


def merged(one: Cells, other: Cells) -> Cells:
    """The cells of both, of the type of the first.

    Raises Refused where the two were not scanned alike.
    """
    if one.ranks is not None or other.ranks is not None:
        raise Refused("cubes of ranked lists cannot be added; scan the lists together")
    same = [a.name for a in one.axes] == [a.name for a in other.axes] and one.roles == other.roles
    alike = (one.bins, one.exact, sorted(one.sums)) == (other.bins, other.exact, sorted(other.sums))
    if not (same and alike and one.classes == other.classes):
        raise Refused("cubes of different columns cannot be added; scan them alike")
    pairs = [_axis(a, b) for a, b in zip(one.axes, other.axes, strict=True)]
    sides = [(a, b) for _, a, b in pairs]
    codes = np.column_stack(
        [np.concatenate([a[one.codes[:, j]], b[other.codes[:, j]]]) for j, (a, b) in enumerate(sides)]
    ) if pairs else np.zeros((len(one.n) + len(other.n), 0), np.int32)  # fmt: skip
    y, p = (np.concatenate([getattr(one, x), getattr(other, x)]) for x in ("y", "p"))
    score, numbers = _both(one.score, other.score), _both(one.numbers, other.numbers)
    w, w2 = _both(one.w, other.w), _both(one.w2, other.w2)
    keys = [*codes.T, y, p]
    keys += [] if score is None else [score]
    keys += [] if numbers is None else [*numbers.T]
    columns = {name: np.concatenate([one.sums[name], other.sums[name]]) for name in one.sums}
    columns["n"] = np.concatenate([one.n, other.n])
    if w is not None and w2 is not None:
        keys += [w / np.maximum(columns["n"], 1)] if one.exact else []
        columns |= {"w": w, "w2": w2}
    first, summed = condensed(keys, columns)
    return replace(
        one, axes=tuple(axis for axis, _, _ in pairs), codes=codes[first].astype(np.int32), y=y[first], p=p[first],
        score=_at(score, first), numbers=_at(numbers, first), n=summed.pop("n"),
        w=summed.pop("w", None), w2=summed.pop("w2", None), sums=summed,
        notices=tuple(dict.fromkeys((*one.notices, *other.notices))),
    )  # fmt: skip


def _both(a: Array | None, b: Array | None) -> Array | None:
    return None if a is None or b is None else np.concatenate([a, b])


def _at(values: Array | None, at: Array) -> Array | None:
    return None if values is None else values[at]


def _axis(a: Axis, b: Axis) -> tuple[Axis, Array, Array]:
    """The axis with the levels of both, and where the codes of each go."""
    if a.rule != b.rule:
        raise Refused(f"'{a.name}' is binned in two ways; give the same edges")
    if a.rule:
        names: Sequence[str] = [*dict.fromkeys((*a.levels, *b.levels))]
        names = sorted(names, key=lambda n: _binned_place(n, a.levels, b.levels))
        axis = Axis(a.name, tuple(names), tuple(names), None, rule=a.rule)
        if MISSING in names:
            axis = replace(axis, values=(*names[:-1], None), missing=len(names) - 1)
    else:
        held = dict(zip((*b.levels, *a.levels), (*b.values, *a.values), strict=True))
        absent = MISSING in held
        held.pop(MISSING, None)
        axis = ordered(a.name, held, absent)
        axis = replace(axis, others=tuple(sorted({*a.others, *b.others})))
    place = {name: i for i, name in enumerate(axis.levels)}
    first, second = (np.array([place[n] for n in x.levels], np.int64) for x in (a, b))
    return axis, first, second


def _binned_place(name: str, first: Sequence[str], second: Sequence[str]) -> tuple[int, int]:
    """(below), the bins in their order, which both have, (above), (missing)."""
    outside = {BELOW: 0, ABOVE: 2, MISSING: 3}
    if name in outside:
        return outside[name], 0
    return 1, first.index(name) if name in first else second.index(name)
