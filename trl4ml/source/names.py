"""What names stand for, by the imports of their file."""

import ast
from collections.abc import Iterable


def last(node: ast.AST) -> str:
    """`c` of `a.b.c`, `a.b.c[...]` and `a.b.c(...)`; empty for anything else."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


class Names:
    """The imported names of a file; relative imports keep their dots: `.steps.load`."""

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        self.bound: dict[str, str] = {}
        """What each imported name stands for; `*` is a name when all of a module was imported."""
        self.modules: list[str] = []
        """What may be a module, by its full name, among what was imported."""
        for node in nodes:
            if isinstance(node, ast.Import):
                self._whole(node)
            elif isinstance(node, ast.ImportFrom):
                self._parts(node)

    def _whole(self, node: ast.Import) -> None:
        for alias in node.names:
            self.modules.append(alias.name)
            top = alias.name.split(".")[0]
            self.bound[alias.asname or top] = alias.name if alias.asname else top

    def _parts(self, node: ast.ImportFrom) -> None:
        start = "." * node.level + (node.module or "")
        for alias in node.names:
            full = f"{start}.{alias.name}" if node.module else start + alias.name
            self.modules += [start, full]
            self.bound[alias.asname or alias.name] = full

    def roots(self) -> set[str]:
        """The packages that names are imported from."""
        return {full.split(".")[0] for full in self.bound.values()}

    def full(self, node: ast.AST) -> str:
        """`np.random.rand` → `numpy.random.rand`; empty when it is not of an imported name."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or not (node.id in self.bound or "*" in self.bound):
            return ""
        return ".".join([self.bound.get(node.id, node.id), *reversed(parts)])
