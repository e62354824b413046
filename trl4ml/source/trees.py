"""Syntax trees, and their parts in no special order."""

import ast
import re
import warnings
from collections.abc import Iterator

PARTS, MOST = re.compile(rb"\w+|[\[({,\"'.]"), 250_000
"""What may become a node, of up to 2 kB in CPython; real files of 1 MB have some 160,000 of them."""


def parsed(code: str | bytes) -> ast.Module:
    """The syntax tree. Raises ValueError, which says in a few words what is wrong."""
    try:
        if len(code) > MOST:
            refuse_dense(code.encode() if isinstance(code, str) else code)
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(code)
    except SyntaxError as error:
        raise ValueError(f"a syntax error in line {error.lineno or 1}") from None
    except (ValueError, RecursionError, MemoryError):
        raise ValueError("it is not Python") from None


def refuse_dense(code: bytes) -> None:
    """Raises MemoryError where the tree would take more than any real file's."""
    if any(number > MOST for number, _ in enumerate(PARTS.finditer(code))):
        raise MemoryError


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node, the tree itself too; faster than `ast.walk`."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                pending += [child for child in value if isinstance(child, ast.AST)]
            elif isinstance(value, ast.AST) and value._fields:
                pending.append(value)


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Only the statements, functions and classes at any depth among them; faster still."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            below = getattr(node, name, None)
            pending += below if isinstance(below, list) else ()


def near_imports(content: bytes) -> bytes:
    """The text around each `import`: a quick look at what a file may import, without parsing."""
    return b" ".join(part[:200] + part[-80:] for part in content.split(b"import"))
