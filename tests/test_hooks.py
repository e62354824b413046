"""The hooks, really installed by pre-commit and prek from this checkout, on commits that pass and fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import git
from tests.desks import new_key
from trl4ml.testing import lay_out

BIN = Path(sys.prefix) / "bin"
OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
  - {id: licensed, level: 0, ask: Is it?, why: So., wants: license_file, if_not: {remedy: Do., effort: hours}}
  - {id: said, level: 1, ask: Is it?, why: So., wants: answer, if_not: {remedy: Do., effort: hours}}
"""
FILES = {
    "trl4ml.yaml": "name: shop\nchecklists: [checklists/own.yaml]\ncomponents:\n- {name: shop, claims: 0}\n",
    "checklists/own.yaml": OWN,
    "LICENSE": "Apache License\nVersion 2.0, January 2004\n",
    ".gitignore": ".trl4ml/store/\n",
}
CONFIG = """repos:
- repo: {repo}
  rev: {rev}
  hooks: [{{id: trl4ml-lint}}, {{id: trl4ml-reviews}}, {{id: trl4ml-gate}}{more}]
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["pre-commit", "prek"])
def shop(
    request: pytest.FixtureRequest, checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A project with the hooks installed by the runner, and a place to push to."""
    return set_up(request.param, tmp_path_factory.mktemp(request.param), checkout)


def set_up(runner: str, folder: Path, checkout: Path, more: str = "") -> Path:
    shop = folder / "shop"
    config = CONFIG.format(repo=checkout, rev=git(checkout, "rev-parse", "HEAD"), more=more)
    lay_out(shop, {**FILES, ".pre-commit-config.yaml": config}, git=True)
    git(folder, "init", "-q", "--bare", "origin.git")
    git(shop, "remote", "add", "origin", str(folder / "origin.git"))
    types = ["--hook-type", "pre-commit", "--hook-type", "pre-push"]
    done = ran(shop, str(BIN / runner), "install", "--install-hooks", *types)
    assert done.returncode == 0, done.stdout + done.stderr
    return shop


def ran(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command as at the desk of a developer who is offline."""
    wheels = str(BIN.parent / "wheels")
    env = {
        **os.environ, "HOME": str(folder.parent), "XDG_CACHE_HOME": str(folder.parent / "cache"),
        "PRE_COMMIT_HOME": str(folder.parent / "runner"), "PREK_HOME": str(folder.parent / "runner"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "",
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "PIP_CONFIG_FILE": os.devnull,
        "UV_OFFLINE": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": wheels, "UV_PYTHON_DOWNLOADS": "never",
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def commit(shop: Path, name: str, text: str) -> subprocess.CompletedProcess[str]:
    (shop / name).parent.mkdir(parents=True, exist_ok=True)
    (shop / name).write_text(text)
    git(shop, "add", "-A")
    return ran(shop, "git", "commit", "-m", f"change {name}")


def undone(shop: Path) -> None:
    git(shop, "reset", "-q", "--hard")


def test_a_commit_that_touches_nothing_of_ours_is_let_pass(shop: Path) -> None:
    done = commit(shop, "notes.md", "hello\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no files to check" in done.stderr + done.stdout


def test_a_good_change_passes_and_a_bad_one_is_told_with_file_and_line(shop: Path) -> None:
    good = commit(shop, "trl4ml.yaml", FILES["trl4ml.yaml"] + "owners: [Ada]\n")
    assert good.returncode == 0, good.stdout + good.stderr
    bad = commit(shop, "trl4ml.yaml", FILES["trl4ml.yaml"] + "ownrs: [Ada]\n")
    assert bad.returncode == 1
    assert "trl4ml.yaml:5:1: unknown key 'ownrs'; did you mean 'owners'?" in bad.stdout + bad.stderr
    undone(shop)
    bad = commit(shop, "checklists/own.yaml", OWN.replace("license_file", "licence_file"))
    assert bad.returncode == 1
    assert "did you mean 'license-file'?" in bad.stdout + bad.stderr
    undone(shop)


def test_an_edited_answer_does_not_get_in(shop: Path) -> None:
    said = ran(shop, sys.executable, "-m", "trl4ml", "answer", "said", "yes", "--note", "as agreed on Monday", "--by", "Ada")  # fmt: skip
    assert said.returncode == 0, said.stderr
    (record,) = (shop / ".trl4ml" / "answers" / "said").iterdir()
    name = record.relative_to(shop).as_posix()
    assert commit(shop, name, record.read_text()).returncode == 0
    bad = commit(shop, name, record.read_text().replace("Monday", "Sunday"))
    assert bad.returncode == 1
    assert "was changed after it was written" in bad.stdout + bad.stderr
    undone(shop)


def test_a_push_needs_evidence_that_is_stored_and_meets_the_gate(shop: Path) -> None:
    shutil.rmtree(shop / ".trl4ml" / "store", ignore_errors=True)
    without = ran(shop, "git", "push", "origin", "HEAD")
    assert without.returncode == 1
    assert "gather it with: trl4ml audit" in " ".join(without.stdout.split())
    assert ran(shop, sys.executable, "-m", "trl4ml", "audit").returncode == 0
    assert ran(shop, "git", "push", "origin", "HEAD").returncode == 0
    assert commit(shop, "LICENSE", "ask us\n").returncode == 0
    stale = ran(shop, "git", "push", "origin", "HEAD")
    assert stale.returncode == 1
    assert "no current evidence" in " ".join(stale.stdout.split())


def ours(shop: Path, *words: str) -> None:
    done = ran(shop, sys.executable, "-m", "trl4ml", *words)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("runner", ["pre-commit", "prek"])
def test_a_review_is_let_in_once_and_neither_edited_nor_dropped(
    runner: str, checkout: Path, tmp_path: Path
) -> None:
    shop = set_up(runner, tmp_path, checkout, more=", {id: trl4ml-verify}")
    git(shop, "branch", "-M", "main")
    keys = {name: new_key(tmp_path / "keys", name) for name in ("carol", "bob")}
    config = FILES["trl4ml.yaml"] + "owners: ['Olga <olga@example.org>']\n"
    assert commit(shop, "trl4ml.yaml", config).returncode == 0
    for name, key in keys.items():
        ours(shop, "reviewers", "add", f"{name}@example.org", "--role", "research-lead", "--key", f"{key}.pub")  # fmt: skip
    trust = shop / ".trl4ml/trust/allowed_signers"
    bad = commit(shop, ".trl4ml/trust/revoked", "everybody\n")
    assert bad.returncode == 1
    assert "revoked:1: no public key; write its kind and its letters" in bad.stdout + bad.stderr
    (shop / ".trl4ml/trust/revoked").unlink()
    good = commit(shop, trust.relative_to(shop).as_posix(), trust.read_text())
    assert good.returncode == 0, good.stdout + good.stderr
    git(shop, "push", "-q", "--no-verify", "-u", "origin", "main")
    for key in keys.values():
        ours(shop, "sign", "--decision", "approve", "--reason", "seen", "--key", str(key), "--yes")
    first, second = sorted((shop / ".trl4ml/reviews").rglob("*.json"), key=lambda path: path.name)
    name = first.relative_to(shop).as_posix()
    noted = commit(shop, name, first.read_text())
    assert noted.returncode == 0, noted.stdout + noted.stderr
    pushed = ran(shop, "git", "push", "origin", "main")
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr

    edited = commit(shop, name, second.read_text())
    assert edited.returncode == 1
    assert (
        f"{name}: was edited: it is not what it is in origin/main" in edited.stdout + edited.stderr
    )
    undone(shop)
    first.unlink()
    with_others = commit(shop, trust.relative_to(shop).as_posix(), trust.read_text() + "# more\n")
    assert with_others.returncode == 1
    assert f"{name}: was dropped: it is in origin/main and not here" in with_others.stdout + with_others.stderr  # fmt: skip
    undone(shop)
    first.unlink()
    git(shop, "add", "-A")
    alone = ran(shop, "git", "commit", "-m", "tidy")
    assert alone.returncode == 0, "a hook is not told of files that are gone"
    dropped = ran(shop, "git", "push", "origin", "main")
    assert dropped.returncode == 1
    assert (
        f"{name}: was dropped: it is in origin/main and not here" in dropped.stdout + dropped.stderr
    )
