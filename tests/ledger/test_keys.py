"""Signatures of every kind of key: the good are taken, as `ssh-keygen` takes them; no other is."""

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.ledger.forging import (
    HOST,
    MADE,
    MESSAGE,
    NAMESPACE,
    ORDER,
    ORIGIN,
    by_p256,
    line,
    new_key,
    new_p256,
    passkey,
    point,
    sk_ecdsa,
    sk_ed25519,
    stock_signed,
    stock_takes,
    touched,
)
from trl4ml.ledger import keys, public, sshsig
from trl4ml.ledger.errors import Missing, Refused
from trl4ml.ledger.public import ED25519, KINDS, RSA, SK_ECDSA, SK_ED25519
from trl4ml.ledger.sshsig import Signature
from trl4ml.ledger.wire import mpint, string

PLAIN = tuple(MADE)
EVERY = (*PLAIN, "sk-ed25519", "sk-ecdsa", "passkey")
SCHEMES = (*KINDS, keys.WEBAUTHN, "rsa-sha2-256", "rsa-sha2-512", "ssh-dss", "ssh-rsa", "none", "")
LOST = keys.NO_FIT


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A good signature of the message, by kind of key."""
    folder = tmp_path_factory.mktemp("keys")
    p256, ed = new_p256(), ed25519.Ed25519PrivateKey.generate()
    made = {kind: stock_signed(new_key(folder, how)) for kind, how in MADE.items()}
    return made | {
        "sk-ed25519": touched(ed, "ssh:"),
        "sk-ecdsa": touched(p256, "ssh:work"),
        "passkey": passkey(p256),
    }


def check(text: str, message: bytes = MESSAGE, namespace: str = NAMESPACE) -> str:
    return keys.verify(sshsig.parsed(text), message, namespace, (ORIGIN,))


def refusal(text: str | Signature, message: bytes = MESSAGE) -> str:
    found = text if isinstance(text, Signature) else sshsig.parsed(text)
    with pytest.raises(Refused) as why:
        keys.verify(found, message, NAMESPACE, (ORIGIN,))
    return str(why.value)


@pytest.mark.parametrize("name", EVERY)
def test_a_good_signature_is_taken_here_and_by_stock(
    signed: dict[str, str], name: str, tmp_path: Path
) -> None:
    assert check(signed[name]) == ("passkey" if name == "passkey" else "ssh")
    assert stock_takes(tmp_path, signed[name], line(sshsig.parsed(signed[name]).key))


@pytest.mark.parametrize("name", PLAIN)
def test_both_hashes_are_taken(tmp_path: Path, name: str) -> None:
    text = stock_signed(new_key(tmp_path, MADE[name]), hash="sha256")
    assert check(text) == "ssh"


@pytest.mark.parametrize("name", EVERY)
def test_other_bytes_and_another_purpose_are_refused(
    signed: dict[str, str], name: str, tmp_path: Path
) -> None:
    other = MESSAGE + b" "
    about = "the browser's statement is about other bytes: what was signed was changed since"
    assert refusal(signed[name], other) == (about if name == "passkey" else LOST)
    found = sshsig.parsed(signed[name])
    relabelled = found._replace(namespace="git")
    assert refusal(relabelled) == "the signature was made for 'git', not for 'signoff@trl4ml'"
    with pytest.raises(Refused, match=r"was made for 'signoff@trl4ml', not for 'git'"):
        check(signed[name], namespace="git")
    with pytest.raises(Refused, match=f"^({LOST}|{about})$"):
        keys.verify(relabelled, MESSAGE, "git", (ORIGIN,))
    swapped = found._replace(hash="sha256")
    assert refusal(swapped) == (about if name == "passkey" else LOST)
    assert not stock_takes(tmp_path, signed[name], line(found.key), message=other)


@pytest.mark.parametrize("name", EVERY)
def test_every_bit_counts(signed: dict[str, str], name: str) -> None:
    """All of them for the two kinds of 32-byte curves that sign fast; each seventh of the others."""
    blob = sshsig.unarmoured(signed[name])
    for at in range(0, 8 * len(blob), 1 if name in (ED25519, "passkey") else 7):
        changed = bytearray(blob)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(Refused):
            check(sshsig.armoured(bytes(changed)))


@pytest.mark.parametrize("name", EVERY)
def test_a_key_signs_in_its_own_kinds_alone(signed: dict[str, str], name: str) -> None:
    found = sshsig.parsed(signed[name])
    size = int.from_bytes(found.signature[:4], "big")
    own, rest = found.signature[4 : 4 + size].decode(), found.signature[4 + size :]
    for scheme in SCHEMES:
        changed = found._replace(signature=string(scheme.encode()) + rest)
        if scheme == own:
            assert keys.verify(changed, MESSAGE, NAMESPACE, (ORIGIN,))
        elif scheme in ("rsa-sha2-256", "rsa-sha2-512") and name == RSA:
            assert refusal(changed) == LOST
        else:
            assert f"makes no signature of the kind '{scheme}'" in refusal(changed)


@pytest.mark.parametrize("name", EVERY)
def test_a_signature_fits_no_key_of_another(signed: dict[str, str], name: str) -> None:
    found = sshsig.parsed(signed[name])
    for other in EVERY:
        if other != name:
            refusal(found._replace(key=sshsig.parsed(signed[other]).key))


@pytest.mark.parametrize("name", EVERY)
def test_bytes_after_the_numbers_or_the_key_are_refused(signed: dict[str, str], name: str) -> None:
    found = sshsig.parsed(signed[name])
    longer = found._replace(signature=found.signature + b"\0")
    assert refusal(longer) == "the signature has bytes left over at its end"
    longer = found._replace(key=found.key + b"\0")
    assert refusal(longer) == "the key has bytes left over at its end"


@pytest.mark.parametrize("name", ["ecdsa-sha2-nistp256", "passkey"])
def test_the_twin_of_a_signature_is_another_signature_of_the_same_note(
    signed: dict[str, str], name: str, tmp_path: Path
) -> None:
    """Both are taken, here and by stock: so a note's name is the digest of what is signed."""
    key = new_p256()
    if name == "passkey":
        text = passkey(key, twin=True)
    else:
        blob = b"".join(map(string, (name.encode(), b"nistp256", point(key))))
        made = by_p256(key, sshsig.to_be_signed(MESSAGE, NAMESPACE), twin=True)
        text = sshsig.assembled(blob, NAMESPACE, string(name.encode()) + made)
    assert check(text)
    assert stock_takes(tmp_path, text, line(sshsig.parsed(text).key))


@pytest.mark.parametrize(
    "numbers",
    [
        mpint(ORDER) + mpint(1), mpint(1) + mpint(ORDER), mpint(1) + mpint(1),
        mpint(2**4000) + mpint(1), mpint(ORDER + 1) + mpint(ORDER + 1),
    ],
)  # fmt: skip
def test_numbers_outside_of_the_curve_fit_nothing(signed: dict[str, str], numbers: bytes) -> None:
    found = sshsig.parsed(signed["ecdsa-sha2-nistp256"])
    scheme = string(b"ecdsa-sha2-nistp256")
    assert refusal(found._replace(signature=scheme + string(numbers))) == LOST


@pytest.mark.parametrize("raw", [b"", b"\0", b"\xff", b"\0\1"])
def test_numbers_that_are_zero_negative_or_padded_are_refused(
    signed: dict[str, str], raw: bytes
) -> None:
    found = sshsig.parsed(signed["ecdsa-sha2-nistp256"])
    for numbers in (string(raw) + mpint(1), mpint(1) + string(raw)):
        changed = found._replace(signature=string(b"ecdsa-sha2-nistp256") + string(numbers))
        assert refusal(changed) == (
            "the signature holds a number that is not written in its one form"
        )


def test_an_ed25519_signature_has_no_twin(signed: dict[str, str]) -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    found = sshsig.parsed(signed[ED25519])
    before, made = found.signature[:-32], found.signature[-32:]
    other = (int.from_bytes(made, "little") + order).to_bytes(32, "little")
    assert refusal(found._replace(signature=before + other)) == LOST


def rsa_blob(bits: int = 2048, exponent: int = 65537, modulus: int = 0) -> bytes:
    number = modulus or 1 << bits - 1 | 1
    return string(b"ssh-rsa") + mpint(exponent) + mpint(number)


ODD = "the RSA key has an exponent or a modulus that no tool of today makes"
NO_POINT = "the key is no uncompressed point of nistp256"
UNTRUSTED = "the Ed25519 key is no point that a signature can be trusted to"
NO_HOST = "the security key belongs to neither 'ssh:' nor, as a passkey, to a host"
P256 = string(b"ecdsa-sha2-nistp256") + string(b"nistp256")
BAD_KEYS = {
    "dsa": (string(b"ssh-dss"), "the key is of the kind DSA, which is no longer safe"),
    "certificate": (string(b"ssh-ed25519-cert-v01@openssh.com"), "the key is a certificate"),
    "xmss": (string(b"ssh-xmss@openssh.com"), "the key is of the kind 'ssh-xmss@openssh.com', "),
    "nothing": (b"", "the key is cut short"),
    "rsa of 1024 bits": (rsa_blob(1024), "the RSA key has 1024 bits; 2048 to 16384 are taken"),
    "rsa of 2047 bits": (rsa_blob(2047), "the RSA key has 2047 bits; 2048 to 16384 are taken"),
    "rsa too long": (rsa_blob(16385), "the RSA key has 16385 bits; 2048 to 16384 are taken"),
    "exponent 1": (rsa_blob(exponent=1), ODD),
    "exponent 3": (rsa_blob(exponent=3), ODD),
    "exponent even": (rsa_blob(exponent=65538), ODD),
    "exponent huge": (rsa_blob(exponent=2**2000 + 1), ODD),
    "modulus even": (rsa_blob(modulus=1 << 2047), ODD),
    "modulus padded": (string(b"ssh-rsa") + mpint(65537) + string(b"\0\0" + b"\xff" * 256),
                       "the key holds a number that is not written in its one form"),
    "point at infinity": (P256 + string(b"\0"), NO_POINT),
    "point compressed": (P256 + string(b"\2" + b"\1" * 32), NO_POINT),
    "point hybrid": (P256 + string(b"\6" + b"\1" * 64), NO_POINT),
    "point off the curve": (P256 + string(b"\4" + b"\1" * 64), "the key is no point of its curve"),
    "another curve's name": (string(b"ecdsa-sha2-nistp256") + string(b"nistp384"), "the key is cut"),
    "another curve's point": (string(b"ecdsa-sha2-nistp256") + string(b"nistp384")
                              + string(b"\4" * 97), NO_POINT),
    "ed25519 short": (string(b"ssh-ed25519") + string(b"\1" * 31), UNTRUSTED),
    "ed25519 y above the prime": (string(b"ssh-ed25519") + string(b"\xff" * 32), UNTRUSTED),
    "no application": (sk_ecdsa(new_p256(), ""), NO_HOST),
    "application in capitals": (sk_ecdsa(new_p256(), "Example.org"), NO_HOST),
    "application with a dot at its end": (sk_ecdsa(new_p256(), "example.org."), NO_HOST),
    "application with a dot before": (sk_ecdsa(new_p256(), ".org"), NO_HOST),
    "application of a page": (sk_ecdsa(new_p256(), "https://example.org"), NO_HOST),
    "passkey that is Ed25519": (sk_ed25519(ed25519.Ed25519PrivateKey.generate(), HOST), NO_HOST),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_key_of_another_form_is_refused(signed: dict[str, str], name: str) -> None:
    key, says = BAD_KEYS[name]
    found = sshsig.parsed(signed["sk-ecdsa" if key.startswith(string(b"sk-e")) else "passkey"])
    schemes = {"point off the curve": string(b"ecdsa-sha2-nistp256")}
    changed = found._replace(key=key, signature=schemes.get(name, found.signature))
    assert refusal(changed).startswith(says)


def test_keys_that_fit_many_messages_are_refused() -> None:
    """The eight points of small order of Curve25519 (RFC 8032, section 5.1), by the curve's law."""
    points = 0
    for y in public.SMALL_ORDER:
        for sign in (0, 1 << 255):
            key = string(ED25519.encode()) + string((y | sign).to_bytes(32, "little"))
            with pytest.raises(Refused, match=UNTRUSTED):
                public.parsed(key)
        x = x_of(y)
        for one in {x, -x % PRIME}:
            points += 1
            doubled = added(added((one, y), (one, y)), added((one, y), (one, y)))
            assert added(doubled, doubled) == (0, 1)
    assert points == 8


PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME


def x_of(y: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    return x if x * x % PRIME == square else x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME


def added(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    product = D * a[0] * b[0] * a[1] * b[1]
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, PRIME)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, PRIME)
    return x % PRIME, y % PRIME


def test_a_signature_under_a_point_of_small_order_would_have_fitted_anything() -> None:
    identity = (1).to_bytes(32, "little")
    weak = ed25519.Ed25519PublicKey.from_public_bytes(identity)
    for message in (b"one", b"two"):
        weak.verify(identity + bytes(32), message)


def test_rsa_signatures_have_the_length_of_their_key(signed: dict[str, str]) -> None:
    found = sshsig.parsed(signed[RSA])
    scheme, made = found.signature[:16], found.signature[20:]
    for other in (made[:-1], b"\0" + made, b""):
        changed = found._replace(signature=scheme + string(other))
        assert refusal(changed) == "the signature has not the length of its RSA key"


def test_sha1_signs_nothing() -> None:
    """`ssh-rsa` as the kind of a signature means SHA-1."""
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.public_key().public_numbers()
    key = string(b"ssh-rsa") + mpint(numbers.e) + mpint(numbers.n)
    text = sshsig.assembled(key, NAMESPACE, string(b"ssh-rsa") + string(b"x" * 256))
    assert refusal(text) == "a key of the kind ssh-rsa makes no signature of the kind 'ssh-rsa'"


@pytest.mark.parametrize("flags", [0x00, 0x04, 0x80])
def test_a_security_key_that_nobody_touched_is_refused(flags: int) -> None:
    says = "the security key was used with nobody present: make one that asks for touch"
    assert refusal(touched(new_p256(), "ssh:", flags)) == says
    assert refusal(touched(ed25519.Ed25519PrivateKey.generate(), "ssh:", flags)) == says


def test_a_passkey_signs_in_browsers_alone(tmp_path: Path) -> None:
    """The same key used by a program on the machine: no page, and nobody who was verified."""
    text = touched(new_p256(), HOST)
    assert refusal(text) == f"a passkey makes no signature of the kind '{SK_ECDSA}'"
    assert stock_takes(tmp_path, text, line(sshsig.parsed(text).key))


def test_a_security_key_of_the_terminal_signs_on_no_page(tmp_path: Path) -> None:
    text = passkey(new_p256(), host="ssh:")
    says = f"a key of the kind {SK_ECDSA} makes no signature of the kind '{keys.WEBAUTHN}'"
    assert refusal(text) == says
    assert stock_takes(tmp_path, text, line(sshsig.parsed(text).key))


def test_fingerprint_and_kind_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    for kind, how in MADE.items():
        path = new_key(tmp_path, how).with_suffix(".pub")
        name, text, *_ = path.read_text().split()
        blob = base64.b64decode(text)
        shown = subprocess.run(["ssh-keygen", "-l", "-f", path], capture_output=True, check=True)
        assert shown.stdout.decode().split()[1] == keys.fingerprint(blob)
        assert keys.kind(blob) == kind == name


def test_without_cryptography_it_says_what_to_install(
    signed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    keys._loaded.cache_clear()
    with pytest.raises(Missing) as why:
        check(signed[SK_ED25519.removesuffix("@openssh.com").replace("ssh-", "")])
    assert str(why.value) == (
        "signatures are checked with the package cryptography, which is not installed; "
        "pip install 'trl4ml[signing]'"
    )


def test_nothing_heavy_is_imported_before_the_first_check() -> None:
    code = (
        "import sys; from trl4ml.ledger import keys, signers, revoked, sshsig; "
        "print([m for m in ('cryptography', 'pydantic', 'subprocess') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"
