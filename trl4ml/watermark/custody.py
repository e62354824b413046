"""Where the secret lies, and where the commitment: a file of mode 600 outside every repository."""

import base64
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.dense import loads, told
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import SEED, Commitment, Key

FORMAT = "trl4ml watermark secret 1"
COMMITMENT = "trl4ml watermark commitment 1"
LARGEST = 256 * 1024 * 1024
LARGEST_COMMITMENT = 64 * 1024
NUMBERS = "biuf"
TREES = (".git", ".hg", ".svn", ".jj")
"""What lies at the top of a work tree of git and the others."""


@dataclass(frozen=True)
class Secret:
    """A seed and the terms it was expanded under, or the arrays of a free-form key.

    A derived key is `module.keygen(secret.seed, salt=secret.salt, **secret.terms)`, where
    `module` is the scheme's; a free-form one is `secret.key()`.
    """

    scheme: str
    version: int
    terms: Mapping[str, Any]
    salt: bytes = field(repr=False)
    seed: bytes | None = field(repr=False)
    arrays: Mapping[str, NDArray[Any]] = field(repr=False)

    def key(self) -> Key:
        """The free-form key."""
        return Key(self.scheme, self.version, self.terms, self.arrays, self.salt)


def write_secret(key: Key, path: Path) -> None:
    """Writes the key for its owner alone; never over another file, never inside a work tree."""
    at, inside = _work_tree(path)
    if inside:
        raise Refused(f"{path} lies in the {inside[1:]} work tree {at}: keep a key outside of it.")
    document = {
        "arrays": {} if key.seed else {name: _packed(a) for name, a in key.arrays.items()},
        "format": FORMAT,
        "salt": key.salt.hex(),
        "scheme": key.scheme,
        "seed": key.seed.hex() if key.seed else None,
        "terms": dict(key.terms),
        "version": key.version,
    }
    _write(path, document, 0o600, "a key is never written over another")


def read_secret(path: Path) -> Secret:
    """The secret of a file that nobody else may read."""
    document = _document(path, FORMAT, LARGEST)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused(f"{path}: others may read this key; run: chmod 600 {path}")
    try:
        seed = document["seed"]
        return Secret(
            str(document["scheme"]),
            int(document["version"]),
            dict(document["terms"]),
            _exact(document["salt"]),
            None if seed is None else _exact(seed),
            {str(name): _unpacked(packed) for name, packed in document["arrays"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Refused(
            f"{path}: not a whole key ({_said(error)}); take the original file."
        ) from None


def write_commitment(commitment: Commitment, path: Path) -> None:
    """The public half, as JSON; may be published anywhere."""
    document = asdict(commitment) | {"format": COMMITMENT}
    _write(path, document, 0o666, "a commitment is never written over")


def read_commitment(path: Path) -> Commitment:
    """The commitment of a file, every field checked."""
    document = _document(path, COMMITMENT, LARGEST_COMMITMENT)
    del document["format"]
    wanted = {"scheme": str, "digest": str, "date": str, "where": str, "registered": int}
    wrong = [name for name, kind in wanted.items() if type(document.get(name)) is not kind]
    wrong += sorted(set(document) - set(wanted))
    if wrong:
        raise Refused(f"{path}: {', '.join(wrong)} wrong or missing; write it anew with keygen.")
    if len(document["digest"]) != 64 or set(document["digest"]) - set("0123456789abcdef"):
        raise Refused(f"{path}: the digest is not a SHA-256 of 64 hexadecimal digits.")
    return Commitment(**document)


def _write(path: Path, document: dict[str, Any], mode: int, never: str) -> None:
    """A new file, whole or not at all."""
    text = json.dumps(document, allow_nan=False, indent=1, sort_keys=True) + "\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Refused(f"{path} exists: {never}, name a new file.") from None
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: cannot be written ({_told(error)}).") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Refused(f"{path}: cannot be written ({error.strerror}).") from None


def _told(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _document(path: Path, wanted: str, largest: int) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(largest + 1)
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}).") from None
    if len(raw) > largest:
        raise Refused(f"{path}: larger than {largest} bytes, not a file of this kind.")
    try:
        document = loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        says = told(error, "not JSON; give the file that keygen wrote.")
        raise Refused(f"{path}: {says}") from None
    if not isinstance(document, dict) or document.get("format") != wanted:
        raise Refused(f"{path}: its format is not {wanted!r}; give the file that keygen wrote.")
    return document


def _work_tree(path: Path) -> tuple[Path, str]:
    """The work tree that the path lies in and what shows it (empty: none)."""
    folders = path.resolve().parents
    found = ((at, name) for at in folders for name in TREES if (at / name).exists())
    return next(found, (path, ""))


def _exact(text: str) -> bytes:
    raw = bytes.fromhex(text)
    if len(raw) != SEED:
        raise ValueError(f"{len(raw)} bytes instead of {SEED}")
    return raw


def _packed(array: NDArray[Any]) -> dict[str, Any]:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    data = base64.b64encode(little.tobytes()).decode()
    return {"data": data, "dtype": little.dtype.str, "shape": list(array.shape)}


def _unpacked(packed: Mapping[str, Any]) -> NDArray[Any]:
    dtype = np.dtype(str(packed["dtype"]))
    if dtype.kind not in NUMBERS:
        raise ValueError(f"an array of {dtype.str} holds no numbers")
    raw = base64.b64decode(packed["data"], validate=True)
    return np.frombuffer(raw, dtype=dtype).reshape(packed["shape"]).copy()


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
