"""What one file draws at random, and what it seeds."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from trl4ml.source.calls import Call, calls
from trl4ml.source.functions import Function
from trl4ml.source.names import Names
from trl4ml.source.randomness import drawn_from, seeded_by
from trl4ml.source.trees import nodes

SEED_WORDS = {"random_state", "seed", "random_seed", "generator", "rng"}
CLOCKS = ("time.", "datetime.", "os.urandom", "os.getpid", "secrets.", "uuid.")
STARRED = {"random": "random", "numpy.random": "numpy", "torch": "torch"}


class Draw(NamedTuple):
    line: int
    library: str
    """Whose process-wide state it draws from; `generator` where it makes its own."""
    seeded: bool | None
    """Whether the call is given a seed; None when that cannot be seen."""


@dataclass
class Code:
    """What one file draws, seeds, calls and imports."""

    draws: list[Draw] = field(default_factory=list)
    seeds: set[str] = field(default_factory=set)
    """The libraries that it seeds for the whole process."""
    helpers: dict[str, set[str]] = field(default_factory=dict)
    """Its functions that seed, and what."""
    calls: set[str] = field(default_factory=set)
    """The last names of the imported functions that it calls."""
    imports: list[str] = field(default_factory=list)


def read(tree: ast.Module) -> Code:
    every = list(nodes(tree))
    names = Names(every)
    seeds = _Seeds(every, names)
    packages = names.roots()
    code = Code(draws=list(_starred(every)), imports=names.modules)
    for call in calls(every, names):
        if call.name:
            code.calls.add(call.last)
        if library := seeded_by(call.name):
            code.seeds |= {library} if seeds.is_given_any(call) else set()
        elif kind := drawn_from(call, packages):
            code.draws.append(Draw(call.line, kind.library, seeds.given(call, kind.seed_place)))
    if code.seeds:
        code.helpers = dict(_helpers(every, names))
    code.draws.sort(key=lambda draw: draw.line)
    return code


def _starred(every: list[ast.AST]) -> Iterator[Draw]:
    """An import of all names, whose calls look like any other."""
    for node in every:
        if isinstance(node, ast.ImportFrom) and not node.level and node.names[0].name == "*":
            library = STARRED.get(node.module or "")
            yield from [Draw(node.lineno, library, None)] if library else ()


def _helpers(every: list[ast.AST], names: Names) -> Iterator[tuple[str, set[str]]]:
    for node in every:
        if isinstance(node, Function):
            libraries = {seeded_by(call.name) for call in calls(nodes(node), names)} - {""}
            if libraries:
                yield node.name, libraries


class _Seeds:
    """Which calls of a file are given a seed."""

    def __init__(self, every: list[ast.AST], names: Names) -> None:
        self._names = names
        self._handed: dict[str, bool | None] = {}
        """Dictionaries of keyword arguments by name, and whether a seed is among them."""
        for node in every:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                seeded = self._unpacked(node.value)
                for target in (one for one in node.targets if isinstance(one, ast.Name)):
                    same = self._handed.get(target.id, seeded) is seeded
                    self._handed[target.id] = seeded if same else None

    def is_given_any(self, call: Call) -> bool:
        """Whether its first argument, whatever its name, can be a seed."""
        given = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
        return bool(given) and self._can_seed(given[0])

    def given(self, call: Call, place: int | None) -> bool | None:
        """None when the seed may lie in what `**` or `*` unpacks; `place` is where it may stand."""
        values = [value for word, value in call.keywords.items() if word in SEED_WORDS]
        if place is not None:
            if any(isinstance(arg, ast.Starred) for arg in call.node.args):
                return None
            values += call.node.args[place : place + 1]
        if values:
            return any(map(self._can_seed, values))
        unpacked = {self._unpacked(k.value) for k in call.node.keywords if k.arg is None}
        return True if True in unpacked else None if None in unpacked else False

    def _unpacked(self, node: ast.AST) -> bool | None:
        """Whether a seed is among the keyword arguments; None when that cannot be seen."""
        if isinstance(node, ast.Name):
            return self._handed.get(node.id)
        if not isinstance(node, ast.Dict):
            return None
        pairs = zip(node.keys, node.values, strict=True)
        keys = {k.value for k, v in pairs if isinstance(k, ast.Constant) and self._can_seed(v)}
        return bool(keys & SEED_WORDS) or (None if None in node.keys else False)

    def _can_seed(self, node: ast.AST) -> bool:
        """Whether the value is not None, and not taken from the clock."""
        if isinstance(node, ast.Constant):
            return node.value is not None
        made = calls(nodes(node), self._names)
        return not any(call.name.startswith(CLOCKS) for call in made)
