"""Which files of a project an import may mean."""

from collections.abc import Callable, Iterable, Iterator
from posixpath import dirname, join


def files_of(path: str, name: str) -> Iterator[str]:
    """The paths that a name imported in the file at `path` may mean: `..pkg.part` or `pkg.part`.

    A name without dots is looked for beside the file and in every folder above, and their `src`.
    """
    tail = name.lstrip(".")
    folder = dirname(path)
    if level := len(name) - len(tail):
        for _ in range(level - 1):
            folder = dirname(folder)
        folders = [folder]
    else:
        folders = [folder, "src", ""]
        while folder := dirname(folder):
            folders += [folder, f"{folder}/src"]
    for base in folders:
        stem = join(base, *tail.split("."))
        yield from (f"{stem.rstrip('/')}.py", join(stem, "__init__.py"))


def reached(path: str, imported: Callable[[str], Iterable[str]]) -> set[str]:
    """The path and all that it imports, directly or not."""
    found, pending = {path}, [path]
    while pending:
        new = {*imported(pending.pop())} - found
        found |= new
        pending += new
    return found
