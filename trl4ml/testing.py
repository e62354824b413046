"""For authors of probes: the cases of a probe are a table, and each is one test.

    @pytest.mark.parametrize("case", cases("cases/my-probe.yaml"), ids=str)
    def test_my_probe(case, tmp_path):
        case.check("my-probe", tmp_path)

A case is a mapping in a YAML list:

    name       a sentence
    files      path → text; or {hex: bytes}, {link: target}, {size: N zero bytes}, {repeat: text, times: N}
    options    what trl4ml.yaml would set
    registers  what trl4ml.yaml would declare under `registers`, without files
    today      the day of the calendar, as in 2026-11-21
    run        true: the commands that the options declare may be run
    git        true: the files are committed; or a list of steps {tag: v1}, {commit: name of author},
               {write: {path: text}}; {shallow: true} cuts the history off
    outcome    yes, no, unknown, not_applicable
    measures   name → value, or `undefined`; those not named are not looked at
    message    a part of what it says
    places     where, as path or path:line, in any order; not given: not looked at
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from trl4ml.asking import ask, parse_yaml
from trl4ml.core.evidence import Finding
from trl4ml.core.project import Project
from trl4ml.declared import declared
from trl4ml.load.files import document
from trl4ml.load.registers import check
from trl4ml.loading import all_probes
from trl4ml.readers.files import Part
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views

KEYS = {
    "name",
    "files",
    "options",
    "registers",
    "today",
    "run",
    "git",
    "outcome",
    "measures",
    "message",
    "places",
}


@dataclass(frozen=True)
class Case:
    data: Mapping[str, Any]
    file: str

    def __str__(self) -> str:
        return str(self.data["name"])

    def check(self, probe: str, folder: Path) -> Finding:
        """Lay the files out in the folder, ask the probe, compare. Raises AssertionError."""
        lay_out(folder, self.data.get("files") or {}, self.data.get("git"))
        told = self.data.get("registers") or {}
        today = date.fromisoformat(self.data.get("today", "2026-11-21"))
        may_run = bool(self.data.get("run"))
        finding = find(probe, folder, self.data.get("options"), told, today, may_run)
        shown = f"{self.file}: {self}: {finding.outcome}: {finding.message}"
        assert finding.outcome == self.data["outcome"], shown
        assert str(self.data.get("message", "")) in finding.message, shown
        for name, wanted in (self.data.get("measures") or {}).items():
            assert name in finding.measures, f"{shown}\nno measure {name}: {[*finding.measures]}"
            measure = finding.measures[name]
            got = "undefined" if measure.undefined else measure.value
            assert got == wanted, f"{shown}\n{name} is {got!r}, wanted {wanted!r}"
        if "places" in self.data:
            assert sorted(map(str, finding.places)) == sorted(self.data["places"]), shown
        return finding


def cases(path: str | Path) -> list[Case]:
    """The cases in the file. Raises Complaints when it is not such a table."""
    file = Path(path)
    found = document(file.read_text(encoding="utf-8"), file.name).data
    for case in found:
        assert not (odd := set(case) - KEYS), f"{file.name}: {case.get('name')}: unknown {odd}"
    return [Case(case, file.name) for case in found]


def find(
    probe: str, folder: Path, options: Mapping[str, Any] | None = None,
    registers: Mapping[str, Any] | None = None, today: date = date.min, rerun: bool = False,
) -> Finding:  # fmt: skip
    """What the probe finds in the folder. Raises Complaints when a register is wrong."""
    project = Project(name="case", registers=dict(registers or {}))
    text = json.dumps({"registers": registers or {}}, indent=1)
    told = declared(folder, project, text)
    check({name: one.parsed for name, one in told.items()}, text, [], list(all_probes()))
    part = Part(Tree(folder), declared=told, today=today)
    return ask(all_probes()[probe], Views(part, parse_yaml, rerun), options or {})


def lay_out(folder: Path, files: Mapping[str, Any], git: Any = None) -> None:
    """Write the files, and commit them when the case says so."""
    for name, content in files.items():
        _write(folder / name, content)
    if not git:
        return
    _git(folder, "init", "-q", "-b", "main")
    for step in git if isinstance(git, list) else [{"commit": "Ada"}]:
        _step(folder, step)


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, dict):
        path.write_text("" if content is None else str(content), encoding="utf-8")
    elif "link" in content:
        path.symlink_to(content["link"])
    elif "hex" in content:
        path.write_bytes(bytes.fromhex(content["hex"]))
    elif "repeat" in content:
        path.write_text(content["repeat"] * content["times"], encoding="utf-8")
    else:
        with path.open("wb") as file:
            file.truncate(content["size"])


def _step(folder: Path, step: Mapping[str, Any]) -> None:
    for name, content in (step.get("write") or {}).items():
        _write(folder / name, content)
    if author := step.get("commit"):
        _git(folder, "add", "-A")
        email = f"{author.lower().replace(' ', '.')}@example.org"
        _git(
            folder, "commit", "-q", "--allow-empty", "-m", "change", f"--author={author} <{email}>"
        )
    if tag := step.get("tag"):
        _git(folder, "tag", tag)
    if step.get("shallow"):
        (folder / ".git/shallow").write_text(_git(folder, "rev-parse", "HEAD"))


def _git(folder: Path, *command: str) -> str:
    who = {f"GIT_{w}_{k}": v for w in ("AUTHOR", "COMMITTER")
           for k, v in (("NAME", "Ada"), ("EMAIL", "ada@example.org"),
                        ("DATE", "2026-01-01T00:00:00Z"))}  # fmt: skip
    clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-C", str(folder), *command], env={**os.environ, **who, **clean},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout
