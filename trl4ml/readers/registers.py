"""The project's registers as one probe sees them; what was asked is kept."""

from collections.abc import Mapping
from typing import Any, Protocol

from trl4ml.core.evidence import Place
from trl4ml.core.registers import REGISTERS
from trl4ml.core.views import RegisterT, Row
from trl4ml.readers.calendar import register_digest

ENTRIES = "entries"


class Declared(Protocol):
    """One register as it was declared; it is parsed when somebody reads it."""

    @property
    def digest(self) -> str: ...

    def noun(self, kind: type[RegisterT]) -> RegisterT: ...

    def place(self, *path: str | int) -> Place: ...


class RegistersView:
    """`declared` is by the name of the register."""

    def __init__(self, declared: Mapping[str, Declared], component: str) -> None:
        self._declared = declared
        self.component = component
        self.asked: dict[str, str] = {}
        self.contents: dict[str, str] = {}

    def read(self, kind: type[RegisterT]) -> RegisterT | None:
        declared = self._find(kind)
        return declared.noun(kind) if declared else None

    def rows(self, kind: type[RegisterT]) -> tuple[Row[Any], ...]:
        declared = self._find(kind)
        if declared is None:
            return ()
        entries = getattr(declared.noun(kind), ENTRIES)
        return tuple(
            Row(entry, declared.place(ENTRIES, at))
            for at, entry in enumerate(entries)
            if not self.component or getattr(entry, "component", None) in (None, self.component)
        )

    def _find(self, kind: type[Any]) -> Declared | None:
        name = next(name for name, register in REGISTERS.items() if register is kind)
        self.asked[name] = register_digest(self._declared, name)
        declared = self._declared.get(name)
        self.contents[name] = declared.digest if declared else "not declared"
        return declared
