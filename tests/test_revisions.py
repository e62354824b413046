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


@pytest.mark.parametrize("name", ["feature/#12", "release+1", "größer", "a=b,c%d"])
def test_a_branch_of_any_usual_name_is_compared_with(repo: Path, trl4ml: Run, name: str) -> None:
    git(repo, "branch", name)
    done = trl4ml("diff", "--base", name, cwd=repo)
    assert (done.returncode, done.stderr) == (0, "")


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


def test_a_project_that_was_moved_out_of_the_folder_is_not_taken_for_a_new_one(
    repo: Path, trl4ml: Run
) -> None:
    git(repo, "mv", "trl4ml.yaml", "own.yaml", "..")
    for folder in (repo, repo / "src"):
        folder.mkdir(exist_ok=True)
        done = trl4ml("diff", "--base", "HEAD", folder, cwd=repo.parent)
        assert done.returncode == 2
        assert done.stderr == (
            "trl4ml: --base HEAD: there was a ml/trl4ml.yaml, which is gone; compare two reports instead\n"
        )
    done = trl4ml("diff", "--base", "HEAD", cwd=repo.parent)
    assert "there was no trl4ml.yaml yet" in done.stderr


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


RUN = """  - {id: run, level: 1, ask: Is it?, why: So., wants: test_results, if_not: {remedy: Do., effort: hours}}
"""
PASSED = '<testsuite tests="1" failures="0"><testcase classname="a" name="b"/></testsuite>'
FAILED = '<testsuite tests="1" failures="1"><testcase name="b"><failure/></testcase></testsuite>'


@pytest.fixture
def tested(tmp_path: Path) -> Path:
    """A project whose results of tests git does not keep, as everywhere."""
    top = tmp_path / "tested"
    lay_out(top, {"trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n", "own.yaml": OWN + RUN,
                  "LICENSE": LICENCE, ".gitignore": "out/\n.trl4ml/store/\n"}, git=True)  # fmt: skip
    lay_out(top, {"out/junit.xml": PASSED})
    (top / "trl4ml.yaml").write_text(
        "name: shop\nchecklists: [own.yaml]\nprobes: {test-results: {paths: [out/junit.xml]}}\n"
    )
    git(top, "commit", "-qam", "results")
    return top


def test_results_that_git_does_not_keep_are_neither_won_nor_lost(tested: Path, trl4ml: Run) -> None:
    says = (
        "1 item is not compared: it rests on files that git does not keep (out/junit.xml), which a copy "
        "of HEAD lacks; to compare, give the report that was made there: --base-report FILE\n"
    )
    done = trl4ml("diff", "--base", "HEAD", cwd=tested)
    assert (done.returncode, done.stderr) == (0, says)
    assert done.stdout.startswith(
        "no level fell\n\nNot compared, as git does not keep what it rests on:\n"
    )
    assert "Gained" not in done.stdout
    (tested / "out" / "junit.xml").write_text(FAILED)
    done = trl4ml("diff", "--base", "HEAD", cwd=tested)
    assert (done.returncode, done.stderr) == (1, says)
    assert done.stdout.startswith("level may have fallen from 1 to 0 (component shop)\n")
    told = json.loads(trl4ml("diff", "--base", "HEAD", "--format", "json", cwd=tested).stdout)
    assert (told["fell"], told["unknown"]) == (False, True)


def test_what_is_seen_without_being_read_is_not_gained(repo: Path, trl4ml: Run) -> None:
    """Runs of a tracker lie in folders that git ignores."""
    asked = RUN.replace("test_results", "experiments_tracked")
    lay_out(repo, {"own.yaml": OWN + asked, ".gitignore": "wandb/\n.trl4ml/store/\n"})
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "asks for runs")
    assert trl4ml("diff", "--base", "HEAD", cwd=repo).stdout.startswith("no level changed, nor")
    lay_out(repo, {"wandb/run-20261121_101010-abcd/files/config.yaml": "a: 1\n"})
    done = trl4ml("diff", "--base", "HEAD", cwd=repo)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "no level fell"), done.stdout
    assert "git does not keep (wandb/run-20261121_101010-abcd/files/config.yaml)" in done.stderr
    assert "Gained" not in done.stdout


def test_what_git_lfs_keeps_elsewhere_is_not_compared(tested: Path, trl4ml: Run) -> None:
    """In a copy only the pointer is there, which is no table of results."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 99\n"
    lay_out(tested, {"lfs/junit.xml": pointer, "trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\n"
                     "probes: {test-results: {paths: [lfs/junit.xml]}}\n"})  # fmt: skip
    git(tested, "add", "-A")
    git(tested, "commit", "-qm", "in LFS")
    (tested / "lfs" / "junit.xml").write_text(FAILED)
    done = trl4ml("diff", "--base", "HEAD", cwd=tested)
    assert done.returncode == 1
    assert done.stdout.startswith("level may have fallen from 1 to 0 (component shop)\n")
    assert "git does not keep (lfs/junit.xml)" in done.stderr


def test_with_many_results_they_are_not_compared_either(tested: Path, trl4ml: Run) -> None:
    """Of more than twenty files the evidence holds one digest, and no names."""
    lay_out(tested, {f"out/{n}.xml": PASSED for n in range(30)})
    (tested / "trl4ml.yaml").write_text(
        "name: shop\nchecklists: [own.yaml]\nprobes: {test-results: {paths: [out/*.xml]}}\n"
    )
    done = trl4ml("diff", "--base", "HEAD", cwd=tested)
    assert "(out/0.xml, out/1.xml, out/10.xml, out/11.xml, out/12.xml, …)" in done.stderr
    assert done.stdout.startswith("no level fell\n")
    git(tested, "add", "-f", ".trl4ml/store")  # which could say that other files were read
    (tested / "out" / "7.xml").write_text(FAILED)
    done = trl4ml("diff", "--base", "HEAD", cwd=tested)
    assert done.returncode == 1
    assert "git does not keep (31 files)" in done.stderr
    assert done.stdout.startswith("level may have fallen from 1 to 0 (component shop)\n")


@pytest.mark.slow
def test_the_report_that_was_made_at_the_base_compares_all_of_it(tested: Path, trl4ml: Run) -> None:
    trl4ml("audit", "--format", "json=base.json", cwd=tested)
    given = ("diff", "--base", "HEAD", "--base-report", "base.json")
    (tested / "out" / "junit.xml").write_text(FAILED)
    done = trl4ml(*given, cwd=tested)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("level fell from 1 to 0 (component shop)\n")
    for part in (["--level", "0"], ["--only", "run"], ["--component", "shop"]):
        trl4ml("audit", *part, "--format", "json=part.json", cwd=tested)
        done = trl4ml("diff", "--base", "HEAD", "--base-report", "part.json", cwd=tested)
        assert done.returncode == 2
        assert "part.json: not all of what HEAD asks is in it; make it there with" in done.stderr
    (tested / "trl4ml.yaml").write_text("name: shop\nchecklists: [own.yaml]\n")
    git(tested, "commit", "-qam", "otherwise")
    done = trl4ml(*given, cwd=tested)
    assert done.returncode == 2
    assert done.stderr == (
        "trl4ml: --base-report base.json: trl4ml.yaml was another when it was made than it is at HEAD; "
        "give the report that was made there\n"
    )
    done = trl4ml("diff", "--base-report", "base.json", cwd=tested)
    assert "--base-report is the report of a revision: name that with --base" in done.stderr


def test_reports_on_some_items_alone_do_not_pass_for_a_level_that_held(
    tested: Path, trl4ml: Run
) -> None:
    trl4ml("audit", "--only", "run", "--format", "json=a.json", cwd=tested)
    done = trl4ml("diff", "a.json", "a.json", cwd=tested)
    assert done.returncode == 1
    assert done.stdout.startswith("no level is compared, for one of the two was made with --only")


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
