"""One seed gives the whole key, on every machine; the commitment binds it, and its file hides it."""

import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import kstest

from trl4ml.watermark import custody, gradsigns, keys, trigger_set, uchida
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Key, commit

SEED = bytes(range(32))
SALT = bytes(32)


def a_key(**changes: Any) -> Key:
    terms: dict[str, Any] = {"layer": "2.weight", "shape": [64, 128], "salt": SALT} | changes
    return uchida.keygen(
        changes.pop("seed", SEED), **{k: v for k, v in terms.items() if k != "seed"}
    )


def free_form(message: list[int], **changes: Any) -> Key:
    arrays = {"message": np.array(message, dtype=np.uint8)}
    return replace(Key("uchida", 1, {"alpha": 1e-3}, arrays, SALT), **changes)


def test_the_expansion_is_shake_256_of_room_seed_and_label() -> None:
    wanted = hashlib.shake_256(b"trl4ml watermark 1\0" + SEED + b"message").digest(8)
    assert keys.expand(SEED, "message", 8) == wanted == bytes.fromhex("aee1f4184207e96a")


def test_the_same_seed_gives_the_same_numbers_for_ever() -> None:
    """Worked once; a change of these values makes every published commitment worthless."""
    assert keys.bits(SEED, "message", 16).tolist() == [
        0,
        1,
        1,
        1,
        0,
        1,
        0,
        1,
        1,
        0,
        0,
        0,
        0,
        1,
        1,
        1,
    ]
    assert keys.integers(SEED, "labels", 8, 10).tolist() == [2, 4, 8, 0, 3, 5, 7, 0]
    assert keys.distinct(SEED, "carriers", 5, 64).tolist() == [26, 52, 27, 29, 19]
    assert keys.uniform(SEED, "matrix", (2, 2)).tolist() == [
        [-0.17749183377544842, -0.25085647258608257],
        [0.7893322374218621, 0.34592558434474086],
    ]
    assert keys.normal(SEED, "matrix", (2, 2)).tolist() == [
        [0.9170563044026494, -0.07253868039697409],
        [-1.1313310370314866, 0.12276261346414685],
    ]


def test_the_numbers_follow_their_laws() -> None:
    assert kstest(keys.uniform(SEED, "a", (20_000,)), "uniform", (-1, 2)).pvalue > 0.01
    assert kstest(keys.normal(SEED, "matrix", (5_000,)), "norm").pvalue > 0.001
    assert keys.normal(SEED, "a", (20_000,)).std() == pytest.approx(1, abs=0.02)
    assert keys.bits(SEED, "a", 20_000).mean() == pytest.approx(0.5, abs=0.01)
    assert np.bincount(keys.integers(SEED, "a", 30_000, 3)) == pytest.approx([10_000] * 3, abs=300)


@given(st.integers(1, 200), st.integers(0, 300))
def test_distinct_integers_are_distinct_and_in_range(n: int, more: int) -> None:
    found = keys.distinct(SEED, "carriers", n, n + more)
    assert len(set(found.tolist())) == n
    assert 0 <= found.min() <= found.max() < n + more


@given(st.integers(1, 2**63), st.integers(1, 40))
def test_integers_stay_below_their_bound(below: int, n: int) -> None:
    found = keys.integers(SEED, "labels", n, below)
    assert len(found) == n
    assert 0 <= found.min() <= found.max() < below


def test_a_seed_of_another_length_and_too_many_carriers_are_refused() -> None:
    with pytest.raises(Refused, match=r"^A seed has 32 bytes, this one 5: make one with keygen\.$"):
        keys.expand(b"short", "message", 8)
    with pytest.raises(Refused, match=r"^65 carriers do not fit into 64 inputs: ask for fewer\.$"):
        keys.distinct(SEED, "carriers", 65, 64)


def test_an_array_is_digested_with_its_type_shape_and_order() -> None:
    one = np.arange(6, dtype=np.float64).reshape(2, 3)
    same: list[NDArray[Any]] = [one.astype(">f8"), np.asfortranarray(one), one.copy()]
    others: list[NDArray[Any]] = [one.astype(np.float32), one.reshape(3, 2), one.T, one + 1]
    assert {keys.array_digest(array) for array in same} == {keys.array_digest(one)}
    assert keys.array_digest(one) not in {keys.array_digest(array) for array in others}


@pytest.mark.parametrize(
    "change",
    [
        {"bits": 65},
        {"rows": "diff"},
        {"layer": "0.weight"},
        {"layout": "io"},
        {"alpha": 1e-3},
        {"salt": b"\1" * 32},
        {"seed": b"\2" * 32},
        {"reference": "00"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_changed_in_a_key_changes_its_digest(change: dict[str, Any]) -> None:
    assert a_key(**change).digest() != a_key().digest() == a_key().digest()


def test_each_scheme_grows_the_same_key_from_its_seed_salt_and_terms() -> None:
    digest = keys.array_digest(np.zeros((50, 64)))
    made = [
        (uchida, a_key(rows="diff")),
        (gradsigns, gradsigns.keygen(SEED, input_shape=[64], label=3, inputs=digest, carriers=48)),
        (trigger_set, trigger_set.keygen(SEED, classes=10, count=100, shape=[8, 8])),
    ]
    for module, key in made:
        again = module.keygen(key.seed, salt=key.salt, **key.terms)
        assert again.digest() == key.digest()


def test_a_key_that_does_not_grow_from_its_seed_is_refused() -> None:
    key = a_key()
    forged = replace(key, arrays=dict(key.arrays) | {"message": 1 - key.arrays["message"]})
    with pytest.raises(Refused, match=r"^The key does not grow from the seed it shows: take the"):
        keys.check(forged, "uchida", uchida.keygen)
    with pytest.raises(Refused, match=r"^The key's terms are not those of uchida: take the orig"):
        keys.check(replace(key, terms={"alpha": 1e-3}), "uchida", uchida.keygen)
    with pytest.raises(Refused, match=r"^This is a key for uchida, not for gradsigns: use that"):
        keys.check(key, "gradsigns", gradsigns.keygen)


def test_messages_that_a_constant_model_matches_are_refused() -> None:
    with pytest.raises(Refused, match=r"^The message has 32 ones in 32 bits; fewer than a quarter"):
        free_form([1] * 32)
    with pytest.raises(Refused, match=r"^The message has 7 ones in 32 bits"):
        free_form([1] * 7 + [0] * 25)
    with pytest.raises(Refused, match=r"^A message is a row of bits, each 0 or 1\.$"):
        free_form([2, 0, 1])


def test_a_key_with_nan_or_a_short_salt_is_refused() -> None:
    with pytest.raises(Refused, match=r"^The key's matrix holds NaN or infinity: make the key ane"):
        free_form([0, 1], arrays={"matrix": np.array([[np.nan]])})
    with pytest.raises(Refused, match=r"^A salt has 32 bytes, this one 1\.$"):
        free_form([0, 1], salt=b"1")
    with pytest.raises(Refused, match=r"^A key fixes its level alpha between 0 and 1, not None\.$"):
        free_form([0, 1], terms={})
    with pytest.raises(Refused, match=r"^The key's terms cannot be written as JSON \(.*\)\.$"):
        free_form([0, 1], terms={"alpha": 1e-3, "x": float("inf")}).digest()


def test_a_commitment_binds_one_key_from_before_the_release() -> None:
    key = a_key()
    commitment = commit(key, "2026-01-31", "tag v1")
    assert commitment.objection(key, "2026-02-01") is None
    assert commitment.objection(a_key(salt=b"\1" * 32), "2026-02-01") == (
        "The key shown is not the one committed: its digest differs."
    )
    for day in ("2026-01-31", "2025-12-24"):
        assert commitment.objection(key, day) == (
            f"The commitment of 2026-01-31 is not older than the release of {day}."
        )
    assert commitment.objection(key, None) == (
        "The day on which the model became public is not stated."
    )


def test_a_commitment_without_a_day_or_a_count_is_refused() -> None:
    with pytest.raises(Refused, match=r"^The date of the commitment, 'soon', is not a day like 20"):
        commit(a_key(), "soon", "tag")
    with pytest.raises(Refused, match=r"^At least one key is registered: the number counts this"):
        commit(a_key(), "2026-01-31", "tag", registered=0)
    with pytest.raises(Refused, match=r"^The date of the release, '1', is not a day like 2026-11-"):
        commit(a_key(), "2026-01-31", "tag").objection(a_key(), "1")


def test_nothing_secret_is_shown_by_a_key() -> None:
    shown = repr(a_key())
    assert SEED.hex() not in shown and repr(SEED) not in shown
    assert "message" not in shown and "array" not in shown


def test_a_secret_is_for_its_owner_alone_and_comes_back_whole(tmp_path: Path) -> None:
    key, path = a_key(rows="diff"), tmp_path / "mark.secret"
    custody.write_secret(key, path)
    secret = custody.read_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert secret.seed is not None
    assert uchida.keygen(secret.seed, salt=secret.salt, **secret.terms).digest() == key.digest()
    assert SEED.hex() not in repr(secret)


def test_a_free_form_secret_comes_back_whole(tmp_path: Path) -> None:
    key = free_form([0, 1, 1, 0])
    custody.write_secret(key, tmp_path / "mark.secret")
    assert custody.read_secret(tmp_path / "mark.secret").key().digest() == key.digest()


def test_a_secret_is_never_written_into_a_repository_nor_over_another(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    inside = tmp_path / "deep" / "mark.secret"
    inside.parent.mkdir()
    with pytest.raises(Refused, match=r"mark.secret lies in the git work tree .*: keep a key outs"):
        custody.write_secret(a_key(), inside)
    assert not inside.exists()


def test_a_secret_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "mark.secret"
    custody.write_secret(a_key(), path)
    with pytest.raises(Refused, match=r"mark.secret exists: a key is never written over another"):
        custody.write_secret(a_key(), path)
    with pytest.raises(
        Refused, match=r"none/x: cannot be written \(No such file or directory\)\.$"
    ):
        custody.write_secret(a_key(), tmp_path / "none" / "x")


def written(folder: Path, **changes: Any) -> Path:
    """A secret file with some of its fields changed, or left out where the value is None."""
    path = folder / "mark.secret"
    custody.write_secret(free_form([0, 1]), path)
    document = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in document.items() if v != "gone"}))
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"salt": "00"}, "not a whole key (1 bytes instead of 32); take the original file."),
        ({"salt": "zz"}, "not a whole key (non-hexadecimal"),
        ({"seed": "gone"}, "not a whole key ('seed' is missing); take the original file."),
        ({"seed": 7}, "not a whole key ("),
        ({"terms": 7}, "not a whole key ("),
        ({"arrays": {"a": {"dtype": "O", "shape": [1], "data": ""}}}, "holds no numbers"),
        ({"arrays": {"a": {"dtype": "<f8", "shape": [9], "data": ""}}}, "not a whole key ("),
        ({"arrays": {"a": {"dtype": "<f8", "shape": [1], "data": "*"}}}, "not a whole key ("),
        ({"format": "other"}, "its format is not 'trl4ml watermark secret 1'; give the file"),
    ],
)
def test_a_broken_secret_is_one_sentence(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        custody.read_secret(written(tmp_path, **changes))
    assert said in str(refused.value) and "mark.secret" in str(refused.value)


def test_a_secret_that_others_may_read_is_refused_with_the_command(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.chmod(0o640)
    with pytest.raises(Refused, match=r"others may read this key; run: chmod 600 .*mark\.secret$"):
        custody.read_secret(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"7"])
def test_what_is_no_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mark.secret"
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"mark\.secret: (not JSON|its format is not)"):
        custody.read_secret(path)
    with pytest.raises(Refused, match=r"gone: cannot be read \(No such file or directory\)\.$"):
        custody.read_secret(tmp_path / "gone")


def test_a_commitment_is_read_as_it_was_written(tmp_path: Path) -> None:
    commitment = commit(a_key(), "2026-01-31", "tag v1", registered=3)
    custody.write_commitment(commitment, tmp_path / "mark.json")
    assert custody.read_commitment(tmp_path / "mark.json") == commitment
    assert SEED.hex() not in (tmp_path / "mark.json").read_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digest": 7}, "digest wrong or missing; write it anew with keygen."),
        ({"registered": True}, "registered wrong or missing"),
        ({"extra": 1}, "extra wrong or missing"),
        ({"digest": "xyz"}, "the digest is not a SHA-256 of 64 hexadecimal digits."),
        ({"date": "31.1.2026"}, "The date of the commitment, '31.1.2026', is not a day like"),
    ],
)
def test_a_broken_commitment_is_one_sentence(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    path = tmp_path / "mark.json"
    custody.write_commitment(commit(a_key(), "2026-01-31", "tag v1"), path)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(Refused) as refused:
        custody.read_commitment(path)
    assert said in str(refused.value)


def test_a_commitment_of_a_megabyte_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "mark.json").write_bytes(b" " * 1_000_000)
    with pytest.raises(Refused, match=r"larger than 65536 bytes, not a file of this kind\.$"):
        custody.read_commitment(tmp_path / "mark.json")
