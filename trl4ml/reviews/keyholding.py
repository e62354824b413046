"""Keys of OpenSSH as people hand them over: a file, a line of text, the half that may be shown."""

import base64
import binascii
import re
from contextlib import suppress
from pathlib import Path

from trl4ml.errors import WrongInput
from trl4ml.load import disk
from trl4ml.render.plain import printable

KEY = re.compile(
    r"(?:^|(?<=\s))((?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)"
)
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----"
MAGIC = b"openssh-key-v1\0"


def public_key(given: str) -> str:
    """The line of a public key, given as a file or as text. Raises WrongInput."""
    text = given
    named = f"--key {printable(given[:200])}"
    if not KEY.search(given):
        path = Path(given).expanduser()
        with suppress(OSError, ValueError):
            if not path.exists():
                raise WrongInput(f"{named}: there is no such file, and it is no public key; give a "
                                 "file such as ~/.ssh/id_ed25519.pub, or the line of the enrolment page")  # fmt: skip
        text = disk.read(path, named)
    if "PRIVATE KEY" in text:
        raise WrongInput(f"{named}: is a private key, which nobody else should see; give the "
                         f"public one beside it, {printable(given[:200])}.pub")  # fmt: skip
    lines = [one.strip() for one in text.splitlines() if one.strip() and one.strip()[0] != "#"]
    if len(lines) != 1 or not KEY.search(lines[0]):
        found = "no public key" if not lines or len(lines) == 1 else f"{len(lines)} lines, not one"
        raise WrongInput(f"{named}: holds {found} of OpenSSH, as in ssh-ed25519 AAAA…")
    return lines[0]


def blob_of(line: str) -> bytes:
    """The key itself, as it travels in a signature. Raises WrongInput."""
    from trl4ml.ledger.errors import Refused
    from trl4ml.ledger.public import from_words

    found = KEY.search(line)
    if not found:
        raise WrongInput(f"--key: '{printable(line[:60])}' holds no public key of OpenSSH")
    try:
        return from_words(found[1], found[2])
    except Refused as refused:
        raise WrongInput(f"--key: {refused}") from None


def line_of(blob: bytes) -> str:
    """`ssh-ed25519 AAAA…`, without a comment."""
    size = int.from_bytes(blob[:4], "big")
    return f"{blob[4 : 4 + size].decode('ascii', 'replace')} {base64.b64encode(blob).decode()}"


def owner_of(line: str) -> str:
    """Whose the line of `allowed_signers` is; empty where it is the key alone."""
    found = KEY.search(line)
    return (line[: found.start()].split() or [""])[0] if found else ""


def shown_half(path: Path) -> bytes:
    """The public half of a key file, private or public. Raises WrongInput; asks for no passphrase."""
    text = disk.read(path, f"--key {path}")
    if PRIVATE in text and (held := _in_private(text)):
        return held
    if KEY.search(text):
        return blob_of(public_key(str(path)))
    beside = Path(f"{path}.pub")
    if "PRIVATE KEY" in text and beside.is_file():
        return blob_of(public_key(str(beside)))
    if "PRIVATE KEY" in text:
        raise WrongInput(f"--key {path}: its public half is not beside it; write it there with: "
                         f"ssh-keygen -y -f {path} > {beside}")  # fmt: skip
    raise WrongInput(f"--key {path}: is no key of OpenSSH; give a file such as ~/.ssh/id_ed25519")


def _in_private(text: str) -> bytes | None:
    """The public key that stands in clear in a private key's file, encrypted or not."""
    from trl4ml.ledger.errors import Refused
    from trl4ml.ledger.wire import Reader

    body = "".join(one for one in text.splitlines() if not one.startswith("-"))
    with suppress(Refused, binascii.Error):
        data = base64.b64decode(body)
        if data.startswith(MAGIC):
            reader = Reader(data[len(MAGIC) :], "the key")
            for _ in range(3):
                reader.string()
            if reader.number() == 1:
                return reader.string()
    return None
