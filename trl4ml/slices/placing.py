"""Where each row stands in its ranked list: checked, with lists numbered in the order of their names."""

from datetime import date
from typing import Any

import numpy as np

from trl4ml.slices.arrays import Array
from trl4ml.slices.cells import Roles
from trl4ml.slices.errors import Refused
from trl4ml.slices.levels import written


def places(table: Any, roles: Roles, n: Array) -> Array:
    """(rows, 3) list, first and last place; 0, 0, 0 where a row has none.

    table: grouped rows with columns first, last and, with a query, list; n: rows of each.
    Raises Refused where a rank is no place, or two rows of a list have the same one.
    """
    first, last = (np.asarray(table[name].to_numpy(), float) for name in ("first", "last"))
    there = ~np.isnan(first)
    lists = np.zeros(len(n), np.int64)
    if roles.query:
        lists, known = _numbered(table["list"].to_pylist())
        there &= known
    if roles.rank:
        wrong = there & ((first < 1) | (first % 1 != 0))
        if wrong.any():
            raise Refused(
                f"rank '{roles.rank}' is no place in {int(n[wrong].sum()):,} rows; "
                "places are whole numbers from 1"
            )
        _once(roles, np.column_stack([lists, first])[there], n[there])
    found = np.column_stack([lists, np.nan_to_num(first), np.nan_to_num(last)]).astype(np.int64)
    found[~there] = 0
    _, found[there, 0] = np.unique(found[there, 0], return_inverse=True)
    return found


def _numbered(values: list[object]) -> tuple[Array, Array]:
    """The number of each list, and where there is one."""
    names = [
        written(value) or "" if not isinstance(value, date) else str(value) for value in values
    ]
    numbers = {name: i for i, name in enumerate(sorted({*names} - {""}))}
    found = np.array([numbers.get(name, -1) for name in names], np.int64)
    return found, found >= 0


def _once(roles: Roles, pairs: Array, n: Array) -> None:
    _, place = np.unique(pairs, axis=0, return_inverse=True)
    if len(place) and (twice := int((np.bincount(place.ravel(), weights=n) > 1).sum())):
        where = f"in a list of '{roles.query}'" if roles.query else "and no query tells lists apart"
        raise Refused(
            f"rank '{roles.rank}' has {twice:,} places twice {where}; "
            "break ties, or name query and score instead"
        )
