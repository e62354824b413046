"""A real repository with reviewers, their real keys, and notes that they really signed."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.conftest import git
from trl4ml import run
from trl4ml.core.review import NAMESPACE, SignOff, Statement, payload
from trl4ml.ledger.disk import Ledger
from trl4ml.loading import CONFIG
from trl4ml.reviews import reviewing
from trl4ml.testing import lay_out

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
CONFIG_TEXT = """\
name: shop
owners: ["Ola <ola@example.org>"]
checklists: [own.yaml]
components:
  - name: model
    claims: 1
"""
OWN = """\
checklist: own
version: "1"
title: Own
about: Ours.
items:
  - {id: licence, level: 0, ask: Is there a licence?, why: Because., wants: license_file, if_not: {remedy: Add one., effort: minutes}}
  - {id: goal, level: 1, ask: Is the goal met?, why: Because., wants: answer.independent >= 1, if_not: {remedy: Ask., effort: hours}}
  - {id: readme, level: 2, ask: Is there a licence?, why: Because., wants: license_file, if_not: {remedy: Add one., effort: minutes}}
"""
POLICY = """\
roles:
  research-lead: [rita@example.org]
  research: [carol@example.org, ben@example.org]
  senior-research: [rita@example.org]
  legal: [lena@example.org]
"""
POLICY_FILE, SIGNERS_FILE = ".trl4ml/trust/policy.yaml", ".trl4ml/trust/allowed_signers"
PEOPLE = ("rita", "carol", "ben", "lena", "ola", "ada", "eve")
FILES = {CONFIG: CONFIG_TEXT, "own.yaml": OWN, "LICENSE": "MIT License\n", "src/a.py": "a = 1\n"}


class Team:
    """Keys of everybody, and the project that they review.

    Ola owns it, Ada wrote it, the others hold the roles of POLICY. `inner` leads from the repository
    to the project; `more` are files beside FILES, or in their place; empty ones are left out.
    """

    def __init__(
        self, folder: Path, inner: str = "", more: dict[str, str] | None = None, form: str = "sha1"
    ) -> None:
        self.keys = folder / "keys"
        self.top = folder / "shop"
        self.root = self.top / inner
        self.keys.mkdir()
        for who in PEOPLE:
            self.key(who)
        trust = {POLICY_FILE: POLICY, SIGNERS_FILE: self.signers(*PEOPLE)}
        files = {**FILES, **trust, **(more or {})}
        lay_out(self.root, {path: text for path, text in files.items() if text})
        (self.top / ".gitignore").write_text("store/\n")
        git(self.top, "init", "-q", "-b", "main", f"--object-format={form}")
        self.commit("all")

    def key(self, who: str) -> Path:
        path = self.keys / who
        if not path.exists():
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", str(path)],
                check=True,
            )
        return path

    def signers(self, *people: str, options: str = "") -> str:
        lines = [
            f'{who}@example.org namespaces="signoff@trl4ml,git"{options} '
            f"{(self.keys / f'{who}.pub').read_text().rsplit(' ', 1)[0]}\n"
            for who in people
        ]
        return "".join(lines)

    def commit(self, says: str, by: str = "ada", at: datetime = NOW) -> str:
        git(self.top, "add", "-A")
        return self.git("commit", "-qm", says, by=by, at=at)

    def git(self, *command: str, by: str = "ada", at: datetime = NOW) -> str:
        """What git prints, asked by somebody at some time."""
        when = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{at:%Y-%m-%dT%H:%M:%SZ}")
        who = ("-c", f"user.name={by}", "-c", f"user.email={by}@example.org")
        done = subprocess.run(
            ["git", "-C", str(self.top), *who, *command],
            env={**os.environ, **when}, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        lay_out(self.root, {path: text})

    def look(self, now: datetime = NOW, **more: Any) -> reviewing.Reviews:
        return reviewing.of(self.root, now=now, **more)

    def audit(self, now: datetime = NOW, **more: Any) -> run.Audit:
        return run.audit(self.root, now=now, **more)

    def says(self, level: int, component: str = "model", **more: Any) -> tuple[str, str]:
        """The panel's outcome and message."""
        found = reviewing.panels(self.look(**more))[component][level]
        return found.outcome.value, found.message

    def notes(self, **more: Any) -> list[tuple[str, str]]:
        """The standing of each note, and why."""
        return [(one.standing.value, one.says) for one in self.look(**more).verified.notes]

    def sign(
        self, who: str, role: str, decision: str = "approve", level: int = 1, *,
        at: datetime = NOW, key: str = "", now: datetime = NOW, report: str = "", **more: Any,
    ) -> Path:  # fmt: skip
        """A note in the ledger about the project as it is now, or about another report."""
        reviews = self.look(now)
        given = {
            "decision": decision, "project": "shop", "level": level, "role": role,
            "reviewer": f"{who}@example.org", "reason": "I looked.",
            "policy": {"sha256": reviews.policy.digest},
            "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "prev": reviews.verified.tip, **more,
        }  # fmt: skip
        said = Statement(
            subject=reviewing.subjects(reviews._replace(report=report or reviews.report)),
            predicate=SignOff.model_validate(given, strict=False),
        )
        return Ledger(self.root).append(payload(said), self.signature(key or who, payload(said)))

    def signature(self, who: str, content: bytes) -> str:
        done = subprocess.run(
            ["ssh-keygen", "-Y", "sign", "-q", "-f", str(self.keys / who), "-n", NAMESPACE, "-"],
            input=content, capture_output=True, check=True,
        )  # fmt: skip
        return done.stdout.decode()
