"""Commits of accepted notes: they alone, by their author, and again after a failure."""

import time
from pathlib import Path

import pytest

from tests.conftest import git
from trl4ml.server.committing import Committing, NotCommitted, commit, lacking

AUTHOR = "Review Server <reviews@example.org>"
NOTE = ".trl4ml/reviews/aaaaaaaaaaaa/000001-bbbbbbbbbbbb.json"
SECOND = ".trl4ml/reviews/aaaaaaaaaaaa/000002-cccccccccccc.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder of its repository, with a change staged and one not."""
    top = tmp_path / "repository"
    project = top / "models" / "loans"
    project.mkdir(parents=True)
    (project / "a.txt").write_text("a\n")
    git(top, "init", "-q", "-b", "main")
    git(top, "add", "-A")
    git(top, "commit", "-qm", "all")
    (project / "staged.txt").write_text("staged\n")
    git(top, "add", "-A")
    (project / "a.txt").write_text("changed\n")
    return project


def written(root: Path, *paths: str, content: str = "{}\r\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode())


def index(root: Path) -> Path:
    return root.parent.parent.parent / "git-index"


def test_a_commit_holds_the_notes_alone(root: Path) -> None:
    written(root, NOTE, SECOND, ".trl4ml/reviews/aaaaaaaaaaaa/not-accepted.json")
    assert commit(root, [SECOND, NOTE, NOTE], AUTHOR, index(root)) == 2
    assert git(root, "log", "-1", "--format=%an <%ae> %cn <%ce>%n%s") == (
        f"{AUTHOR} {AUTHOR}\nReviews: 2 notes"
    )
    shown = git(root, "show", "--format=", "--name-status", "HEAD")
    assert shown == f"A\tmodels/loans/{NOTE}\nA\tmodels/loans/{SECOND}"
    assert git(root, "status", "--short") == (
        "M a.txt\nA  staged.txt\n?? .trl4ml/reviews/aaaaaaaaaaaa/not-accepted.json"
    )
    assert commit(root, [NOTE, SECOND], AUTHOR, index(root)) == 0
    assert git(root, "rev-list", "--count", "HEAD") == "2"


def test_the_bytes_are_committed_as_they_are_whatever_the_repository_asks_for(root: Path) -> None:
    (root / ".gitattributes").write_text("* text eol=lf filter=evil\n")
    git(root, "config", "filter.evil.clean", "echo evil")
    git(root, "config", "core.autocrlf", "input")
    written(root, NOTE)
    assert commit(root, [NOTE], AUTHOR, index(root)) == 1
    assert git(root, "cat-file", "-s", f"HEAD:./{NOTE}") == "4"


def test_no_hook_of_the_repository_runs(root: Path) -> None:
    hooks = root.parent.parent / ".git" / "hooks"
    for name in (
        "pre-commit",
        "post-commit",
        "reference-transaction",
        "commit-msg",
        "post-index-change",
    ):
        (hooks / name).write_text("#!/bin/sh\ntouch $(dirname $0)/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    written(root, NOTE)
    assert commit(root, [NOTE], AUTHOR, index(root)) == 1
    assert not (hooks / "ran").exists()


def test_what_a_killed_server_did_not_add_to_the_index_is_added_by_the_next(root: Path) -> None:
    """Else git would show it as deleted, and the next commit of a person would drop it."""
    written(root, NOTE)
    commit(root, [NOTE], AUTHOR, index(root))
    git(root, "rm", "-q", "--cached", NOTE)
    assert f"D  {NOTE}" in git(root, "status", "--short")
    assert commit(root, [NOTE], AUTHOR, index(root)) == 0
    assert ".trl4ml" not in git(root, "status", "--short")


def test_what_is_gone_is_not_committed(root: Path) -> None:
    written(root, NOTE)
    assert commit(root, [NOTE, SECOND], AUTHOR, index(root)) == 1


def test_a_lock_that_a_killed_server_left_is_its_own_to_remove(root: Path) -> None:
    index(root).with_name("git-index.lock").write_text("")
    written(root, NOTE)
    assert commit(root, [NOTE], AUTHOR, index(root)) == 1


def test_why_git_refuses_is_said(root: Path) -> None:
    written(root, NOTE)
    (root.parent.parent / ".git" / "refs" / "heads" / "main.lock").write_text("")
    with pytest.raises(NotCommitted, match=r"git update-ref: .*main.lock"):
        commit(root, [NOTE], AUTHOR, index(root))
    assert git(root, "rev-list", "--count", "HEAD") == "1"


def test_without_a_repository_or_a_commit_there_is_nothing_to_add_to(
    tmp_path: Path, root: Path
) -> None:
    assert lacking(root) == ""
    assert lacking(tmp_path).startswith("git rev-parse: fatal: not a git repository")
    git(tmp_path, "init", "-q")
    assert lacking(tmp_path) == "git rev-parse: fatal: Needed a single revision"


def test_nothing_that_the_repository_names_is_run_to_fetch_what_it_lacks(
    root: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "upload"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    top = root.parent.parent
    for name, value in {
        "core.repositoryformatversion": "1", "extensions.partialClone": "origin",
        "remote.origin.promisor": "true", "remote.origin.url": f"file://{tmp_path}/none",
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
        "remote.origin.uploadpack": str(program), "protocol.file.allow": "always",
        "core.fsmonitor": str(program), "gpg.program": str(program), "commit.gpgSign": "true",
    }.items():  # fmt: skip
        git(top, "config", name, value)
    written(root, NOTE)
    assert commit(root, [NOTE], AUTHOR, index(root)) == 1
    tree = git(top, "rev-parse", "HEAD^{tree}")
    (top / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    ran.unlink(missing_ok=True)
    written(root, SECOND)
    with pytest.raises(NotCommitted):
        commit(root, [SECOND], AUTHOR, index(root))
    assert not ran.exists()


def test_a_link_in_the_place_of_a_note_is_not_committed(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    (root / NOTE).parent.mkdir(parents=True)
    (root / NOTE).symlink_to(secret)
    assert commit(root, [NOTE], AUTHOR, index(root)) == 0


def test_notes_that_come_together_are_one_commit_and_the_rest_is_committed_at_the_end(
    root: Path,
) -> None:
    accepted: list[str] = []
    committing = Committing({root: lambda: list(accepted)}, AUTHOR, index(root))
    committing.start()
    for path in (NOTE, SECOND):
        written(root, path)
        accepted.append(path)
        committing.soon()
    committing.stop()
    assert git(root, "log", "--format=%s").splitlines() == ["Reviews: 2 notes", "all"]


def test_a_failure_is_kept_to_be_shown_until_it_is_over(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trl4ml.server.committing.AGAIN_S", 0.05)
    monkeypatch.setattr("trl4ml.server.committing.TOGETHER_S", 0.0)
    lock = root.parent.parent / ".git" / "refs" / "heads" / "main.lock"
    lock.write_text("")
    written(root, NOTE)
    committing = Committing({root: lambda: [NOTE]}, AUTHOR, index(root))
    committing.start()
    wait(lambda: bool(committing.problems))
    assert committing.problems[root].startswith(
        "accepted notes are not committed yet: git update-ref"
    )
    lock.unlink()
    wait(lambda: not committing.problems)
    committing.stop()
    assert git(root, "log", "-1", "--format=%s") == "Reviews: 1 note"


def wait(until: object) -> None:
    end = time.monotonic() + 20
    while not until():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)
