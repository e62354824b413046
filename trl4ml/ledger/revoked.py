"""The list of revoked keys: one public key a line, a file for `ssh-keygen -Y verify -r` as well."""

import re

from trl4ml.ledger import public
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.lines import Complaints, entries
from trl4ml.ledger.strict import decoded
from trl4ml.ledger.wire import Reader

KRL = "SSHKRL\n\0"
"""How the binary form begins."""


def parsed(text: str, shown: str) -> frozenset[bytes]:
    """The keys that no longer count. Raises Refused with every complaint, one a line.

    A list that cannot be read whole revokes nothing that could be relied on, so it is refused whole.
    """
    if text.startswith(KRL):
        raise Refused(
            f"{shown} is a binary list of ssh-keygen -k, which is not read here; write one public "
            "key a line, as its file in .pub has it"
        )
    complaints = Complaints(shown)
    found = set[bytes]()
    for number, content in entries(text, complaints):
        words = re.split(r"[ \t]+", content, maxsplit=2)
        try:
            if len(words) < 2:
                raise Refused("no public key; write its kind and its letters, as in its .pub file")
            found.add(_key(words[0], words[1]))
        except Refused as why:
            complaints.add(number, why)
    complaints.end()
    return frozenset(found)


def _key(name: str, text: str) -> bytes:
    """Of any kind, as a key too weak to sign may well be revoked; in its one form, or it is none."""
    blob = decoded(text, "the key")
    reader = Reader(blob, "the key")
    if reader.text() != name:
        raise Refused(f"this is no public key of the kind '{name[:60]}'")
    if name == public.RSA:
        _, _ = reader.mpint(), reader.mpint()
        reader.done()
    elif name in public.KINDS:
        public.parsed(blob)
    return blob
