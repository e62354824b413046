"""Every call, with the full name of what is called."""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from trl4ml.source.names import Names, last


class Call(NamedTuple):
    name: str
    """The full name through the imports; empty when it is not of an imported name."""
    last: str
    """The last part of the name, also where it is not imported."""
    node: ast.Call

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def keywords(self) -> dict[str, ast.expr]:
        """The arguments given by name, without those that `**` unpacks."""
        return {k.arg: k.value for k in self.node.keywords if k.arg}

    @property
    def is_method(self) -> bool:
        return isinstance(self.node.func, ast.Attribute)

    def first(self, name: str) -> ast.expr | None:
        """The first argument, given by its place or by this name."""
        return self.node.args[0] if self.node.args else self.keywords.get(name)


def calls(nodes: Iterable[ast.AST], names: Names) -> Iterator[Call]:
    for node in nodes:
        if isinstance(node, ast.Call):
            name = names.full(node.func)
            yield Call(name, name.rpartition(".")[2] or last(node.func), node)
