"""How fast a ledger of notes is verified, and how that grows, beside `ssh-keygen -Y verify`: ratios.

    python benchmarks/verify.py [ROUNDS]

Ours is the whole check, from the files on the disk: form, place in the chain, signature, key, role,
what was reviewed. The peer checks the signature alone, one process a note, its two files written
beforehand. Notes are signed by ten Ed25519 keys. Each round writes every ledger anew, as what was
checked once is remembered, and runs every size and the peer's sample once, in turn, so that a busy
machine is as unkind to all; medians are compared.
"""

import base64
import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.review import NAMESPACE, REPORT, Decision, SignOff, Statement, Subject, payload
from trl4ml.core.standing import Standing
from trl4ml.ledger import chain, note, signers, sshsig
from trl4ml.ledger.checking import checked
from trl4ml.ledger.disk import Ledger
from trl4ml.ledger.trust import Base, Now, Trust
from trl4ml.ledger.wire import string

SIZES = (1_000, 3_000, 10_000)
SAMPLE = 100
FASTER = 20
GROWTH = 1.25
"""A note among 10,000 costs at most so many times what it costs among 1,000."""
PEOPLE = [f"reviewer-{number}@example.org" for number in range(10)]
START = datetime(2026, 1, 1, tzinfo=UTC)
REPORTED = "ab" * 32
Pair = tuple[Ed25519PrivateKey, bytes]
POLICY = ReviewPolicy(roles={"product": tuple(PEOPLE)})


def keys() -> dict[str, Pair]:
    """Each person's key, and its public half in SSH's form."""
    made = {who: Ed25519PrivateKey.generate() for who in PEOPLE}
    public = {who: one.public_key().public_bytes_raw() for who, one in made.items()}
    return {who: (made[who], string(b"ssh-ed25519") + string(public[who])) for who in PEOPLE}


def statement(number: int, prev: str | None, round: int) -> Statement:
    """An approval with a reason of ordinary length."""
    at = START + timedelta(minutes=number)
    return Statement(
        subject=(Subject.model_validate({"name": REPORT, "digest": {"sha256": REPORTED}}),),
        predicate=SignOff.model_validate({
            "decision": Decision.APPROVE, "project": "loans", "level": 4, "role": "product",
            "reviewer": PEOPLE[number % len(PEOPLE)], "reason": f"Round {round}: " + "Read, and compared with last time. " * 8,
            "policy": {"sha256": POLICY.digest}, "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "prev": prev,
        }),
    )  # fmt: skip


def written(project: Path, notes: int, round: int, signing: dict[str, Pair]) -> None:
    """A ledger of so many notes that follow one another."""
    (project / chain.FOLDER / REPORTED[:12]).mkdir(parents=True)
    prev = None
    for number in range(notes):
        said = statement(number, prev, round)
        text = payload(said)
        private, public = signing[said.predicate.reviewer]
        made = string(b"ssh-ed25519") + string(private.sign(sshsig.to_be_signed(text, NAMESPACE)))
        prev = hashlib.sha256(text).hexdigest()
        path = project / chain.place(number + 1, said, prev)
        path.write_bytes(note.written(text, sshsig.assembled(public, NAMESPACE, made)))


def ours(project: Path, trust: Trust) -> float:
    """Seconds a note."""
    now = START + timedelta(days=30)
    present = Now("loans", REPORTED, {}, ("model",))
    start = time.perf_counter()
    found = checked(Ledger(project).entries(), trust, present, now=now, base=Base("main"),
                    owners={"model": ("Olga <olga@example.org>",)}, authors={})  # fmt: skip
    taken = time.perf_counter() - start
    assert not found.faults and {one.standing for one in found.notes} == {Standing.COUNTS}
    return taken / len(found.notes)


def sampled(project: Path, folder: Path, lines: str) -> list[tuple[list[str], bytes]]:
    """The commands that check every so many notes, and what each is given."""
    allowed = folder / "allowed_signers"
    allowed.write_text(lines)
    entries = Ledger(project).entries()
    found = []
    for number, entry in enumerate(entries[:: len(entries) // SAMPLE]):
        one = note.read(entry.content)
        signature = folder / f"{number}.sig"
        signature.write_text(one.signature)
        who = note.statement(one).predicate.reviewer
        command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", who, "-n", NAMESPACE,
                   "-s", str(signature)]  # fmt: skip
        found.append((command, one.payload))
    return found


def theirs(commands: list[tuple[list[str], bytes]]) -> float:
    """Seconds a note."""
    start = time.perf_counter()
    for command, given in commands:
        subprocess.run(command, input=given, capture_output=True, check=True)
    return (time.perf_counter() - start) / len(commands)


def main(rounds: int) -> int:
    """Print the time per note and its growth, ours beside the peer's; 1 where an aim is missed."""
    signing = keys()
    words = {who: base64.b64encode(public).decode() for who, (_, public) in signing.items()}
    lines = "".join(signers.line(who, f"ssh-ed25519 {text}") for who, text in words.items())
    trust = Trust(POLICY, signers.parsed(lines, "allowed_signers"))
    taken: dict[int, list[float]] = {size: [] for size in SIZES}
    again, peer = [], []
    for round in range(rounds):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            for size in SIZES:
                written(folder / str(size), size, round, signing)
                taken[size].append(ours(folder / str(size), trust))
            again.append(ours(folder / str(SIZES[-1]), trust))
            peer.append(theirs(sampled(folder / str(SIZES[-1]), folder, lines)))
    medians = {size: statistics.median(each) for size, each in taken.items()}
    stock = statistics.median(peer)
    print(f"medians of {rounds} rounds; ssh-keygen -Y verify takes {stock * 1e3:.2f} ms a note")
    for size, each in medians.items():
        print(f"{size:7,} notes   {each * 1e6:6.0f} µs a note   {stock / each:5.1f} times as fast")
    print(f"{'again':>13}   {statistics.median(again) * 1e6:6.0f} µs a note")
    grown = medians[SIZES[-1]] / medians[SIZES[0]]
    fast = stock / medians[SIZES[-1]]
    kept = fast >= FASTER and grown <= GROWTH
    print(f"faster {fast:.1f} times (aim: at least {FASTER}), growth of the time per note "
          f"{grown:.2f} (aim: at most {GROWTH}) {'kept' if kept else 'MISSED'}")  # fmt: skip
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
