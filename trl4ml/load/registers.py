"""Registers: declared in trl4ml.yaml or in a YAML file beside it, checked, with a line for each entry."""

from functools import cached_property
from typing import TypeVar

from pydantic import BaseModel

from trl4ml.core.evidence import Place
from trl4ml.core.registers import REGISTERS
from trl4ml.errors import Complaint, Complaints, did_you_mean
from trl4ml.load.files import config_complaints, document
from trl4ml.load.nouns import build
from trl4ml.load.places import Node, locate
from trl4ml.load.text import MANY, MOST_TOLD

NounT = TypeVar("NounT", bound=BaseModel)
ENTRIES = "entries"


class Register:
    """One register: `text` is that of the file it stands in, at `path` below the root of it."""

    def __init__(self, name: str, shown: str, text: str, path: tuple[str, ...]) -> None:
        self.name = name
        self.shown = shown
        self.text = text
        self._path = path

    @cached_property
    def _node(self) -> Node:
        """The part of the text that declares it; a list is short for its entries."""
        node = locate(document(self.text, self.shown), self._path)
        return node.under(ENTRIES) if isinstance(node.data, list) else node

    def noun(self, kind: type[NounT]) -> NounT:
        """The register as that noun. Raises Complaints with every line that is wrong."""
        return build(self._node, self.shown, kind)

    def place(self, *path: str | int) -> Place:
        """The line of what is at the path below the register."""
        return Place(path=self.shown, line=locate(self._node, path).line)

    def complaint(self, says: str, *path: str | int) -> Complaint:
        return Complaint(self.shown, *locate(self._node, path).spot(says))


def check(registers: dict[str, Register], config: str, components: list[str], probes: list[str]) -> dict[str, BaseModel]:  # fmt: skip
    """Every register as its noun, by name. Raises Complaints, all at once."""
    complaints: list[Complaint] = []
    nouns: dict[str, BaseModel] = {}
    for name, one in registers.items():
        kind = REGISTERS.get(name)
        if kind is None:
            hint = did_you_mean(REGISTERS, name) or f"; there is {', '.join(REGISTERS)}"
            says = f"no register is called '{name}'{hint}"
            complaints += config_complaints(config, [(("registers", name), says)]).complaints
            continue
        try:
            nouns[name] = one.noun(kind)
        except Complaints as wrong:
            complaints += wrong.complaints
            continue
        complaints += _strangers(one, nouns[name], components, probes)
    if complaints:
        raise Complaints(complaints)
    return nouns


def _strangers(
    register: Register, noun: BaseModel, components: list[str], probes: list[str]
) -> list[Complaint]:
    """Entries that speak of components or probes that do not exist."""
    found: list[Complaint] = []
    for at, entry in enumerate(getattr(noun, ENTRIES)):
        if len(found) > MOST_TOLD:
            return [register.complaint(f"has more than {MOST_TOLD} {MANY}")]
        component = getattr(entry, "component", None)
        if component and component not in components:
            hint = did_you_mean(components, component, len(found))
            says = f"no component is called '{component}'{hint}"
            found.append(register.complaint(says, ENTRIES, at, "component"))
        for probe in getattr(entry, "probes", ()):
            if probe not in probes:
                hint = did_you_mean(probes, probe, len(found)) or ", which there is not"
                says = f"its check asks the probe '{probe}'{hint}"
                found.append(register.complaint(says, ENTRIES, at, "check"))
    return found
