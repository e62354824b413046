"""The projects as they are now: looked at again and again, and at once after a note.

`look` is slow (an audit, git); it runs outside the lock. What it found is checked again under the
lock against the ledger as it is then, so that a note accepted meanwhile is never forgotten.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from trl4ml.core.canonical import digest
from trl4ml.core.standing import Checked, Standing
from trl4ml.errors import WrongInput
from trl4ml.ledger.disk import Ledger
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.note import Entry
from trl4ml.ledger.trust import Trust
from trl4ml.reviews import reviewing
from trl4ml.reviews.trusting import Reviews
from trl4ml.server import index
from trl4ml.server.clock import now, said
from trl4ml.server.index import Row
from trl4ml.server.settings import Settings

LEFT = timedelta(hours=1)
"""A file that was being written so long ago was left by a process that was killed."""


class Watched:
    """One project: what is to be reviewed there, by whom, and every note.

    `lock` is held by whoever adds notes or replaces `reviews`.
    """

    def __init__(self, root: Path, settings: Settings, engine: Engine) -> None:
        self.root, self._settings, self._engine = root, settings, engine
        self.ledger = Ledger(root)
        self.lock = threading.RLock()
        self.problem = ""
        """Why the last look failed; what was seen before it is kept."""
        self.unstored = ""
        """Why the last note could not be stored; empty once one could."""
        self.gone: tuple[str, ...] = ()
        """Accepted notes whose files are gone or changed."""
        self.indexing = True
        """Whether the index may lack a note that is in the folder."""
        self.reviews = self._fresh()
        self.name = self.reviews.base_report.project
        self.prefix = ""
        """What stands before the addresses of this project: `/name` where there are several."""
        self.indexed()
        self.ledger.swept(now() - LEFT)

    def _fresh(self) -> Reviews:
        own = self._settings
        return reviewing.of(self.root, base=own.base, trust=own.trust, now=now())

    def look(self) -> None:
        """See what there is now. A project that cannot be read stays as it was, and says so.

        Whatever is wrong with it: the other projects are looked at all the same.
        """
        try:
            fresh = self._fresh()
            with self.lock:
                self.again(fresh)
        except Exception as error:
            self.problem = index.said(error)
        else:
            self.problem = self._renamed()

    def _renamed(self) -> str:
        name = self.reviews.base_report.project
        return "" if name == self.name else f"is named {name} now; start the server again"

    def accepted(self) -> list[str]:
        """The paths of the accepted notes whose files are as they were accepted."""
        there = {one.path: hashlib.sha256(one.content).hexdigest() for one in self.ledger.entries()}
        rows = index.rows(self._engine, self.name)
        return [one.path for one in rows if there.get(one.path) == one.file]

    def again(self, fresh: Reviews | None = None) -> None:
        """The ledger on the disk checked anew, and the index brought up to it."""
        self.reviews = reviewing.rechecked(fresh or self.reviews, now=now())
        self.indexed()

    def notes(self) -> dict[str, Checked]:
        """Every readable note by its digest."""
        return {one.digest: one for one in self.reviews.verified.notes if one.digest}

    def indexed(self) -> None:
        """The index brought up to the folder, and the folder compared with the index."""
        try:
            entries = {one.path: one for one in self.ledger.entries()}
        except Refused as error:
            raise WrongInput(str(error)) from None
        new = [self.row(digest, entries[note.path]) for digest, note in self.notes().items()
               if note.path in entries and note.standing is not Standing.REFUSED]  # fmt: skip
        known = index.rows(self._engine, self.name)
        there = {one.digest for one in known}
        self.indexing = True
        index.add(self._engine, [one for one in new if one.digest not in there])
        self.indexing = False
        files = {path: hashlib.sha256(one.content).hexdigest() for path, one in entries.items()}
        self.gone = index.missing(known, files)

    def row(self, digest: str, entry: Entry) -> Row:
        file = hashlib.sha256(entry.content).hexdigest()
        return Row(self.name, digest, entry.path, file, said(now()))

    def stamp(self) -> str:
        """Changes when the pages do: with the evidence, the rules, the people, the notes, the day."""
        seen = self.reviews
        notes = [[one.digest, one.standing, one.says] for one in seen.verified.notes]
        panels = [[name, level, one.outcome, one.message]
                  for name, levels in reviewing.panels(seen).items()
                  for level, one in levels.items()]  # fmt: skip
        return digest([
            seen.report, notes, list(seen.verified.faults), self.problem, str(now().date()), panels,
            seen.policy.model_dump(mode="json"), seen.trusted_from, seen.problem, _people(seen.trust),
        ])  # fmt: skip


def _people(trust: Trust | None) -> list[str]:
    """Whom the project trusts with which key, and which keys it does not any more."""
    if trust is None:
        return []
    lines = [f"{one.principal} {one.key.hex()} {one.valid_after} {one.valid_before}"
             for one in trust.signers]  # fmt: skip
    return [*lines, *sorted(one.hex() for one in trust.revoked)]


class Refreshing:
    """A thread that looks at every project now and then, and has the pages made anew."""

    def __init__(
        self, projects: Sequence[Watched], every: float, changed: Callable[[], str]
    ) -> None:  # fmt: skip
        self._projects, self._every, self._changed = projects, every, changed
        self._wanted, self._over = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="refreshing", daemon=True)
        self.built = self._stamp()
        self.problem = ""
        """Why the pages are not those of now."""

    def start(self) -> None:
        self._thread.start()

    def soon(self) -> None:
        """Look again now rather than later."""
        self._wanted.set()

    def stop(self) -> None:
        """A look that is under way may be cut off: it changes nothing but the store and the site."""
        self._over = True
        self._wanted.set()
        self._thread.join(5)

    def _stamp(self) -> str:
        return digest([one.stamp() for one in self._projects])

    def _run(self) -> None:
        while not self._over:
            self._wanted.wait(self._every)
            self._wanted.clear()
            if self._over:
                return
            try:
                self._again()
            except Exception as error:  # a fault of ours: said on the queue, and tried again
                self.problem, self.built = index.said(error), ""

    def _again(self) -> None:
        for one in self._projects:
            one.look()
        stamp = self._stamp()
        if stamp != self.built:
            self.problem = self._changed()
            self.built = stamp if not self.problem else ""
