"""A project with reviews in force, notes about it, and a server over it that needs no process."""

import asyncio
import base64
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import httpx

from tests.conftest import git
from tests.ledger.writing import CAROL, DAVE, EVE, KEYS, Key, moment
from trl4ml.core.review import SignOff, Statement, payload
from trl4ml.ledger import signers
from trl4ml.reviews import reviewing
from trl4ml.server.app import app
from trl4ml.server.clock import now
from trl4ml.server.settings import Settings
from trl4ml.server.setup import Server, set_up

T = TypeVar("T")
CONFIG = """\
name: {name}
owners: ["Olga <olga@example.org>"]
components:
  - name: model
    claims: 2
    paths: [model.txt]
checklists: [own.yaml]
"""
CHECKLIST = """\
checklist: own
version: "1"
title: Own
about: One question.
items:
  - id: own-licence
    level: 0
    ask: Is there a licence?
    why: Nobody may use it otherwise.
    wants: license_file
    if_not: {remedy: Add one., effort: minutes}
"""
POLICY = {
    "roles": {"research": [CAROL, DAVE], "senior-research": [EVE]}, "from_level": 1,
    "origins": ["http://localhost:8000"],
}  # fmt: skip
TRUST = ".trl4ml/trust"


def project(folder: Path, name: str = "loans", **policy: Any) -> Path:
    """A repository on `main`, written by Ada and reviewed by nobody yet."""
    (folder / TRUST).mkdir(parents=True)
    (folder / "trl4ml.yaml").write_text(CONFIG.format(name=name))
    (folder / "own.yaml").write_text(CHECKLIST)
    (folder / "LICENSE").write_text("MIT License\n")
    (folder / "model.txt").write_text("weights\n")
    (folder / TRUST / "policy.yaml").write_text(json.dumps({**POLICY, **policy}))
    lines = "".join(signers.line(who, key.text) for who, key in KEYS.items())
    (folder / TRUST / "allowed_signers").write_text(lines)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    return folder


class Note(NamedTuple):
    payload: bytes
    signature: str

    @property
    def body(self) -> dict[str, str]:
        return {"payload": base64.b64encode(self.payload).decode(), "signature": self.signature}


def note(reviews: reviewing.Reviews, who: str = CAROL, key: Key | None = None, **said: Any) -> Note:
    """An approval of level 1 as research, of what there is now, but for what is said."""
    at: datetime = said.pop("at", now())
    report, name = (
        said.pop("report", reviews.report),
        said.pop("project", reviews.base_report.project),
    )
    subjects = [
        one.model_copy(update={"digest": one.digest.model_copy(update={"sha256": report})})
        if one.name == "report.json" else one
        for one in reviewing.subjects(reviews)
    ]  # fmt: skip
    plain: dict[str, Any] = {
        "decision": "approve", "project": name, "level": 1, "role": "research", "reviewer": who,
        "reason": "read it", "policy": {"sha256": reviews.policy.digest}, "created_at": moment(at),
        "prev": None, **said,
    }  # fmt: skip
    made = payload(
        Statement(subject=tuple(subjects), predicate=SignOff.model_validate(plain, strict=False))
    )
    return Note(made, (key or KEYS[who]).sign(made))


def awaited(what: Coroutine[Any, Any, T]) -> T:
    """Its result, in a thread of its own: the main one may have a browser's loop already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, what).result()


class Asking(NamedTuple):
    """A server whose threads run, and how to ask it something."""

    server: Server

    def __call__(
        self, method: str, path: str, *, peer: str = "127.0.0.1", **given: Any
    ) -> httpx.Response:
        return self.many([(method, path, given)], peer)[0]

    def many(
        self, asked: list[tuple[str, str, dict[str, Any]]], peer: str = "127.0.0.1"
    ) -> list[httpx.Response]:
        """All at once."""

        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=app(self.server), client=(peer, 1))
            base = self.server.settings.origins[0]
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await asyncio.gather(
                    *(client.request(method, path, **given) for method, path, given in asked)
                )

        return awaited(run())

    def post(self, one: Note, path: str = "/api/notes", **given: Any) -> httpx.Response:
        return self("POST", path, json=one.body, **given)

    @property
    def reviews(self) -> reviewing.Reviews:
        return self.server.projects[0].reviews

    def note(self, who: str = CAROL, **said: Any) -> Note:
        return note(self.reviews, who, **said)


def settings(data: Path, *projects: Path, **more: Any) -> Settings:
    data.mkdir(exist_ok=True)
    return Settings(projects, data, **{"rate": 100_000, "refresh": 3600, "commit": False, **more})


@contextmanager
def running(wanted: Settings) -> Iterator[Asking]:
    server = set_up(wanted)
    server.start()
    try:
        yield Asking(server)
    finally:
        server.stop()
        server.engine.dispose()


SOON = timedelta(days=10)
