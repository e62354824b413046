"""Revoked keys: the same file means the same to `ssh-keygen -Y verify -r`."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.forging import (
    HOST,
    MADE,
    line,
    new_key,
    new_p256,
    passkey,
    run,
    sk_ecdsa,
    stock_signed,
    stock_takes,
    touched,
)
from trl4ml.ledger import public, sshsig
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.revoked import parsed
from trl4ml.ledger.wire import mpint, string

FILE = "revoked"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICp3bV+dYl2KQ8q4TRJ5rnn5GhU1wLyVz2yXfPSIgMwR"
RSA = string(b"ssh-rsa") + mpint(65537)
PADDED = base64.b64encode(RSA + string(b"\0\0" + b"\xff" * 128)).decode()
LONGER = base64.b64encode(RSA + mpint(2**2047 + 1) + b"\0\0").decode()
DSA = "ssh-dss AAAAB3NzaC1kc3MAAAABAQ=="


def written(key: bytes) -> str:
    """As a line of the list."""
    return line(key).split(" ", 2)[2]


@pytest.mark.parametrize("form", ["{}", "# gone\n\n{}# end", "  {}", OTHER + " old\n{}"])
@pytest.mark.parametrize("name", [*MADE, "sk-ed25519", "passkey"])
def test_a_key_on_the_list_is_revoked_here_and_at_stock(
    name: str, form: str, tmp_path: Path
) -> None:
    if name in MADE:
        text = stock_signed(new_key(tmp_path, MADE[name]))
    elif name == "passkey":
        text = passkey(new_p256())
    else:
        text = touched(ed25519.Ed25519PrivateKey.generate(), "ssh:")
    key = sshsig.parsed(text).key
    listed = form.format(written(key))
    assert key in parsed(listed, FILE)
    assert not stock_takes(tmp_path, text, line(key), revoked=listed)
    assert key not in parsed(OTHER, FILE)
    assert stock_takes(tmp_path, text, line(key), revoked=OTHER + "\n")


def test_ends_of_lines_and_comments_change_nothing() -> None:
    assert parsed(f"{OTHER} of Dave, who left\r\n\r\n# end\r\n", FILE) == parsed(OTHER, FILE)
    assert parsed("", FILE) == frozenset()


def test_keys_too_weak_to_sign_may_be_revoked(tmp_path: Path) -> None:
    weak = new_key(tmp_path, "-t rsa -b 1024").with_suffix(".pub").read_text()
    assert len(parsed(weak + DSA, FILE)) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ssh-ed25519", "no public key; write its kind and its letters, as in its .pub file"),
        ("SHA256:ciuhCGxMniLaq7IA02R/E0xD7XMld9/IdyBSyG4M65Q",
         "no public key; write its kind and its letters, as in its .pub file"),
        ("serial: 1", "the key is not base64"),
        ("ssh-ed25519 AAAA", "the key is cut short"),
        (OTHER.replace("ssh-ed25519", "ssh-rsa", 1), "this is no public key of the kind 'ssh-rsa'"),
        (OTHER + "AAAA", "the key has bytes left over at its end"),
        (f"ssh-rsa {PADDED}", "the key holds a number that is not written in its one form"),
        (f"ssh-rsa {LONGER}", "the key has bytes left over at its end"),
        (OTHER + " é", "a letter that is not plain ASCII; write the line without it"),
        (f'carol@example.org namespaces="git" {OTHER}', "the key is not base64"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_whole_is_refused_whole(text: str, says: str) -> None:
    with pytest.raises(Refused) as why:
        parsed(f"{OTHER}\n{text}\n{text}\n", FILE)
    assert str(why.value) == f"{FILE}:2: {says}\n{FILE}:3: {says}"


def test_the_binary_form_is_refused_in_words(tmp_path: Path) -> None:
    key = new_key(tmp_path, "-t ed25519")
    run("ssh-keygen", "-k", "-q", "-f", str(tmp_path / "krl"), str(key.with_suffix(".pub")))
    content = (tmp_path / "krl").read_bytes()
    with pytest.raises(Refused) as why:
        parsed(content.decode("ascii", "replace"), FILE)
    assert str(why.value) == (
        f"{FILE} is a binary list of ssh-keygen -k, which is not read here; write one public key "
        "a line, as its file in .pub has it"
    )


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([OTHER, DSA, " ", "\n", "#", "ssh-rsa"])).map("".join)
)
def test_no_text_does_anything_but_refuse(text: str) -> None:
    try:
        found = parsed(text, FILE)
    except Refused:
        return
    assert all(found)


def test_a_key_in_a_second_form_is_a_complaint_as_it_would_revoke_nothing() -> None:
    private = new_p256()
    whole = sk_ecdsa(private, HOST)
    short = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    at = whole.rindex(b"nistp256") + 8
    changed = whole[:at] + len(short).to_bytes(4, "big") + short + whole[at + 4 + 65 :]
    with pytest.raises(Refused, match="the key is no uncompressed point of nistp256"):
        parsed(written(changed), FILE)
    assert public.parsed(whole).passkey
