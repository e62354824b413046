"""The signed statement: which files a signature covers, by which digests, leaving out what.

OpenSSF Model Signing 1.0: an in-toto statement with one subject, whose digest is SHA-256 over the
raw digests of the resources in their listed order. That root covers no name and no size.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from trl4ml.provenance import strict
from trl4ml.provenance.bundle import LIMIT
from trl4ml.provenance.errors import Refused
from trl4ml.provenance.hashing import BYTES
from trl4ml.provenance.names import fault, shown, within

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
LEGACY = "https://model_signing/Digests/v0.1"
GLOB = re.compile(r"[*?\[\]]")
HEX = re.compile(r"(?:[0-9a-f]{2})+")


class Resource(NamedTuple):
    """A name as it is signed (of a shard with its range), and the digest in hex."""

    name: str
    digest: str


@dataclass(frozen=True)
class Statement:
    """`faults` are sentences on what the statement should not say."""

    method: str
    algorithm: str
    shard_size: int
    allow_links: bool
    ignored: tuple[str, ...]
    resources: tuple[Resource, ...]
    faults: tuple[str, ...]


def predicate_type(payload: bytes) -> str:
    """What kind of statement it is. Raises Refused when it is no JSON object."""
    data = strict.mapping(strict.parsed(payload, "the payload", LIMIT), "the payload")
    return str(data.get("predicateType"))


def read(payload: bytes) -> Statement:
    """The statement in the payload, with everything wrong in it. Raises Refused when unreadable."""
    data = strict.mapping(strict.parsed(payload, "the payload", LIMIT), "the payload")
    for key, wanted in (("_type", TYPE), ("predicateType", PREDICATE)):
        if data.get(key) != wanted:
            raise Refused(f"the payload's {key} is not {wanted}")
    predicate = strict.mapping(data.get("predicate"), "the predicate")
    how = strict.mapping(predicate.get("serialization"), "serialization")
    method, algorithm = how.get("method"), _algorithm(how.get("hash_type"))
    if method not in ("files", "shards"):
        raise Refused(f"serialization has the method '{method}', not files or shards")
    if algorithm not in BYTES:
        raise Refused(f"hash_type '{algorithm}' is not one of {', '.join(BYTES)}")
    faults: list[str] = []
    rows = strict.listed(predicate.get("resources"), "resources")
    resources = tuple(_resource(row, algorithm, faults) for row in rows)
    _order([one.name for one in resources], faults)
    _root(data.get("subject"), resources, faults)
    return Statement(
        method, algorithm, _shard_size(how, method, faults), _links(how, faults),
        _ignored(how, faults), resources, tuple(faults),
    )  # fmt: skip


def _algorithm(value: Any) -> str:
    """The reference implementation calls blake2b also blake2, and adds the size of shards."""
    name = str(value).partition("-sharded-")[0]
    return "blake2b" if name == "blake2" else name


def _resource(row: Any, algorithm: str, faults: list[str]) -> Resource:
    found = strict.mapping(row, "a resource")
    name = strict.text(found.get("name"), "a resource's name")
    digest = strict.text(found.get("digest"), f"the digest of {shown(name)}")
    given = _algorithm(found.get("algorithm"))
    if given != algorithm:
        faults.append(f"{shown(name)} has the algorithm '{given}' where hash_type is '{algorithm}'")
    if not HEX.fullmatch(digest) or len(digest) != 2 * BYTES[algorithm]:
        faults.append(f"the digest of {shown(name)} is no {algorithm} in hex")
    return Resource(name, digest)


def _order(names: list[str], faults: list[str]) -> None:
    if not names:
        faults.append("no file is signed")
    if names != sorted(names):
        faults.append("the resources are not sorted by name")


def _root(subject: Any, resources: tuple[Resource, ...], faults: list[str]) -> None:
    if not isinstance(subject, list) or len(subject) != 1 or not isinstance(subject[0], dict):
        faults.append("the statement has not exactly one subject")
        return
    whole = "".join(one.digest for one in resources)
    if not re.fullmatch(r"(?:[0-9a-f]{2})*", whole):
        return
    made = hashlib.sha256(bytes.fromhex(whole)).hexdigest()
    digest = subject[0].get("digest")
    if not isinstance(digest, dict) or digest.get("sha256") != made:
        faults.append("the root digest is not that of the resources")


def _shard_size(how: Mapping[str, Any], method: Any, faults: list[str]) -> int:
    size = how.get("shard_size")
    if method == "files":
        return 0
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        faults.append("shard_size is no number of bytes")
        return 1
    return size


def _links(how: Mapping[str, Any], faults: list[str]) -> bool:
    allowed = how.get("allow_symlinks", False)
    if not isinstance(allowed, bool):
        faults.append("allow_symlinks is neither true nor false")
    return allowed is True


def _ignored(how: Mapping[str, Any], faults: list[str]) -> tuple[str, ...]:
    """Entries that name one path inside the model; all others are faults and ignore nothing."""
    kept = []
    for entry in strict.listed(how.get("ignore_paths", []), "ignore_paths"):
        name = strict.text(entry, "an entry of ignore_paths")
        if why := fault(name) or ("is a pattern" if GLOB.search(name) else ""):
            faults.append(f"ignore_paths has '{shown(name)}', which {why}")
        else:
            kept.append(name)
    return tuple(kept)


def contradictions(statement: Statement, paths: list[str]) -> list[str]:
    """Files that are signed and ignored at once."""
    return [f"{shown(p)} is signed and ignored" for p in paths if within(p, statement.ignored)]
