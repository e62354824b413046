"""Notes come in here: checked, written to the disk, indexed, and only then acknowledged.

One thread for each project takes what is waiting, as one batch: two notes never race for a place,
and the ledger is checked once for many. Nothing is believed but what was signed: a note is taken
when the whole check of the ledger, with it in its place, finds that it counts.

The order is: check → file → row → answer → commit. When the machine stops between two of them:

* before the file is linked: a file whose name begins with a dot may be left, which is no note; the
  sender got no answer and sends again;
* file, no row: the note is in the ledger; the next start adds the row, and who sends it again
  hears 200;
* row, no answer: the same;
* answer, no commit: the next start commits what HEAD lacks (`committing`).

A note's identity is the digest of its payload, so sending it twice is harmless; a second signature
of the same payload is not stored.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from sqlalchemy import Engine

from trl4ml.core.standing import Checked
from trl4ml.ledger.note import Entry
from trl4ml.reviews import reviewing
from trl4ml.reviews.trusting import Reviews
from trl4ml.server import index
from trl4ml.server.clock import now
from trl4ml.server.limits import Refusal
from trl4ml.server.notes import Answer, Offered, placed, refused, told
from trl4ml.server.watching import Watched

WAITING = 2000
BATCH = 200
LOOKED_S = 2.0
"""What would be refused may be about what is new here: the server looks again, at most so often."""
NOT_STORED = "the server could not store the note; send it again later"


class Intake:
    """Takes the notes of one project. `accepted` is told of each batch that was stored."""

    def __init__(
        self, project: Watched, engine: Engine, accepted: Callable[[Watched, Sequence[Checked]], None]
    ) -> None:  # fmt: skip
        self._project, self._engine, self._accepted = project, engine, accepted
        self._waiting: queue.Queue[Offered | None] = queue.Queue(WAITING)
        self._looked = 0.0
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Answer what waits, then end."""
        self._waiting.put(None)
        self._thread.join(60)

    def offer(self, one: Offered) -> "Future[Answer]":
        try:
            self._waiting.put_nowait(one)
        except queue.Full:
            raise Refusal(
                503, "too many notes wait; send it again", **{"Retry-After": "5"}
            ) from None
        return one.answer

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, over = [first], False
            while len(batch) < BATCH and not over:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                over = more is None
                batch += [more] if more else []
            self._answer([one for one in batch if one.answer.set_running_or_notify_cancel()])
            if over:
                return

    def _answer(self, batch: Sequence[Offered]) -> None:
        """Of two signatures of one payload the second waits until the first is answered."""
        while batch:
            first = {one.digest: one.note for one in reversed(batch)}
            turn = [one for one in batch if first[one.digest] == one.note]
            batch = [one for one in batch if first[one.digest] != one.note]
            fault = ""
            try:
                answers = self._taken(turn)
            except Exception as error:  # a fault of ours or of the disk: nothing is acknowledged
                fault = self._project.unstored = index.said(error)
                answers = [Answer(503, {"says": NOT_STORED}) for _ in turn]
            for one, answer in zip(turn, answers, strict=True):
                one.answer.set_result(answer)
            if fault:
                self._accepted(self._project, ())

    def _taken(self, batch: Sequence[Offered]) -> list[Answer]:
        """An answer for each, in order."""
        with self._project.lock:
            if self._project.indexing:
                self._project.again()
            before = self._project.notes()
            first = {one.digest: one for one in reversed(batch)}
            new = [one for one in first.values() if one.digest not in before]
            lost, reviews = self._checked(new)
            kept = [one for one in new if one.digest not in lost]
            self._store(kept, reviews)
            after, seen = self._project.notes(), set(before)
            answers = []
            for one in batch:
                answers.append(lost.get(one.digest) or told(after[one.digest], one.digest in seen))
                seen.add(one.digest)
        if kept:
            self._accepted(self._project, [after[one.digest] for one in kept])
        return answers

    def _checked(self, new: Sequence[Offered]) -> tuple[dict[str, Answer], Reviews]:
        """Which are refused, and the reviews with the others among them."""
        lost, reviews = self._attempt(new)
        if lost and time.monotonic() - self._looked > LOOKED_S:
            self._project.look()
            self._looked = time.monotonic()
            lost, reviews = self._attempt(new)
        return lost, reviews

    def _attempt(self, new: Sequence[Offered]) -> tuple[dict[str, Answer], Reviews]:
        """Check again without those that were refused, until all that are left may be taken."""
        base, lost = self._project.reviews, dict[str, Answer]()
        while True:
            entries, more = placed([one for one in new if one.digest not in lost], base.verified)
            if entries and not more:
                reviews = reviewing.rechecked(base, list(entries.values()), now=now())
                more = refused(entries, reviews, base.verified)
                if not more:
                    return lost, reviews
            elif not more:
                return lost, base
            lost |= more

    def _store(self, taken: Sequence[Offered], reviews: Reviews) -> None:
        """To the disk, then to the index, in the order in which they follow each other."""
        rows = []
        self._project.indexing = bool(taken)
        numbers = {one.digest: one.number for one in reviews.verified.notes}
        for one in sorted(taken, key=lambda one: (numbers[one.digest], one.digest)):
            path = self._project.ledger.append(one.note.payload, one.note.signature)
            shown = path.relative_to(self._project.root).as_posix()
            rows.append(self._project.row(one.digest, Entry(shown, path.read_bytes())))
        if rows:
            index.add(self._engine, rows)
            self._project.indexing, self._project.unstored = False, ""
            self._project.reviews = reviews
