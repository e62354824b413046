"""A result that hangs on an unseeded draw cannot be had again, so nobody can check it.

Reads the Python code outside tests for calls that draw at random with random, numpy, scipy, pandas,
scikit-learn, torch or tensorflow. A draw is seeded when its call is given a seed or a generator,
or when its file, or one that imports it, seeds that library for the whole process. A seed taken
from the clock is none. Notebooks are not read: where only they draw, the answer is unknown.
"""

import re

from trl4ml.core.evidence import Finding, Place, no, not_applicable, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable
from trl4ml.source.modules import files_of, reached
from trl4ml.source.paths import is_aside
from trl4ml.source.randomness import ALL_LIBRARIES, SEED_ALL, may_draw, may_seed
from trl4ml.source.seeding import Code, read
from trl4ml.source.trees import parsed

asks = "Every random draw in the code is seeded."
version = 2

MOST_PARSED = 2000
LARGEST = 1_000_000
OTHER_CODE = "**/*.{ipynb,r,rmd,qmd,jl}"
OTHER_DRAWS = re.compile(
    rb"\brandom\b|random_state|train_test_split|\.sample\(|\b(?:rnorm|runif|rbinom|sample|randn?)\("
)


class Options(Noun):
    ignore: tuple[str, ...] = ()
    """Patterns of Python files whose draws no result depends on, such as `demo/**/*.py`."""


def run(files: Files, options: Options) -> Finding:
    project = Project(files, options.ignore)
    draws = project.draws()
    if not draws and not project.unread:
        return _nothing_drawn(files)
    unseeded = [place for place, seeded in draws if seeded is False]
    unclear = [place for place, seeded in draws if seeded is None]
    measures = {
        "uses": len(draws),
        "seeded": len(draws) - len(unseeded) - len(unclear),
        "unseeded": len(unseeded),
        "unclear": len(unclear),
        "files": len({place.path for place, _ in draws}),
        "unread": len(project.unread),
    }
    if unseeded:
        more = f" and {len(unseeded) - 1} more" if unseeded[1:] else ""
        return no(f"the draw at {unseeded[0]}{more} has no seed", unseeded, **measures)
    if project.unread:
        path, reason = min(project.unread.items())
        says = f"{path} was not searched for random draws: {reason}"
        return unknown(says, sorted(project.unread), **measures)
    if unclear:
        says = f"whether the draw at {unclear[0]} is seeded cannot be seen; name its seed there"
        return unknown(says, unclear, **measures)
    return yes(f"all {len(draws)} calls that draw at random are seeded", (), **measures)


def _nothing_drawn(files: Files) -> Finding:
    for path in files.matching(OTHER_CODE):
        if OTHER_DRAWS.search(files.bytes(path, LARGEST)):
            says = f"{path} draws at random and only Python files are read; move it into a module"
            return unknown(says, [path])
    return not_applicable("no Python file outside tests draws at random")


class Project:
    """The Python files, each parsed at most once; those that cannot be are in `unread`."""

    def __init__(self, files: Files, ignore: tuple[str, ...]) -> None:
        ignored = set(files.matching("**/testing/**/*.py", *ignore))
        names = (path for path in files.matching("**/*.py") if path not in ignored)
        self.paths = {path: True for path in names if not is_aside(path)}
        self.unread: dict[str, str] = {}
        self._files = files
        self._codes: dict[str, Code] = {}
        self._edges: dict[str, set[str]] = {}

    def draws(self) -> list[tuple[Place, bool | None]]:
        """Each call that draws, and whether it is seeded."""
        seeding = [path for path in self.paths if self._look(path)]
        drawn = sorted((path, code.draws) for path, code in self._codes.items() if code.draws)
        undecided = any(not draw.seeded for _, draws in drawn for draw in draws)
        seeded = self._seeded_libraries(seeding) if undecided else {}
        return [
            (
                Place(path=path, line=draw.line),
                draw.library in seeded.get(path, ()) or draw.seeded,
            )
            for path, draws in drawn
            for draw in draws
        ]

    def _look(self, path: str) -> bool:
        """Parse the file when it mentions randomness; whether it may seed."""
        try:
            content = self._files.bytes(path, LARGEST)
        except Unreadable as error:
            self.unread[path] = error.reason
            return False
        if may_draw(content):
            self._code(path, content)
        return may_seed(content)

    def _code(self, path: str, content: bytes | None = None) -> Code:
        if path not in self._codes:
            self._codes[path] = Code()
            try:
                self._codes[path] = self._read(path, content)
            except Unreadable as error:
                if content is not None:
                    self.unread[path] = error.reason
        return self._codes[path]

    def _read(self, path: str, content: bytes | None) -> Code:
        if len(self._codes) > MOST_PARSED:
            raise Unreadable(path, f"{MOST_PARSED} others were; point `ignore` at some")
        if self._files.size(path) > LARGEST:
            raise Unreadable(path, f"it is larger than {LARGEST:,} bytes")
        try:
            return read(parsed(self._files.bytes(path) if content is None else content))
        except ValueError as error:
            raise Unreadable(path, str(error)) from None

    def _seeded_libraries(self, seeding: list[str]) -> dict[str, set[str]]:
        """By path, the libraries seeded there or in a file that imports it, directly or not."""
        helpers: dict[str, set[str]] = {name: set(ALL_LIBRARIES) for name in SEED_ALL}
        codes = {path: self._code(path) for path in seeding}
        for code in codes.values():
            helpers.update(code.helpers)
        found: dict[str, set[str]] = {}
        for path, code in codes.items():
            libraries = code.seeds.union(*(helpers[call] for call in code.calls & set(helpers)))
            for one in reached(path, self._imported) if libraries else ():
                found.setdefault(one, set()).update(libraries)
        return found

    def _imported(self, path: str) -> set[str]:
        if path not in self._edges:
            named = (one for name in self._code(path).imports for one in files_of(path, name))
            self._edges[path] = {one for one in named if one in self.paths}
        return self._edges[path]
