"""Everything that can go wrong, and the exit code it ends in.

0    the gate is met
1    the gate is not met, or is unknown
2    nothing was checked, or what was given is wrong     WrongInput
                                                         ├── Complaints   a file, with lines
                                                         └── MissingExtra something to install
3    trl4ml itself broke                                 any other exception
130  interrupted                                         KeyboardInterrupt
"""

from collections.abc import Iterable
from typing import NamedTuple

MET, NOT_MET, WRONG_INPUT, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = {
    MET: "The gate is met.",
    NOT_MET: "The gate is not met, or is unknown.",
    WRONG_INPUT: "Nothing was checked, or what you gave is wrong.",
    BROKEN: "trl4ml itself broke; the log it names is shaped as a bug report.",
    INTERRUPTED: "Interrupted.",
}


class WrongInput(Exception):
    """What the user gave is wrong; the message names the thing and the remedy."""


class Complaint(NamedTuple):
    """One thing that is wrong in one file, at one place (line and column count from 1)."""

    file: str
    line: int
    column: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.says}"


class Complaints(WrongInput):
    """All that is wrong in the files given, at once, in the order of the lines."""

    def __init__(self, complaints: list[Complaint]) -> None:
        self.complaints = sorted(set(complaints))
        super().__init__("\n".join(map(str, self.complaints)))


MOST_COMPARED = 200_000
"""Names, which take some seconds."""


def did_you_mean(names: Iterable[str], name: str, told: int = 0) -> str:
    """`; did you mean 'x'?` where a known name is close, else the empty text.

    So it is behind the first complaints of a file; `told` is how many were told before this one.
    """
    known = list(names)
    if told * len(known) > MOST_COMPARED:
        return ""
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def to_install(module: str) -> str:
    """What to do about a module that is not installed, with the exact line to type."""
    import re
    from importlib.metadata import PackageNotFoundError, requires

    try:
        lines = requires("trl4ml") or ()
    except PackageNotFoundError:
        lines = ()
    for line in lines:
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", line)
        if extra and extra[1] != "all" and re.match(rf"{re.escape(module)}\b", line, re.IGNORECASE):
            return f"needs the extra '{extra[1]}': pip install 'trl4ml[{extra[1]}]'"
    return f"needs a package that is not installed: pip install {module}"
