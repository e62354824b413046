"""What is taken here `ssh-keygen` takes too: mutations of signatures and of lists of signers, by the
thousand, from a fixed seed. Stock may take more; it may never take less.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.ledger.writing import ssh_keygen
from trl4ml.core.review import NAMESPACE
from trl4ml.ledger import keys, signers, sshsig
from trl4ml.ledger.errors import Refused

MESSAGE = b"what was signed"
KINDS = {"ed25519": (), "ecdsa": ("-b", "256"), "rsa": ("-b", "2048")}
PIECES = (
    *(
        "\r",
        "\n",
        "\t",
        " ",
        "=",
        "A",
        "\x00",
        "\ufeff",
        "é",
        ",",
        '"',
        "#",
        "!",
        "*",
        "?",
        "\\",
        "+",
    ),
    *("\x0b", "\x0c", "\x1c", "\x85", "\u2028", "namespaces=", "valid-after=", "valid-before="),
    *(
        "cert-authority",
        "20200101Z",
        "20300101",
        "999912312359Z",
        'namespaces="git"',
        "Namespaces=",
    ),
    *(sshsig.BEGIN, sshsig.END, '""', " ,", ", ", "20240230Z", "carol", "ssh-ed25519"),
)
OPTIONS = ("", ',valid-before="20270101Z"', ',valid-after="20250101Z",valid-before="202712312359Z"')
TIMES = ("20240601120000Z", "20250101000000Z", "20261121120000Z", "20270101000000Z")


class Stock(NamedTuple):
    """Keys, a signature by each, and whether stock `ssh-keygen` takes one."""

    folder: Path
    signatures: dict[str, str]
    lines: dict[str, str]

    def takes(self, armour: str, who: str, allowed: str, time: str = TIMES[2]) -> bool:
        signature, file = self.folder / "signature", self.folder / "allowed_signers"
        signature.write_bytes(armour.encode())
        file.write_bytes(allowed.encode())
        found = ssh_keygen("-Y", "verify", "-f", file, "-I", who, "-n", NAMESPACE, "-s", signature,
                           "-O", f"verify-time={time}", given=MESSAGE)  # fmt: skip
        return not found.returncode

    @property
    def allowed(self) -> str:
        return "".join(f"{line}\n" for line in self.lines.values())


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    folder = tmp_path_factory.mktemp("stock")
    made, lines = {}, {}
    for kind, bits in KINDS.items():
        key = folder / kind
        ssh_keygen("-q", "-t", kind, *bits, "-N", "", "-f", key)
        given = ssh_keygen("-Y", "sign", "-q", "-f", key, "-n", NAMESPACE, "-", given=MESSAGE)
        made[kind] = given.stdout.decode()
        name, text = (folder / f"{kind}.pub").read_text().split()[:2]
        lines[kind] = f'{kind}@example.org namespaces="{NAMESPACE}" {name} {text}'
    return Stock(folder, made, lines)


def mutated(text: str, random: Random) -> str:
    """The text with one to three pieces put in, left out, doubled, exchanged or turned."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(text) + 1)
        end = min(len(text), at + random.choice((1, 1, 2, 5, 20)))
        part = text[at:end]
        new = random.choice(
            (random.choice(PIECES), part + random.choice(PIECES), "", part * 2, part.swapcase())
        )
        text = text[:at] + new + text[end:]
    return text


def mutated_bytes(armour: str, random: Random) -> str:
    blob = bytearray(sshsig.unarmoured(armour))
    at = random.randrange(len(blob))
    turned = bytes([blob[at] ^ 1 << random.randrange(8)])
    blob[at : at + random.choice((1, 1, 4))] = random.choice(
        (turned, turned, b"", b"\xff" * 4, b"\0" * 4, b"\0\0\0\1x")
    )
    return sshsig.armoured(bytes(blob))


@pytest.mark.parametrize("change", [mutated, mutated_bytes])
@pytest.mark.parametrize("kind", KINDS)
def test_no_signature_is_taken_that_stock_refuses(
    kind: str, change: Callable[[str, Random], str], stock: Stock
) -> None:
    random = Random(f"{kind} {change.__name__}")
    good = stock.signatures[kind]
    assert stock.takes(good, f"{kind}@example.org", stock.allowed)
    for _ in range(2_000):
        armour = change(good, random)
        try:
            keys.verify(sshsig.parsed(armour), MESSAGE, NAMESPACE, ())
        except Refused:
            continue
        assert stock.takes(armour, f"{kind}@example.org", stock.allowed), armour


def test_no_list_of_signers_trusts_whom_stock_does_not(stock: Stock) -> None:
    random = Random("signers")
    by_key = {sshsig.parsed(one).key: one for one in stock.signatures.values()}
    taken = 0
    for _ in range(6_000):
        lines = [
            line.replace(f'"{NAMESPACE}"', f'"{NAMESPACE}"{random.choice(OPTIONS)}')
            for line in random.sample(list(stock.lines.values()), 2)
        ]
        text = "\n".join(mutated(line, random) for line in lines) + "\n"
        try:
            found = signers.parsed(text.encode().decode("ascii", "replace"), "allowed_signers")
        except Refused:
            continue
        time = random.choice(TIMES)
        at = datetime.strptime(time, signers.WRITTEN).replace(tzinfo=UTC)
        for one in found:
            if one.key in by_key and not one.lacks(NAMESPACE, at):
                taken += 1
                assert stock.takes(by_key[one.key], one.principal, text, time), (time, text)
    assert taken > 20
