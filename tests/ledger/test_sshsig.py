"""The armour and the parts of a signature, beside what `ssh-keygen` writes."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.forging import MADE, MESSAGE, NAMESPACE, new_key, stock_signed
from trl4ml.ledger import sshsig
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.sshsig import BEGIN, END, MAGIC
from trl4ml.ledger.wire import string


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stock_signed(new_key(tmp_path_factory.mktemp("keys"), "-t ed25519"))


@pytest.mark.parametrize("how", MADE.values())
@pytest.mark.parametrize("name", ["sha512", "sha256"])
def test_what_ssh_keygen_writes_is_read_and_written_again_byte_for_byte(
    tmp_path: Path, how: str, name: str
) -> None:
    key = new_key(tmp_path, how)
    text = stock_signed(key, hash=name)
    found = sshsig.parsed(text)
    assert sshsig.armoured(sshsig.unarmoured(text)) == text
    assert (found.namespace, found.hash) == (NAMESPACE, name)
    assert base64.b64encode(found.key).decode() == key.with_suffix(".pub").read_text().split()[1]
    if name == "sha512":
        assert sshsig.assembled(found.key, found.namespace, found.signature) == text


def test_what_is_signed_is_laid_out_as_openssh_says() -> None:
    assert sshsig.to_be_signed(b"abc", "n") == bytes.fromhex(
        "535348534947" "000000016e" "00000000" "00000006736861353132" "00000040"
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    )  # fmt: skip


def test_other_ends_of_lines_change_nothing(good: str) -> None:
    assert sshsig.unarmoured(good.replace("\n", "\r\n")) == sshsig.unarmoured(good)
    assert sshsig.unarmoured(good.rstrip("\n") + "\n\n") == sshsig.unarmoured(good)


def parts(key: bytes = b"k", namespace: bytes = b"n", reserved: bytes = b"", name: bytes = b"sha512",
          made: bytes = b"s", magic: bytes = MAGIC, version: int = 1, after: bytes = b"") -> str:  # fmt: skip
    strings = b"".join(map(string, (key, namespace, reserved, name, made)))
    return sshsig.armoured(magic + version.to_bytes(4, "big") + strings + after)


NOT_OURS = f"the signature is not one of OpenSSH: it begins with '{BEGIN}'"
UNKNOWN = "the signature is of a version that is not known here"
HASH = "the signature uses the hash '{}'; only sha512 and sha256 are taken"
LARGE = "the signature is larger than any key makes"
LETTERS = "the signature is not base64"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", NOT_OURS),
        (f"{BEGIN}\n{END}\n", NOT_OURS),
        (f" {parts()}", NOT_OURS),
        (parts().replace("SSH SIG", "PGP SIG"), NOT_OURS),
        (parts() + "more\n", NOT_OURS),
        (parts() + parts(), LETTERS),
        (parts().replace("\n", " \n", 2), NOT_OURS),
        (parts().replace("\n", "\r"), NOT_OURS),
        (parts().replace("U1NI", "U1N!", 1), LETTERS),
        (parts().replace("U1NI", "U1 NI", 1), LETTERS),
        (parts().replace("U1NI", "Ｕ1NI", 1), LETTERS),
        (f"{BEGIN}\nU1NIU0lH=\n{END}", "the signature is not base64 in its one form"),
        (f"{BEGIN}\nU1NIU0lHAB==\n{END}", "the signature is not base64 in its one form"),
        (f"{BEGIN}\n\n{END}", "the signature is cut short"),
        (parts(magic=b"SSHSIH"), UNKNOWN),
        (parts(version=2), UNKNOWN),
        (parts(version=0), UNKNOWN),
        (parts(reserved=b"x"), "the signature fills a field that is reserved"),
        (parts(name=b"sha1"), HASH.format("sha1")),
        (parts(name=b"SHA512"), HASH.format("SHA512")),
        (parts(name=b""), HASH.format("")),
        (parts(name=b"sha512\0"), "the signature holds a name that is not plain ASCII"),
        (parts(namespace=b"a\x1b[2J"), "the signature holds a name that is not plain ASCII"),
        (parts(after=b"\0"), "the signature has bytes left over at its end"),
        (parts(made=b"x" * 16_384), LARGE),
        ("x" * 10_000_000, LARGE),
    ],
)  # fmt: skip
def test_every_other_form_is_refused_with_its_reason(text: str, says: str) -> None:
    with pytest.raises(Refused) as why:
        sshsig.parsed(text)
    assert str(why.value) == says


def test_every_cut_of_a_signature_is_refused(good: str) -> None:
    blob = sshsig.unarmoured(good)
    for size in range(len(blob)):
        with pytest.raises(Refused):
            sshsig.parsed(sshsig.armoured(blob[:size]))


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_do_anything_but_refuse(data: bytes, begins: bool) -> None:
    whole = (MAGIC + bytes((0, 0, 0, 1)) if begins else b"") + data
    try:
        found = sshsig.parsed(sshsig.armoured(whole))
    except Refused:
        return
    again = parts(found.key, found.namespace.encode(), b"", found.hash.encode(), found.signature)
    assert again == sshsig.armoured(whole)


@pytest.mark.parametrize(("namespace", "name"), [("", "sha512"), ("n", "sha1"), ("n", "md5")])
def test_nothing_is_signed_without_a_purpose_or_by_a_weak_hash(namespace: str, name: str) -> None:
    with pytest.raises(Refused, match="has a namespace, and the hash sha512 or sha256"):
        sshsig.to_be_signed(MESSAGE, namespace, name)
