"""What stands behind a command such as `make test` or `npm run lint`."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

FILES = {
    "make": ("Makefile", "GNUmakefile"),
    "just": ("justfile", ".justfile"),
    "task": ("Taskfile.yml", "Taskfile.yaml", "pyproject.toml"),
    "inv": ("tasks.py",),
    "npm": ("package.json",),
    "py": ("pyproject.toml", "pixi.toml", "hatch.toml"),
}
"""In which files each tool looks for its tasks."""
TASK = re.compile(
    r"\b(?:(?P<tool>make|just|task|inv)(?:oke)?|(?P<npm>npm|pnpm|yarn|bun)(?: run)?"
    r"|(?P<py>poe|(?:pixi|pdm|hatch|rye) run))\b(?P<words>[^\n]*)"
)
NAMED = re.compile(r"\s*(?:- )?\"?(?:name|displayName|label|title|description)\"?:")
MOST = 50


class Task(NamedTuple):
    """A tool, as FILES has it, and the tasks it is given; the default one when there are none."""

    tool: str
    names: tuple[str, ...]


def tasks(commands: str) -> Iterator[Task]:
    """Those that the commands, one a line, ask for."""
    lines = "\n".join(line for line in commands.splitlines() if not NAMED.match(line))
    for found in islice(TASK.finditer(lines), MOST):
        tool = "npm" if found["npm"] else "py" if found["py"] else found["tool"]
        words = re.findall(r"[\w.:=/@-]+", found["words"])[:MOST]
        names = [word for word in words if word[0] != "-" and "=" not in word]
        if tool == "py":
            names = [name.rpartition(":")[2] for name in names]  # of hatch, `environment:script`
        yield Task(tool, tuple(names))


def recipes(text: str, task: Task) -> Iterator[str]:
    """The lines that define the task in the text of its file; by default those of the first one."""
    for name in task.names or re.findall(r"^(\w[\w./-]*) ?:(?!=)", text, re.MULTILINE)[:1]:
        defined = re.compile(
            rf"^(?P<in>[ \t]*)(?:def )?\"?{re.escape(name)}\"?(?:[ (][^:=\n]*)?[:=](?P<needs>[^\n]*)"
            r"(?P<lines>(?:\n(?P=in)[ \t]+[^\n]*)*)",
            re.MULTILINE,
        )
        for found in defined.finditer(text):
            yield f"{found['needs']}\n{found['lines']}\n{task.tool} {found['needs']}"
