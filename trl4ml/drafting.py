"""A new probe or checklist: files that work at once, written only where there is nothing yet."""

import keyword
import os
import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trl4ml import __version__, resources
from trl4ml.core.checklist import CONSTANTS
from trl4ml.dense import loads_toml
from trl4ml.errors import WrongInput
from trl4ml.loading import CONFIG, all_probes, checklist_names, find, load_all

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 60
RULE = (
    f"a name is made of small letters and digits, its words joined by single hyphens, begins with "
    f"a letter and has at most {LONGEST} characters, as in data-fresh"
)


@dataclass(frozen=True)
class Draft:
    """Texts by the path they will have, and what to do with them then."""

    files: dict[Path, str]
    next: str


def draft_probe(name: str, into: Path | None = None) -> Draft:
    """Inside a checkout of trl4ml a module and its cases; elsewhere a package of its own.

    Raises WrongInput.
    """
    module = _checked(name).replace("-", "_")
    if keyword.iskeyword(module) or module in ("true", "false", *CONSTANTS):
        raise WrongInput(f"new probe {name}: '{module}' means something else in an item's `wants`; "
                         "choose another name")  # fmt: skip
    if known := all_probes().get(name):
        raise WrongInput(f"new probe {name}: there is one already, from {known.distribution}; "
                         "choose another name")  # fmt: skip
    checkout = _checkout() if into is None else None
    if checkout:
        made = {
            f"trl4ml/probes/{module}.py": "probe.py",
            f"tests/cases/{name}.yaml": "cases.yaml",
        }
        return _drafted(checkout, made, name, f"pytest tests/test_cases.py -k {name}")
    folder = (into or Path()) / f"trl4ml-{name}"
    _free(folder)
    made = {
        f"trl4ml_{module}.py": "probe.py",
        "tests/cases.yaml": "cases.yaml",
        f"tests/test_{module}.py": "test_probe.py",
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
    }
    return _drafted(
        folder, made, name, f"cd {shlex.quote(str(folder))} && pip install -e '.[test]' && pytest"
    )


def draft_checklist(name: str, into: Path | None = None) -> Draft:
    """A checklist beside trl4ml.yaml, or in the folder given. Raises WrongInput."""
    if _checked(name) in checklist_names():
        raise WrongInput(
            f"new checklist {name}: one of that name comes with trl4ml; choose another"
        )
    root = _project()
    if into is None and root is None:
        raise WrongInput(f"new checklist {name}: there is no {CONFIG} here or above to put it "
                         "beside; make one with: trl4ml init, or give a folder with --into")  # fmt: skip
    folder = into if into is not None else (root or Path()) / "checklists"
    whole = (folder / f"{name}.yaml").absolute()
    if root is None or not whole.is_relative_to(root.absolute()):
        says = f"to put it in force, copy it into a project and name it in {CONFIG}, at checklists"
    else:
        force = [*_in_force(root), whole.relative_to(root.absolute()).as_posix()]
        says = f"to put it in force, write in {CONFIG}  checklists: [{', '.join(force)}]"
    return _drafted(folder, {f"{name}.yaml": "checklist.yaml"}, name, says)


def write(draft: Draft) -> None:
    """All of it or nothing, and nothing that is there is touched. Raises WrongInput."""
    undo: list[Callable[[], None]] = []
    for path in draft.files:
        _free(path)
    try:
        for path, text in draft.files.items():
            missing = [one for one in path.parents if not one.exists()]
            undo += [one.rmdir for one in reversed(missing)]
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                undo.append(path.unlink)
                file.write(text)
    except OSError as error:
        for step in reversed(undo):
            with suppress(OSError):
                step()
        where = error.filename or path
        raise WrongInput(f"{where}: cannot be written ({error.strerror}); nothing was") from None


def _checked(name: str) -> str:
    if len(name) > LONGEST or not NAME.fullmatch(name):
        raise WrongInput(f"'{name}' is no name: {RULE}")
    return name


def _free(path: Path) -> None:
    if os.path.lexists(path):
        raise WrongInput(f"{path}: is already there and stays as it is; choose another name")


def _drafted(folder: Path, made: dict[str, str], name: str, next: str) -> Draft:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resources.folder("templates") / "new"), undefined=StrictUndefined,
        keep_trailing_newline=True, autoescape=False,  # noqa: S701  a checked name, and no HTML
    )  # fmt: skip
    values = {"name": name, "module": name.replace("-", "_"), "version": __version__}
    files = {
        folder / path: environment.get_template(f"{template}.j2").render(values)
        for path, template in made.items()
    }
    return Draft(files, next)


def _checkout() -> Path | None:
    """The checkout of trl4ml itself that this folder lies in."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        with suppress(OSError, ValueError, AttributeError):
            text = (folder / "pyproject.toml").read_text(encoding="utf-8")
            project = loads_toml(text, len(text))
            ours = project.get("project", {}).get("name") == "trl4ml"
            if ours and all((folder / one).is_dir() for one in ("trl4ml/probes", "tests/cases")):
                return folder
    return None


def _project() -> Path | None:
    with suppress(WrongInput):
        return find(None)
    return None


def _in_force(root: Path) -> tuple[str, ...]:
    with suppress(WrongInput):
        return load_all(root, {}).project.checklists
    return ("mltrl",)
