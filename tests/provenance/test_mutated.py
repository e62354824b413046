"""Whatever is done to a bundle, a manifest or a trust file: a verdict or one sentence, no traceback."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.provenance.signing import FILES, bundle, key, lay, statement, trusting
from trl4ml.provenance import manifest, trust
from trl4ml.provenance.checking import Checked, check
from trl4ml.provenance.disk import OnDisk
from trl4ml.provenance.errors import Refused

KEY = key()
TRUST = trust.read(trusting(KEY))
SIGNED = bundle(KEY, statement())
PAYLOAD = base64.b64decode(json.loads(SIGNED)["dsseEnvelope"]["payload"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
OFTEN = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(tmp_path_factory.mktemp("m"), FILES)


def checked(model: Path, text: bytes) -> Checked | None:
    """None: refused, in one sentence."""
    now = datetime(2026, 11, 21, tzinfo=UTC)
    try:
        return check(OnDisk(model), text, TRUST, current=lambda a, b: a <= now <= b, cores=1)
    except Refused as why:
        assert str(why)
        assert "\n" not in str(why)
        return None


@given(st.integers(0, len(SIGNED) - 1), st.integers(0, 255))
@OFTEN
def test_a_bundle_with_another_byte_is_verified_only_for_the_same_payload(
    model: Path, at: int, byte: int
) -> None:
    text = SIGNED[:at] + bytes([byte]) + SIGNED[at + 1 :]
    found = checked(model, text)
    if found and found.status == "verified":
        assert base64.b64decode(json.loads(text)["dsseEnvelope"]["payload"]) == PAYLOAD


@given(st.integers(0, len(SIGNED)))
@OFTEN
def test_a_bundle_that_was_cut_off_is_refused(model: Path, at: int) -> None:
    assert (checked(model, SIGNED[:at]) is None) is (at < len(SIGNED))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(p for k, v in inner for p in places(v, (*path, k)))]


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


@given(st.sampled_from(places(statement())), ANYTHING)
@OFTEN
def test_a_statement_with_anything_in_any_place_is_answered(
    model: Path, place: tuple[Any, ...], by: Any
) -> None:
    made = replaced(statement(), place, by)
    found = checked(model, bundle(KEY, json.dumps(made).encode()))
    assert found is None or found.status in ("verified", "failed", "unknown")
    if found and found.status == "verified":
        assert made["predicate"]["resources"] == statement()["predicate"]["resources"]


@given(st.sampled_from(places(json.loads(SIGNED))), ANYTHING)
@OFTEN
def test_a_bundle_with_anything_in_any_place_is_answered(
    model: Path, place: tuple[Any, ...], by: Any
) -> None:
    checked(model, json.dumps(replaced(json.loads(SIGNED), place, by)).encode())


@given(ANYTHING | st.binary(max_size=20))
@OFTEN
def test_what_is_no_manifest_and_no_trust_file_is_refused(data: Any) -> None:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    for read in (manifest.read, trust.read):
        with pytest.raises(Refused):
            read(text, "f.json")
