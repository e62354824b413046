"""Every line of the check of a signed model is attacked, and each attack has its own sentence."""

import base64
import json
import os
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tests.provenance.signing import (
    END,
    FILES,
    START,
    bundle,
    certificate,
    chained,
    key,
    lay,
    pem,
    resources,
    root,
    rooted,
    signature,
    statement,
    trusting,
)
from trl4ml.provenance import trust
from trl4ml.provenance.checking import Checked, check
from trl4ml.provenance.disk import OnDisk
from trl4ml.provenance.dsse import before_1_0, pae
from trl4ml.provenance.errors import Refused

KEY, OTHER = key(), key()
PINNED = trusting(KEY)
SIGNED = bundle(KEY, statement())
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return lay(tmp_path / "model")


def checked(model: Path, text: bytes, pins: bytes = PINNED, **more: Any) -> Checked:
    now = more.pop("now", NOW)
    more.setdefault("current", lambda start, end: start <= now <= end)
    return check(OnDisk(model), text, trust.read(pins), **more)


def says(found: Checked) -> list[str]:
    return [one.says for one in found.findings]


# ── The unit vector ─────────────────────────────────────────────────────────────────────────────
def test_the_unit_vector_of_the_specification_holds() -> None:
    rows = resources(FILES)
    assert [(r["digest"][:8], r["digest"][-4:]) for r in rows] == [
        ("44136fa3", "ff8a"), ("054edec1", "90d8"),
    ]  # fmt: skip
    assert root(rows) == "fac4decf14f1b1d23ae324e37ad9ecb97449f1b2eb8a4fb88477723134927449"


def test_lengths_in_what_is_signed_are_of_bytes() -> None:
    assert pae("é".encode(), "t") == b"DSSEv1 1 t 2 \xc3\xa9"


def test_an_untouched_model_is_verified(model: Path) -> None:
    found = checked(model, SIGNED)
    assert (found.status, found.signer, found.findings) == ("verified", "key 1", [])
    assert (found.signed, found.signed_bytes, found.changed, found.missing) == (2, 6, 0, 0)
    assert found.to_json()["status"] == "verified"


# ── 1 The bundle ────────────────────────────────────────────────────────────────────────────────
def edited(change: Callable[[dict[str, Any]], None]) -> bytes:
    data = json.loads(SIGNED)
    change(data)
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "b.sig is not JSON at line 1; write it again"),
        (b"\xff", "b.sig is not UTF-8; write it again"),
        (b"[" * 200_000, "b.sig is not JSON; write it again"),
        (b"[]", "b.sig is no JSON object"),
        (b'{"a": NaN}', "b.sig: NaN is no JSON number; write a number"),
        (SIGNED[:-1] + b', "mediaType": "x"}',
         "b.sig: the key 'mediaType' stands twice in one object; remove one"),
        (edited(lambda d: d.update(mediaType="application/json")),
         "b.sig: mediaType is not application/vnd.dev.sigstore.bundle.v0.3+json; sign the model "
         "again with a release of model-signing from 1.0 on"),
        (edited(lambda d: d["dsseEnvelope"].update(payloadType="text/plain")),
         "b.sig: payloadType is not application/vnd.in-toto+json; this is no signature of a model"),
        (edited(lambda d: d["dsseEnvelope"].update(payload="e30")),
         "b.sig: payload is not base64; write it again"),
        (edited(lambda d: d["dsseEnvelope"].update(payload="e3 0=")),
         "b.sig: payload is not base64; write it again"),
        (edited(lambda d: d["dsseEnvelope"].update(payload="e31=")),
         "b.sig: payload is not base64 in its one form; write it again"),
        (edited(lambda d: d["dsseEnvelope"].update(payload=3)),
         "b.sig: payload is no text; it should be base64"),
        (edited(lambda d: d["dsseEnvelope"].update(signatures=[])),
         "b.sig holds no signature; sign the model again"),
        (edited(lambda d: d["dsseEnvelope"].update(signatures=[{}])),
         "b.sig: sig is no text; it should be base64"),
        (edited(lambda d: d.pop("verificationMaterial")),
         "b.sig: verificationMaterial is no JSON object"),
        (edited(lambda d: d.update(verificationMaterial={})),
         "b.sig: verificationMaterial should have exactly one of publicKey, x509CertificateChain, "
         "certificate; it has none"),
        (edited(lambda d: d["verificationMaterial"].update(certificate={"rawBytes": ""})),
         "b.sig: verificationMaterial should have exactly one of publicKey, x509CertificateChain, "
         "certificate; it has publicKey, certificate"),
        (edited(lambda d: d.update(verificationMaterial={"x509CertificateChain": {"certificates": []}})),
         "b.sig holds an empty certificate chain; sign the model again"),
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_in_a_sentence(
    text: bytes, sentence: str, model: Path
) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(sentence)}$"):
        checked(model, text, where="b.sig")


# ── 2 and 3 Key and signature ───────────────────────────────────────────────────────────────────
def test_a_key_is_never_taken_from_the_bundle(model: Path) -> None:
    text = bundle(OTHER, statement(), material={"publicKey": {"rawBytes": pem(OTHER)}})
    assert says(checked(model, text)) == [
        "the signature is not of the key 'key 1' over this payload"
    ]


def test_a_swapped_key_is_refused(model: Path) -> None:
    found = checked(model, bundle(OTHER, statement()), trusting(KEY, key()))
    assert (found.status, says(found)) == (
        "failed",
        ["the signature is of none of the pinned keys"],
    )


def test_a_hint_at_another_key_is_a_finding_though_the_signature_holds(model: Path) -> None:
    text = bundle(KEY, statement(), material={"publicKey": {"hint": "ab" * 32}})
    assert says(checked(model, text)) == [
        "the bundle names a key that is not pinned, and was signed with 'key 1'"
    ]


@pytest.mark.parametrize(
    "material", [{"publicKey": {}}, {"publicKey": {"rawBytes": "x", "keyDetails": 1}}]
)
def test_a_bundle_of_before_1_1_that_names_no_key_is_verified_by_the_pinned_one(
    material: dict[str, Any], model: Path
) -> None:
    found = checked(model, bundle(KEY, statement(), material=material), trusting(OTHER, KEY))
    assert (found.status, found.signer) == ("verified", "key 2")


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()])
def test_larger_curves_have_their_own_digest(curve: ec.EllipticCurve, model: Path) -> None:
    private = key(curve)
    assert checked(model, bundle(private, statement()), trusting(private)).status == "verified"


@pytest.mark.parametrize("at", range(0, 70, 3))
def test_a_flipped_bit_anywhere_in_the_signature_is_refused(at: int, model: Path) -> None:
    good = base64.b64decode(json.loads(SIGNED)["dsseEnvelope"]["signatures"][0]["sig"])
    bad = bytearray(good)
    bad[at % len(good)] ^= 1
    text = bundle(KEY, statement(), signatures=[bytes(bad)])
    assert checked(model, text).status == "failed"


def test_a_flipped_bit_anywhere_in_the_payload_is_refused(model: Path) -> None:
    payload = json.dumps(statement()).encode()
    made = signature(KEY, pae(payload))
    for at in range(0, len(payload), 7):
        bad = bytearray(payload)
        bad[at] ^= 1
        found = checked(model, bundle(KEY, bytes(bad), signatures=[made]))
        assert found.status == "failed"
        assert "the signature is not of the key 'key 1' over this payload" in says(found)


def test_both_forms_of_one_signature_are_one_signature(model: Path) -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    payload = json.dumps(statement()).encode()
    first = signature(KEY, pae(payload))
    r, s = decode_dss_signature(first)
    found = [
        checked(model, bundle(KEY, payload, signatures=[one]))
        for one in (first, encode_dss_signature(r, order - s))
    ]
    assert [one.status for one in found] == ["verified", "verified"]
    assert found[0].payload_sha256 == found[1].payload_sha256


def test_of_several_signatures_it_is_said_which_one_is_the_pinned_keys(model: Path) -> None:
    payload = json.dumps(statement()).encode()
    both = [signature(OTHER, pae(payload)), signature(KEY, pae(payload))]
    assert (
        checked(model, bundle(KEY, payload, signatures=both)).signer == "key 1 (signature 2 of 2)"
    )


@pytest.mark.parametrize("keyid", [None, "", "anything"])
def test_what_is_not_signed_changes_nothing(keyid: str | None, model: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["dsseEnvelope"]["signatures"][0]["keyid"] = keyid
        data["verificationMaterial"]["tlogEntries"] = []

    text = json.dumps(json.loads(edited(change)), indent=7).encode()
    assert checked(model, text).status == "verified"


def test_signatures_of_before_1_0_are_told_apart_and_not_verified(model: Path) -> None:
    found = checked(model, bundle(KEY, statement(), message=before_1_0))
    assert (found.status, found.legacy) == ("unknown", True)
    old = {"predicateType": "https://model_signing/Digests/v0.1", "subject": []}
    found = checked(model, bundle(KEY, old))
    assert (found.status, found.legacy) == ("unknown", True)
    assert says(found) == ["legacy format, not verified; sign the model again with model-signing "
                           "1.0 or newer"]  # fmt: skip


# ── The trust file ──────────────────────────────────────────────────────────────────────────────
RSA = rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"{}", "t.json is no trust file; it should have 'trust': 'trl4ml-model-trust/1', and "
                "'keys' or 'certificates'"),
        (trusting(), "t.json pins nobody; add a public key under 'keys'"),
        (trusting(RSA), "t.json: the key 'key 1' is of RSAPublicKey; it should be of P-256, P-384 "
                        "or P-521"),
        (trusting(key(ec.SECP256K1())), "t.json: the key 'key 1' is of secp256k1; it should be of "
                                        "P-256, P-384 or P-521"),
        (trusting(KEY).replace(b"PUBLIC", b"PRIVATE"),
         "t.json: 'key 1' is a private key; keep it secret, and give its public part"),
        (trusting(KEY).replace(b"BEGIN PUBLIC", b"BEGIN"), "t.json: 'key 1' is no public key in PEM"),
        (trusting(KEY).replace(b"key 1", b" "), "t.json: 'name' is empty"),
        (trusting(KEY).replace(b"-----BEGIN", b"\\ud800-----BEGIN"),
         "t.json: 'pem' holds half a character (a lone surrogate)"),
        (trusting(certificates=[{"name": "CA", "root": "x", "subject": "CN=x"}]),
         "t.json: 'root' of 'CA' is no certificate in PEM"),
    ],
)  # fmt: skip
def test_a_trust_file_that_pins_nothing_usable_is_refused(text: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(sentence)}$"):
        trust.read(text, "t.json")


def test_without_a_pinned_key_or_root_the_signer_is_unknown(model: Path) -> None:
    ca = certificate("CA", OTHER, ca=True)
    roots = trusting(certificates=rooted(ca, "CN=x"))
    assert says(checked(model, SIGNED, roots)) == [
        "no public key is pinned; add the signer's to the trust file"
    ]
    leaf = certificate("signer", KEY, "CA", OTHER)
    found = checked(model, bundle(KEY, statement(), material=chained(leaf)))
    assert (found.status, says(found)) == (
        "unknown", ["no certificate root is pinned; add one to the trust file"],
    )  # fmt: skip


# ── 4 and 5 Certificates and Sigstore ───────────────────────────────────────────────────────────
CA_KEY, MIDDLE_KEY = key(), key()
CA = certificate("CA", CA_KEY, ca=True)
MIDDLE = certificate("middle", MIDDLE_KEY, "CA", CA_KEY, ca=True)
TRUSTED = trusting(certificates=rooted(CA, "CN=signer"))


def by(*certificates: Any) -> bytes:
    return bundle(KEY, statement(), material=chained(*certificates))


@pytest.mark.parametrize(
    "leaf", [certificate("signer", KEY, "middle", MIDDLE_KEY),
             certificate("signer", KEY, "middle", MIDDLE_KEY, usage=False, code=True)],
)  # fmt: skip
def test_a_chain_to_a_pinned_root_is_verified(leaf: Any, model: Path) -> None:
    found = checked(model, by(leaf, MIDDLE), TRUSTED)
    assert (found.status, found.signer) == ("verified", "our CA: CN=signer")
    assert found.valid_until == "2028-01-01T00:00:00+00:00"


NOT_CA = certificate("middle", MIDDLE_KEY, "CA", CA_KEY)
SHALLOW = certificate("CA", CA_KEY, ca=True, length=0)


@pytest.mark.parametrize(
    ("certificates", "pins", "sentence"),
    [
        ([certificate("signer", KEY, "middle", MIDDLE_KEY)], TRUSTED,
         "the certificate chain ends in no trusted root"),
        ([certificate("signer", KEY, "CA", OTHER)], TRUSTED,
         "the certificate chain ends in no trusted root"),
        ([certificate("signer", KEY, "middle", MIDDLE_KEY), NOT_CA], TRUSTED,
         "the certificate chain ends in no trusted root"),
        ([certificate("signer", KEY, "middle", MIDDLE_KEY), MIDDLE],
         trusting(certificates=rooted(SHALLOW, "CN=signer")),
         "the certificate chain ends in no trusted root"),
        ([certificate("somebody", KEY, "CA", CA_KEY)], TRUSTED,
         "the signer's certificate is of 'CN=somebody', and 'CN=signer' is trusted"),
        ([certificate("signer", KEY, "CA", CA_KEY, usage=False)], TRUSTED,
         "the signer's certificate is not meant for signing (neither digitalSignature nor "
         "codeSigning)"),
        ([certificate("signer", RSA, "CA", CA_KEY)], TRUSTED,
         "the signer's certificate is of RSAPublicKey; it should be of P-256, P-384 or P-521"),
        ([certificate("signer", OTHER, "CA", CA_KEY)], TRUSTED,
         "the signature is not of the key 'our CA: CN=signer' over this payload"),
        ([MIDDLE] * 11, TRUSTED, "the chain has more than 10 certificates"),
    ],
)  # fmt: skip
def test_a_chain_that_does_not_hold_is_refused(
    certificates: list[Any], pins: bytes, sentence: str, model: Path
) -> None:
    found = checked(model, by(*certificates), pins)
    assert (found.status, says(found)) == ("failed", [sentence])


def test_bytes_that_are_no_certificate_are_refused(model: Path) -> None:
    material = {"x509CertificateChain": {"certificates": [{"rawBytes": "AAAA"}]}}
    found = checked(model, bundle(KEY, statement(), material=material), TRUSTED)
    assert says(found) == ["a certificate of the chain cannot be read"]


def test_an_expired_root_ends_the_validity_of_the_whole_chain(model: Path) -> None:
    short = certificate("CA", CA_KEY, ca=True, end=datetime(2026, 6, 1, tzinfo=UTC))
    leaf = certificate("signer", KEY, "CA", CA_KEY, start=START, end=END)
    found = checked(model, by(leaf), trusting(certificates=rooted(short, "CN=signer")))
    assert found.status == "unknown"
    assert says(found)[0].startswith("validity at signing time not shown: the certificates are "
                                     "valid from 2026-01-01 to 2026-06-01")  # fmt: skip


def test_a_sigstore_signer_is_unknown_and_the_files_are_still_compared(model: Path) -> None:
    leaf = chained(certificate("signer", KEY, "CA", CA_KEY))["x509CertificateChain"]
    text = bundle(KEY, statement(), material={"certificate": leaf["certificates"][0]})
    found = checked(model, text)
    assert (found.status, found.method, found.signed, found.changed) == (
        "unknown",
        "sigstore",
        2,
        0,
    )
    (model / "config.json").write_text("{} ")
    assert checked(model, text).status == "failed"


# ── 6 The statement ─────────────────────────────────────────────────────────────────────────────
def said(change: Callable[[dict[str, Any]], Any]) -> bytes:
    def without_value(data: dict[str, Any]) -> None:
        change(data)

    return bundle(KEY, statement(FILES, without_value))


def how(**more: Any) -> bytes:
    return said(lambda d: d["predicate"]["serialization"].update(more))


def rows(change: Callable[[list[dict[str, str]]], Any]) -> bytes:
    return said(lambda d: change(d["predicate"]["resources"]))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (said(lambda d: d.update(_type="x")), ["the payload's _type is not https://in-toto.io/Statement/v1"]),
        (said(lambda d: d.update(predicateType="x")),
         ["the payload's predicateType is not https://model_signing/signature/v1.0"]),
        (bundle(KEY, b'{"a": 1, "a": 2}'), ["the payload: the key 'a' stands twice in one object; remove one"]),
        (bundle(KEY, b"[]"), ["the payload is no JSON object"]),
        (how(method="tensors"), ["serialization has the method 'tensors', not files or shards"]),
        (how(hash_type="md5"), ["hash_type 'md5' is not one of sha256, blake2b, blake3"]),
        (how(allow_symlinks="no"), ["allow_symlinks is neither true nor false"]),
        (said(lambda d: d["subject"].append(d["subject"][0])), ["the statement has not exactly one subject"]),
        (said(lambda d: d.update(subject=[])), ["the statement has not exactly one subject"]),
        (said(lambda d: d["subject"][0].update(digest={"sha256": "0" * 64})),
         ["the root digest is not that of the resources"]),
        (rows(lambda r: r.reverse()), ["the resources are not sorted by name"]),
        (rows(lambda r: r.insert(1, dict(r[0], digest=r[1]["digest"]))),
         ["config.json is signed twice", "config.json has changed"]),
        (rows(lambda r: r[0].update(algorithm="sha1")),
         ["config.json has the algorithm 'sha1' where hash_type is 'sha256'"]),
        (rows(lambda r: r[0].update(digest=r[0]["digest"][:-2])),
         ["the digest of config.json is no sha256 in hex", "config.json has changed"]),
        (rows(lambda r: r.clear()), ["no file is signed", "config.json is not signed", "weights.bin is not signed"]),
    ],
)  # fmt: skip
def test_a_statement_that_says_what_it_may_not_is_refused_whoever_signed_it(
    text: bytes, sentences: list[str], model: Path
) -> None:
    found = checked(model, text)
    assert (found.status, says(found)) == ("failed", sentences)


# ── 7 Names ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is empty"), ("/etc/passwd", "is absolute"), ("../x", "leads out of the model with '..'"),
        ("a/../../x", "leads out of the model with '..'"), ("a\\b", "holds a backslash"),
        ("a\0b", "holds a NUL"), ("./x", "holds an empty part or '.'"), ("a//b", "holds an empty part or '.'"),
        ("a\ud800", "is not valid UTF-8"), (".", "holds an empty part or '.'"),
    ],
)  # fmt: skip
def test_a_signed_name_that_leads_elsewhere_is_refused(name: str, why: str, model: Path) -> None:
    def change(found: list[dict[str, str]]) -> None:
        found[0]["name"] = name
        found.sort(key=lambda row: row["name"])

    found = checked(model, rows(change))
    assert found.status == "failed"
    assert next(one.says for one in found.findings if one.step == 7).endswith(why)


def test_a_renamed_file_fails_though_the_root_digest_stays(model: Path) -> None:
    (model / "weights.bin").rename(model / "weights2.bin")
    found = checked(model, SIGNED)
    assert says(found) == ["weights.bin is missing", "weights2.bin is not signed"]
    text = rows(lambda r: r[1].update(name="weights2.bin"))
    assert checked(model, text).status == "verified"


def test_two_names_that_are_one_on_some_disks_are_a_finding(tmp_path: Path) -> None:
    files = {"A.bin": b"1", "a.bin": b"2"}
    found = checked(lay(tmp_path / "m", files), bundle(KEY, statement(files)))
    assert says(found) == ["A.bin and a.bin are one file on some disks"]


def test_a_model_of_one_file_is_signed_by_its_name_or_as_a_dot(tmp_path: Path) -> None:
    file = lay(tmp_path, {"m.onnx": b"x"}) / "m.onnx"
    for name in (".", "m.onnx"):
        assert checked(file, bundle(KEY, statement({name: b"x"}))).status == "verified"
    both = bundle(KEY, statement({".": b"x", "m.onnx": b"x"}))
    assert says(checked(file, both)) == ["m.onnx is signed twice"]


# ── 8 Missing, changed, extra ───────────────────────────────────────────────────────────────────
def test_every_finding_comes_at_once(model: Path) -> None:
    (model / "config.json").unlink()
    (model / "weights.bin").write_bytes(b"\0\1\2\4")
    lay(model, {"modeling_evil.py": b"import os", "sub/tokenizer.json": b"{}"})
    found = checked(model, bundle(OTHER, statement()))
    assert says(found) == [
        "the signature is not of the key 'key 1' over this payload",
        "config.json is missing",
        "modeling_evil.py is not signed",
        "sub/tokenizer.json is not signed",
        "weights.bin has changed",
    ]
    assert (found.missing, found.changed, found.unsigned, found.unsigned_bytes) == (1, 1, 2, 11)


def test_to_leave_unsigned_files_alone_is_a_weaker_result_with_its_own_name(model: Path) -> None:
    lay(model, {"pytorch_model.bin": b"x"})
    found = checked(model, SIGNED, allow_extra=True)
    assert (found.status, found.unsigned) == ("verified_but_extra", 1)


def test_a_name_on_the_disk_that_no_signature_could_hold_is_shown_escaped(model: Path) -> None:
    (model / os.fsdecode(b"\xff.bin")).write_bytes(b"x")
    assert "\\xff.bin is not valid UTF-8" in says(checked(model, SIGNED))


# ── 9 Ignored paths ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("entry", "why"),
    [("", "is empty"), (".", "holds an empty part or '.'"), ("/tmp", "is absolute"),
     ("../x", "leads out of the model with '..'"), ("*.bin", "is a pattern"), ("a[b]", "is a pattern"),
     ("sub/", "holds an empty part or '.'")],
)  # fmt: skip
def test_an_ignored_path_that_is_no_path_ignores_nothing_and_is_refused(
    entry: str, why: str, model: Path
) -> None:
    lay(model, {"x.bin": b"x"})
    assert says(checked(model, how(ignore_paths=[entry]))) == [
        f"ignore_paths has '{entry}', which {why}", "x.bin is not signed",
    ]  # fmt: skip


def test_what_is_ignored_and_there_is_counted_and_so_is_git_at_the_top_only(model: Path) -> None:
    lay(model, {".git/config": b"12", "logs/a": b"123", "sub/.gitignore": b"1234"})
    found = checked(model, how(ignore_paths=["logs"]))
    assert (found.ignored, found.ignored_bytes) == (2, 5)
    assert says(found) == ["sub/.gitignore is not signed"]


def test_a_file_cannot_be_signed_and_ignored(model: Path) -> None:
    found = checked(model, how(ignore_paths=["config.json"]))
    assert "config.json is signed and ignored" in says(found)


def test_the_bundle_itself_is_no_part_of_the_model(model: Path) -> None:
    (model / "model.sig").write_bytes(SIGNED)
    assert checked(model, SIGNED, exclude=["model.sig"]).status == "verified"
    assert says(checked(model, SIGNED)) == ["model.sig is not signed"]


def test_a_folder_by_the_name_of_the_bundle_hides_nothing(model: Path) -> None:
    lay(model / "model.sig", {"modeling_evil.py": b"import os"})
    found = checked(model, SIGNED, exclude=["model.sig"])
    assert says(found) == ["model.sig/modeling_evil.py is not signed"]


# ── 10 Links ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("target", "allowed", "sentence"),
    [
        ("weights.bin", False, "config.json is a link, and links are not signed"),
        ("weights.bin", True, "config.json has changed"),
        ("../outside", True, "config.json is a link that leaves the model"),
        ("../outside", False, "config.json is a link that leaves the model"),
        ("config.json", True, "config.json is a link that leads nowhere or in a circle"),
        ("nowhere", True, "config.json is a link that leads nowhere or in a circle"),
        ("folder", True, "config.json is a link to a folder, whose files nobody lists"),
    ],
)
def test_links_are_followed_only_where_allowed_and_never_out(
    target: str, allowed: bool, sentence: str, model: Path
) -> None:
    (model.parent / "outside").write_bytes(b"{}")
    (model / "folder").mkdir()
    (model / "config.json").unlink()
    (model / "config.json").symlink_to(target)
    assert sentence in says(checked(model, how(allow_symlinks=allowed)))


def test_a_link_inside_is_hashed_by_what_it_leads_to(tmp_path: Path) -> None:
    files = {"a.bin": b"x", "b.bin": b"x"}
    folder = lay(tmp_path / "m", {"a.bin": b"x"})
    (folder / "b.bin").symlink_to("a.bin")
    made = statement(files, lambda d: d["predicate"]["serialization"].update(allow_symlinks=True))
    assert checked(folder, bundle(KEY, made)).status == "verified"


def test_a_pipe_is_never_waited_for(model: Path) -> None:
    (model / "config.json").unlink()
    os.mkfifo(model / "config.json")
    assert says(checked(model, SIGNED)) == ["config.json is no regular file"]


# ── 11 Shards ───────────────────────────────────────────────────────────────────────────────────
CONTENT = bytes(range(100))


def sharded(*ranges: tuple[int, int], size: int = 40, more: str = "") -> bytes:
    pieces = {f"w.bin:{a}:{b}": CONTENT[a:b] for a, b in ranges}
    pieces |= {more: b""} if more else {}
    made = statement(
        pieces,
        lambda d: d["predicate"]["serialization"].update(method="shards", shard_size=size),
    )
    return bundle(KEY, made)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (sharded((0, 40), (40, 80), (80, 100)), []),
        (sharded((0, 40), (80, 100)), ["the shards of w.bin leave a gap or overlap at byte 40"]),
        (sharded((40, 80), (80, 100)), ["the shards of w.bin leave a gap or overlap at byte 0"]),
        (sharded((0, 40), (20, 60), (60, 100)), ["the shards of w.bin leave a gap or overlap at byte 20"]),
        (sharded((0, 40), (40, 80)), ["w.bin has changed"]),
        (
            sharded((0, 40), (50, 40), (40, 80), (80, 100)),
            ["the shards of w.bin leave a gap or overlap at byte 50", "w.bin has changed"],
        ),
        (sharded((0, 40), (40, 80), (80, 120)), ["w.bin has changed"]),
        (sharded((0, 30), (30, 70), (70, 100)), ["a shard of w.bin is not of 40 bytes"]),
        (sharded((0, 100)), ["a shard of w.bin is not of 40 bytes"]),
        (sharded((0, 40), (40, 80), (80, 100), size=0),
         ["shard_size is no number of bytes", "a shard of w.bin is not of 1 bytes"]),
        (sharded((0, 40), (40, 80), (80, 100), more="w.bin"),
         ["the shard 'w.bin' ends in no range of bytes"]),
        (sharded((0, 40), (40, 80), (80, 100), more="x.bin"),
         ["the shard 'x.bin' ends in no range of bytes"]),
        (sharded((0, 40), (40, 80), (80, 100), more="x.bin:-1:2"),
         ["the shard 'x.bin:-1:2' ends in no range of bytes"]),
    ],
)  # fmt: skip
def test_shards_must_join_from_the_first_byte_to_the_last(
    text: bytes, sentences: list[str], tmp_path: Path
) -> None:
    found = checked(lay(tmp_path / "m", {"w.bin": CONTENT}), text)
    assert says(found) == sentences


def test_an_empty_file_is_in_no_shard_and_so_is_unsigned(tmp_path: Path) -> None:
    folder = lay(tmp_path / "m", {"w.bin": CONTENT, "empty": b""})
    assert says(checked(folder, sharded((0, 40), (40, 80), (80, 100)))) == [
        "empty is not signed (an empty file, which shards cannot sign)"
    ]


# ── 12 What changes while it is read ────────────────────────────────────────────────────────────
class Moving(OnDisk):
    """A model to which somebody writes as soon as its first file has been opened."""

    def __init__(self, path: Path, act: Callable[[], Any]) -> None:
        super().__init__(path)
        self.act: Callable[[], Any] | None = act

    def open(self, name: str) -> Any:
        file = super().open(name)
        if self.act:
            act, self.act = self.act, None
            act()
        return file


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda m: (m / "weights.bin").write_bytes(b"\0\1\2\3\4"), "weights.bin changed while it was read"),
        (lambda m: os.utime(m / "weights.bin", (1, 1)), "weights.bin changed while it was read"),
        (lambda m: (m / "late.bin").write_bytes(b"x"), "late.bin changed while it was read"),
        (lambda m: shutil.copy(m / "config.json", m / "n") and (m / "n").replace(m / "config.json"),
         "config.json changed while it was read"),
        (lambda m: (m / "config.json").unlink(), "config.json cannot be read (No such file or directory)"),
    ],
)  # fmt: skip
def test_a_model_that_changes_while_it_is_read_is_refused(
    act: Callable[[Path], Any], sentence: str, model: Path
) -> None:
    moving = Moving(model, lambda: act(model))
    with pytest.raises(Refused, match=f"^{re.escape(sentence)}"):
        check(moving, SIGNED, trust.read(PINNED), current=lambda start, end: True, cores=1)
