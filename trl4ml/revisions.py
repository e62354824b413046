"""The project as it was at another revision, in a copy of its own; the working tree stays as it is."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trl4ml.errors import WrongInput
from trl4ml.loading import CONFIG
from trl4ml.readers.git import ELSEWHERE, QUIET, SAFE, History

LFS = (
    "-c",
    "filter.lfs.smudge=cat",
    "-c",
    "filter.lfs.process=",
    "-c",
    "filter.lfs.required=false",
)
REVISION = re.compile(r"[\w@{}^~][\w./@{}^~#+=%,-]*")


@contextmanager
def checked_out(root: Path, revision: str, asked: Path | None = None) -> Iterator[Path]:
    """The project's folder in a copy at the revision, removed afterwards.

    Nothing is fetched, and no hook or filter of the repository is run. Raises WrongInput, also where
    `asked`, the folder that was named, lay in a project of its own then.
    """
    history = History(root.resolve())
    if not history.exists:
        says = history.problem or "is not in a git repository"
        raise WrongInput(f"--base {revision}: {root} {says}; give two reports instead")
    if not REVISION.fullmatch(revision):
        raise WrongInput(f"--base {revision}: is no name of a revision; give one as in origin/main")
    prefix = history.top.prefix
    commit = _git(root, revision, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    with tempfile.TemporaryDirectory(prefix="trl4ml-base-") as folder:
        clone = Path(folder) / "clone"
        _borrowed(root, revision, clone)
        _git(clone, revision, *LFS, "checkout", "--quiet", "--detach", commit)
        _refuse_moved(clone / prefix, revision, (asked or root).absolute().relative_to(root))
        if not (clone / prefix / CONFIG).is_file():
            where = f"{prefix}{CONFIG}"
            raise WrongInput(
                f"--base {revision}: there was no {where} yet; compare with a later one"
            )
        if not (clone / prefix).resolve().is_relative_to(clone.resolve()):
            raise WrongInput(f"--base {revision}: {prefix} was a link that leaves the repository")
        yield clone / prefix


def _refuse_moved(then: Path, revision: str, asked: Path) -> None:
    """Else a change could take away a project, and be compared with the one around it or with none."""
    for folder in (asked, *asked.parents)[:-1]:
        if os.path.lexists(then / folder / CONFIG):
            says = f"there was a {folder / CONFIG}, which is gone; compare two reports instead"
            raise WrongInput(f"--base {revision}: {says}")


def _borrowed(root: Path, revision: str, clone: Path) -> None:
    """A repository that borrows all objects of the other, shallow ones too, and has its tags."""
    form = _git(root, revision, "rev-parse", "--show-object-format")
    _git(root, revision, "init", "--quiet", "--template=", f"--object-format={form}", str(clone))
    objects, shallow = (
        root / _git(root, revision, "rev-parse", "--git-path", name)
        for name in ("objects", "shallow")
    )
    (clone / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (clone / ".git" / "objects" / "info" / "alternates").write_text(f"{objects.resolve()}\n")
    if shallow.exists():
        (clone / ".git" / "shallow").write_bytes(shallow.read_bytes())
    listed = ("for-each-ref", "--format=create %(refname) %(objectname)", "refs/tags")
    _git(clone, revision, "update-ref", "--stdin", given=f"{_git(root, revision, *listed)}\n")


def _git(folder: Path, revision: str, *command: str, given: str = "") -> str:
    here = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    try:
        done = subprocess.run(
            ["git", *SAFE, "-C", str(folder), *command], env={**here, **QUIET},
            capture_output=True, input=os.fsencode(given.lstrip()), check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise WrongInput(f"--base {revision}: git is not installed") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        says = lines[-1].removeprefix("fatal: ") if lines else "git knows no such revision"
        remedy = "fetch it first, as in: git fetch origin main" if "rev-parse" in command else ""
        raise WrongInput(f"--base {revision}: {says}{f'; {remedy}' if remedy else ''}")
    return os.fsdecode(done.stdout).rstrip("\n")
