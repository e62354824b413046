"""`trl4ml diff --base`: what a change does to the levels, judged by auditing both sides."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Run
from trl4ml.core.diff import MeasureChange
from trl4ml.core.evidence import Measure
from trl4ml.testing import lay_out

OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
  - {id: licensed, level: 0, ask: Is it?, why: So., wants: license_file, if_not: {remedy: Do., effort: hours}}
"""
LICENCE = "Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    top = tmp_path / "repo"
    lay_out(top, {"ml/trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "ml/own.yaml": OWN,
                  "ml/LICENSE": LICENCE}, git=True)  # fmt: skip
    return top / "ml"


def git(repo: Path, *command: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", "-C", str(repo), *who, *command], check=True, capture_output=True)


def test_a_change_that_lowers_a_level_is_named_and_exits_with_1(repo: Path, trl4ml: Run) -> None:
    git(repo, "rm", "-q", "LICENSE")
    done = trl4ml("diff", "--base", "HEAD", cwd=repo)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("level fell from 0 to below entry")
    assert "licensed" in done.stdout
    told = json.loads(trl4ml("diff", ".", "--base", "HEAD", "--format", "json", cwd=repo).stdout)
    assert "licensed" in json.dumps(told)


def test_nothing_changed_is_said_and_the_tree_is_left_alone(repo: Path, trl4ml: Run) -> None:
    before = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repo, capture_output=True, check=True
    )
    done = trl4ml("diff", "--base", "HEAD", cwd=repo)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "no level changed, nor anything else",
    )
    after = subprocess.run(
        ["git", "status", "--porcelain"], cwd=repo, capture_output=True, check=True
    )
    assert before.stdout == after.stdout
    worktrees = subprocess.run(
        ["git", "worktree", "list"], cwd=repo, capture_output=True, check=True
    )
    assert worktrees.stdout.count(b"\n") == 1


def test_a_shallow_clone_can_be_compared_with_itself(repo: Path, trl4ml: Run) -> None:
    shallow = repo.parent.parent / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{repo.parent}", str(shallow)], check=True
    )
    assert trl4ml("diff", "--base", "HEAD", cwd=shallow / "ml").returncode == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--base", "nowhere"], "--base nowhere: git knows no such revision; fetch it first"),
        (["--base", "--upload-pack=touch x"], "is no name of a revision"),
        (["--base", "-x"], "is no name of a revision"),
        (["--base", "HEAD;ls"], "is no name of a revision"),
        (["a.json"], "give two reports, or a revision, as in: trl4ml diff --base origin/main"),
        ([".", "b.json", "--base", "HEAD"], "give no second report"),
    ],
)
def test_what_is_no_revision_is_refused(
    repo: Path, trl4ml: Run, args: list[str], says: str
) -> None:
    done = trl4ml("diff", *args, cwd=repo)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_base_from_before_the_audit_and_a_folder_without_git_are_told(
    repo: Path, trl4ml: Run, tmp_path: Path
) -> None:
    git(repo, "rm", "-q", "--cached", "trl4ml.yaml")
    git(repo, "commit", "-qm", "without")
    done = trl4ml("diff", "--base", "HEAD", cwd=repo)
    assert "there was no ml/trl4ml.yaml yet" in done.stderr
    lay_out(tmp_path / "bare", {"trl4ml.yaml": "name: shop\n"})
    done = trl4ml("diff", "--base", "HEAD", cwd=tmp_path / "bare")
    assert done.returncode == 2
    assert "is not in a git repository; give two reports instead" in done.stderr


def test_a_folder_that_was_a_link_out_is_not_followed(
    repo: Path, trl4ml: Run, tmp_path: Path
) -> None:
    lay_out(tmp_path / "other", {"trl4ml.yaml": "name: other\n"})
    git(repo, "mv", "own.yaml", "../own.yaml")
    git(repo, "rm", "-rqf", ".")
    repo.symlink_to(tmp_path / "other")
    git(repo.parent, "add", "-A")
    git(repo.parent, "commit", "-qm", "link")
    repo.unlink()
    lay_out(repo, {"trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "own.yaml": OWN})
    done = trl4ml("diff", "--base", "HEAD", cwd=repo)
    assert done.returncode == 2
    assert "--base HEAD: ml/ was a link that leaves the repository" in done.stderr
    assert not (tmp_path / "other" / ".trl4ml").exists()


def test_a_repository_of_sha256_objects_is_compared(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(
        tmp_path / "new", {"trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "own.yaml": OWN}
    )
    git(tmp_path / "new", "init", "-q", "--object-format=sha256")
    git(tmp_path / "new", "add", "-A")
    git(tmp_path / "new", "commit", "-qm", "first")
    done = trl4ml("diff", "--base", "HEAD", cwd=tmp_path / "new")
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_of_the_repository_is_run_for_it(repo: Path, trl4ml: Run) -> None:
    trap = repo / "sprung"
    git(repo, "config", "filter.evil.smudge", f"touch {trap}")
    git(repo, "config", "core.fsmonitor", f"touch {trap}")
    hook = repo.parent / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    (repo / ".gitattributes").write_text("* filter=evil\n")
    git(repo, "add", ".gitattributes")
    git(repo, "commit", "-qm", "trap", "--no-verify")
    trap.unlink(missing_ok=True)
    assert trl4ml("diff", "--base", "HEAD", cwd=repo).returncode == 0
    assert not trap.exists()


def change(before: Measure | None, after: Measure | None) -> MeasureChange:
    return MeasureChange(components=("a",), probe="p", measure="m", before=before, after=after)


@pytest.mark.parametrize(
    ("before", "after", "apart"),
    [
        ((0.1, 0.2), (0.3, 0.4), True),
        ((0.3, 0.4), (0.1, 0.2), True),
        ((0.1, 0.3), (0.3, 0.4), False),
        ((0.1, 0.5), (0.2, 0.3), False),
        ((None, 0.5), (0.6, 0.7), None),
    ],
)
def test_a_change_is_more_than_chance_where_the_intervals_are_apart(
    before: tuple[float, float], after: tuple[float, float], apart: bool | None
) -> None:
    sides = [Measure(value=0.3, lower=low, upper=high) for low, high in (before, after)]
    assert change(*sides).apart is apart
    assert change(None, sides[1]).apart is None
    hours = Measure(value=0.9, lower=0.8, upper=1.0, unit="Wh")
    assert change(Measure(value=0.3, lower=0.2, upper=0.4, unit="kWh"), hours).apart is None
