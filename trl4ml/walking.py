"""The walk: from question to question, back, on from where it stopped. It knows only ids.

Where it stopped is kept in `.trl4ml/store/walk.json`, on this machine alone.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress

from trl4ml.errors import WrongInput
from trl4ml.store.evidence import Store
from trl4ml.store.records import read_whole, write_whole

LARGEST = 10_000


class Round:
    """The questions of one level of one component; what is skipped comes once more at its end."""

    def __init__(self, component: str, level: int, items: Sequence[str]) -> None:
        self.component, self.level = component, level
        self.items = tuple(items)
        self._queue = list(items)
        self._skipped: set[str] = set()
        self._at = 0

    @property
    def current(self) -> str | None:
        """The id of the item to ask, None at the end."""
        return self._queue[self._at] if self._at < len(self._queue) else None

    @property
    def number(self) -> int:
        return self.items.index(self._queue[self._at]) + 1

    @property
    def once_more(self) -> bool:
        """Whether what was skipped begins here."""
        return self._at == len(self.items)

    def settle(self) -> None:
        """It has its answer; it does not come again."""
        item = self._queue[self._at]
        rest = [one for one in self._queue[self._at + 1 :] if one != item]
        self._queue[self._at + 1 :] = rest
        self._at += 1

    def skip(self) -> None:
        item = self._queue[self._at]
        if item not in self._skipped:
            self._skipped.add(item)
            self._queue.append(item)
        self._at += 1

    def back(self) -> bool:
        """To the question before; False when there is none."""
        if self._at == 0:
            return False
        self._at -= 1
        return True

    def start_at(self, item: str, order: Sequence[str]) -> None:
        """Begin with the item, or the next one after it in the order; those before come last."""
        place = {id: n for n, id in enumerate(order)}
        here = place.get(item, 0)
        self._queue.sort(key=lambda id: (place.get(id, 0) < here, place.get(id, 0)))


class Walk:
    """From level to level and component to component; `ask_for` gives the open items of one."""

    def __init__(
        self, plan: Sequence[tuple[str, int]], ask_for: Callable[[str, int], Sequence[str]]
    ) -> None:
        """`plan` are the levels to walk, with their component, in order."""
        self._plan = tuple(plan)
        self._ask_for = ask_for
        self._rounds: list[Round] = []
        self._at = -1

    @property
    def round(self) -> Round:
        return self._rounds[self._at]

    def forward(self) -> bool:
        """To the next level; False after the last one."""
        if self._at + 1 >= len(self._plan):
            return False
        self._at += 1
        if self._at == len(self._rounds):
            component, level = self._plan[self._at]
            self._rounds.append(Round(component, level, self._ask_for(component, level)))
        return True

    def back(self) -> bool:
        """To the question before, in an earlier level if need be; False when there is none."""
        at = self._at
        while at >= 0 and not self._rounds[at].back():
            at -= 1
        self._at = at if at >= 0 else self._at
        return at >= 0

    def start_at(self, component: str, level: int) -> bool:
        """Leave out the levels before this one; False when it is not on the plan."""
        if (component, level) not in self._plan:
            return False
        self._plan = self._plan[self._plan.index((component, level)) :]
        return True


class Place:
    """Where the walk of one project stopped. A disk that refuses costs the place, never an answer."""

    def __init__(self, store: Store) -> None:
        self._path = store.folder / "walk.json"
        self._kept = store.safe() and store.folder.is_dir()

    def read(self) -> tuple[str, str] | None:
        """Component and item; None when it did not stop. Raises WrongInput when it is broken."""
        if not self._kept or not os.path.lexists(self._path):
            return None
        with suppress(ValueError, RecursionError):
            match json.loads(read_whole(str(self._path), LARGEST)):
                case {"component": str(component), "item": str(item)}:
                    return component, item
        raise WrongInput(f"{self._path}: is not the place of a walk, so it starts at the beginning")

    def keep(self, component: str, item: str) -> None:
        if self._kept:
            text = json.dumps({"component": component, "item": item}, sort_keys=True) + "\n"
            with suppress(OSError):
                write_whole(self._path, text.encode())

    def forget(self) -> None:
        if self._kept:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
