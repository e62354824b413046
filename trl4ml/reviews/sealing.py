"""Signing with a person's own key, through `ssh-keygen`: we never see a private key or a passphrase."""

import os
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from trl4ml.core.review import NAMESPACE
from trl4ml.errors import WrongInput
from trl4ml.ledger.public import fingerprint, kind, parsed
from trl4ml.ledger.signers import Signer
from trl4ml.ledger.trust import Trust
from trl4ml.reviews.keyholding import blob_of, line_of, shown_half

SELDOM = ("Signing file", "Write signature", "@@@")
"""Lines of ssh-keygen that say nothing to the person."""
LONGEST = 64_000
PATIENCE_S = 10.0
"""How long an agent may take to list its keys, which asks nobody for anything."""
ENTER = "trl4ml reviewers add WHO --role ROLE --key FILE.pub, and merge it to the base branch"


class Held(NamedTuple):
    """A key that can sign here: the public half, and where the private one is."""

    blob: bytes
    where: str
    """The key's file, as given; or `ssh-agent`."""
    file: Path | None = None


def in_file(given: str) -> Held:
    """The key in a file, private or public: of a public one the agent has the other half."""
    path = Path(given).expanduser()
    return Held(shown_half(path), given, path)


def in_agent() -> tuple[Held, ...]:
    """The keys that the agent holds; none where there is no agent, or none that answers."""
    try:
        done = subprocess.run(["ssh-add", "-L"], capture_output=True, stdin=subprocess.DEVNULL,
                              check=False, env=_env(), timeout=PATIENCE_S)  # fmt: skip
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ()
    lines = done.stdout.decode("ascii", "replace").splitlines() if not done.returncode else ()
    found = []
    for line in lines:
        with suppress(WrongInput):  # of a kind that signs no review
            found.append(Held(blob_of(line), "ssh-agent"))
    return tuple(found)


def at_home() -> tuple[Held, ...]:
    """The keys in ~/.ssh whose public half lies beside them."""
    found = []
    for public in sorted((Path.home() / ".ssh").glob("*.pub")):
        private = public.with_suffix("")
        if private.is_file():
            with suppress(WrongInput):  # somebody's other file
                found.append(Held(shown_half(public), str(private), private))
    return tuple(found)


def chosen(
    given: str | None,
    agent: bool,
    trust: Trust,
    who: str | None,
    now: datetime,
    namespace: str = NAMESPACE,
) -> tuple[Held, Signer]:
    """The key to sign with, and its line in the trust. Raises WrongInput.

    Without a file given, it is the one key in the agent, or in ~/.ssh, that the trust knows.
    """
    if given is not None:
        held = in_file(given)
        why, line = _may(held, trust, who, namespace, now)
        if line is None:
            raise WrongInput(f"--key {given}: {fingerprint(held.blob)} {why}")
        return held, line
    every = (*in_agent(), *(() if agent else at_home()))
    known = {
        one.blob: (one, line)
        for one in reversed(every)
        if (line := _may(one, trust, who, namespace, now)[1])
    }
    found = sorted(known.values(), key=lambda pair: (pair[1].principal, pair[0]))
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(f"{line.principal} ({one.where})" for one, line in found)
        says = f"several of your keys may sign here: {keys}; choose with --key FILE"
        raise WrongInput(says if who else f"{says} or --as WHO")
    where = "ssh-agent" if agent else "ssh-agent and ~/.ssh"
    whose = f" of {who}" if who else ""
    raise WrongInput(f"{where}: no key{whose} there may sign by {trust.shown}; give --key FILE, or be "
                     f"entered there: {ENTER}")  # fmt: skip


def _may(
    held: Held, trust: Trust, who: str | None, namespace: str, now: datetime
) -> tuple[str, Signer | None]:
    """The key's line in the trust; or none, and why it may not sign here."""
    line = next((one for one in trust.signers if one.key == held.blob), None)
    if held.blob in trust.revoked:
        return "was revoked; sign with another key", None
    if line is None:
        return f"is on no line of allowed_signers in {trust.shown}; be entered there: {ENTER}", None
    if who not in (None, line.principal):
        return f"is the key of {line.principal}, not of {who}", None
    if why := line.lacks(namespace, now):
        return f"may not sign: {why}, by its line in {trust.shown}", None
    if parsed(held.blob).passkey:
        return "is a passkey, which signs on the review page", None
    return "", line


def signed(payload: bytes, key: Held, namespace: str, tell: Callable[[str], None]) -> str:
    """The armoured signature of the payload. Raises WrongInput with what ssh-keygen says.

    A passphrase or PIN it asks for itself, at the terminal; `tell` is told what else it waits for.
    """
    with tempfile.TemporaryDirectory(prefix="trl4ml-sign-") as folder:
        message = Path(folder) / "payload"
        message.write_bytes(payload)
        file = key.file
        if file is None:
            file = Path(folder) / "key.pub"
            file.write_text(f"{line_of(key.blob)}\n")
        if kind(key.blob).startswith("sk-"):
            tell("touch the security key when it blinks")
        said = _run(["ssh-keygen", "-Y", "sign", "-f", str(file), "-n", namespace, str(message)])
        made = message.with_suffix(".sig")
        if said is None and made.is_file() and made.stat().st_size <= LONGEST:
            return made.read_text("ascii", "replace")
    raise WrongInput(f"nothing was signed with {key.where}: {_why(said or [], key)}")


def _run(command: list[str]) -> list[str] | None:
    """What it complained of; None when it did as asked."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=_env()
        )  # fmt: skip
    except FileNotFoundError:
        return ["ssh-keygen is not installed; install OpenSSH 8.0 or newer"]
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line and not line.startswith(SELDOM)]
    return said if done.returncode else None


def _why(said: list[str], key: Held) -> str:
    text = " ".join(said)
    if "incorrect passphrase" in text:
        return ("the passphrase is wrong, or there was no terminal to ask for it; try again at a "
                "terminal, or load the key into ssh-agent and use --agent")  # fmt: skip
    if "too open" in text or "UNPROTECTED" in text:
        return f"others may read the private key; close it with: chmod 600 {key.where}"
    if "No private key found" in text:
        return "the private half is neither beside it nor in ssh-agent; load it with: ssh-add"
    if "agent refused" in text:
        return "ssh-agent refused; it may want your consent, or the key is gone"
    return said[-1] if said else "ssh-keygen says not why"


def _env() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}
