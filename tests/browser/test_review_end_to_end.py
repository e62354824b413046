"""From a passkey to a gate, on static pages: enrol, read, sign, merge; and what a change undoes."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.reviewing import decide, enrolled, person, served, signed
from tests.browser.test_reviews import checked_by_openssh
from tests.reviewed import CAROL
from trl4ml.ledger.note import read

pytestmark = pytest.mark.slow
CHECKLIST = """\
checklist: own
version: "1"
title: t
about: a
items:
  - {id: licence, level: 0, ask: Is there a licence?, why: Because., wants: license_file,
     if_not: {remedy: Write one., effort: minutes}}
"""
POLICY = """\
roles:
  research-lead: [carol@example.org]
from_level: 0
origins: [{origin}]
"""
FILES = {
    "trl4ml.yaml": "name: p\nowners: [Ola <ola@example.org>]\nchecklists: [own.yaml]\n"
    "components: [{name: model, claims: 0}]\n",
    "own.yaml": CHECKLIST, "LICENSE": "Apache License, Version 2.0\n", ".gitignore": "site/\n",
    ".trl4ml/trust/allowed_signers": "# who may sign\n",
}  # fmt: skip
WHO = {"GIT_AUTHOR_NAME": "Ola", "GIT_AUTHOR_EMAIL": "ola@example.org", "GIT_COMMITTER_NAME": "Ola",
       "GIT_COMMITTER_EMAIL": "ola@example.org"}  # fmt: skip


def git(project: Path, *arguments: str) -> None:
    command = ["git", *arguments]
    subprocess.run(command, cwd=project, env={**os.environ, **WHO}, check=True, capture_output=True)


def commit(project: Path, message: str) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", message)


def trl4ml(project: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and all that was said."""
    command = [sys.executable, "-m", "trl4ml", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def built(project: Path) -> None:
    code, said = trl4ml(project, "site", "build", "--output", "../site")
    assert code == 0, said


def begun(folder: Path, origin: str) -> Path:
    """A project whose base branch says that a research lead reviews level 0."""
    files = {**FILES, ".trl4ml/trust/policy.yaml": POLICY.format(origin=origin)}
    for name, text in files.items():
        (folder / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "p" / name).write_text(text, encoding="utf-8")
    git(folder, "init", "-q", "-b", "main", "p")
    commit(folder / "p", "begin")
    return folder / "p"


def admitted(project: Path, page: Page, line: str) -> None:
    """What a maintainer does with the line of the enrolment page."""
    command = page.inner_text("#command")
    key = line.split(maxsplit=2)[2]
    assert command == f"trl4ml reviewers add {CAROL} --key '{key}' --role research-lead"
    code, said = trl4ml(project, *shlex.split(command)[1:])
    assert code == 0, said
    assert line in (project / ".trl4ml/trust/allowed_signers").read_text(encoding="ascii")
    commit(project, "carol may sign")


def reviewed(project: Path, page: Page, address: str) -> str:
    """Sign on the page, and put the file where the page says; its text."""
    decide(page, address, **{"In which role": "research-lead"})
    assert "up to level 0" in page.inner_text("#summary")
    text, name = signed(page)
    path = project / page.inner_text("#path")
    assert path.name == name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return text


def shown(page: Page, address: str) -> tuple[str, str]:
    """The first sentence of the page of reviews, and where the newest note stands."""
    page.goto(f"{address}/reviews.html")
    standing = page.locator("main p > .verdict")
    return page.inner_text("h1 + p"), standing.first.inner_text() if standing.count() else ""


def test_a_review_is_enrolled_signed_verified_and_undone_by_a_change(
    tmp_path: Path, browser: Browser
) -> None:
    (tmp_path / "site").mkdir()
    with served(tmp_path / "site") as address:
        project = begun(tmp_path, address)
        carol = person(browser)
        page = carol.page
        built(project)
        line = enrolled(carol, address, CAROL)
        admitted(project, page, line)

        built(project)
        assert trl4ml(project, "gate")[0] == 1
        assert shown(page, address) == ("Approved: 0 of the 1 gates below.", "")
        text = reviewed(project, page, address)
        code, said = trl4ml(project, "verify")
        assert (code, CAROL in said) == (0, True), said
        assert checked_by_openssh(read(text.encode()), line, tmp_path).startswith("Good")
        assert trl4ml(project, "gate")[0] == 0

        commit(project, "Carol's review")
        built(project)
        assert trl4ml(project, "gate")[0] == 0
        assert shown(page, address) == ("Approved: 1 of the 1 gates below.", "counts")
        assert page.inner_text("h3").startswith(f"1. {CAROL} approves")

        assert trl4ml(project, "report")[0] == 0
        commit(project, "the pages")
        assert "up to date" in trl4ml(project, "report")[1]
        assert trl4ml(project, "gate")[0] == 0

        (project / "LICENSE").write_text("Apache License, of another day\n", encoding="utf-8")
        assert trl4ml(project, "audit")[0] == 1
        code, said = trl4ml(project, "gate")
        assert (code, "review-level-0" in said) == (1, True), said
        assert "stale" in trl4ml(project, "verify")[1]
        built(project)
        assert shown(page, address) == ("Approved: 0 of the 1 gates below.", "stale")
        assert "the evidence has changed since" in page.inner_text("main")
        page.goto(f"{address}/sign.html")
        page.locator("#form").wait_for()
        assert "stale" in page.inner_text("#evidence")
        carol.close()
