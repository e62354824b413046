"""The reference group that others are compared with: who it is and how it was chosen."""

from collections.abc import Mapping

import numpy as np

from trl4ml.slices import comparing, pairing
from trl4ml.slices.errors import Refused
from trl4ml.slices.grouping import Grouping
from trl4ml.slices.levels import listed
from trl4ml.slices.pairing import Comparison
from trl4ml.slices.values import Column


class Reference:
    """A rule, or the named levels of some attributes; groups with a level missing never are one."""

    def __init__(self, rule: str | Mapping[str, object], grouping: Grouping) -> None:
        self.named: int | None = None
        if isinstance(rule, str):
            self.rule = rule
            return
        axes = {one.name: one for one in grouping.cube.axes}
        for name in rule:
            if name not in axes:
                raise Refused(
                    f"the reference names '{name}', which is not sliced by; take {listed(list(axes))}"
                )
        at = {name: axes[name].index(level) for name, level in rule.items()}
        for name, level in at.items():
            if level == axes[name].missing:
                raise Refused(f"the reference of '{name}' cannot be (missing); name a level")
        self.rule = "largest"
        if all(one.name in at for one in grouping.axes):
            shape = tuple(len(one.levels) for one in grouping.axes)
            place = tuple(at[one.name] for one in grouping.axes)
            self.named, self.rule = int(np.ravel_multi_index(place, shape)), "named"

    def of(self, column: Column) -> int | None:
        """The index of the reference group of a column; None where no group can be one."""
        if self.named is not None:
            return self.named
        among = np.flatnonzero(column.eligible)
        if not len(among):
            return None
        if self.rule == "largest":
            return int(among[np.argmax(column.rows[among])])
        return int(pairing.tied(column, among, self.rule == "highest")[0])

    def comparisons(
        self,
        column: Column,
        overall: Column,
        rest: Column | None,
        by: tuple[str, ...],
        level: float,
    ) -> list[Comparison]:
        """Each group against the reference, signed."""
        every = np.arange(len(column.groups))
        if self.rule == "rest" and rest is None:
            return []
        if self.rule == "overall":
            yard = comparing.Yardstick(overall, every * 0, "reference", "overall", False)
        elif self.rule == "rest" and rest is not None:
            yard = comparing.Yardstick(rest, every, "reference", "rest")
        else:
            at = self.of(column)
            if at is None:
                return []
            told = f"{column.groups[at]} ({self.rule})"
            yard = comparing.Yardstick(column, np.where(every == at, -1, at), "reference", told)
        return comparing.to_each(column, yard, by, level)
