"""A key grows from one seed of 32 bytes, and is committed before the model is public.

Carriers, matrix and message are SHAKE-256 expansions of the seed under fixed labels, so that the
same seed gives the same key on every machine and a forger must search seeds instead of solving
for a key. The commitment is the SHA-256 of the RFC 8785 JSON of everything that was fixed, with
a random salt: published or signed before release, it hides the key and binds its owner.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from inspect import signature
from typing import Any

import numpy as np
import rfc8785
from numpy.typing import NDArray

from trl4ml.watermark import null
from trl4ml.watermark.errors import Refused

SEED = 32
LABEL = b"trl4ml watermark 1"
LONGEST = 2**31
"""Bytes that one part of a key may grow to."""
NUMBERS, WHOLE = "biuf", "iu"
ARRAYS: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "uchida": {"matrix": (2, NUMBERS), "message": (1, NUMBERS)},
    "gradsigns": {"carriers": (1, WHOLE), "matrix": (2, NUMBERS), "message": (1, NUMBERS)},
    "trigger-set": {"labels": (1, WHOLE)},
    "greenlist": {"hash_key": (1, WHOLE)},
    "synthid": {"layers": (1, WHOLE)},
    "gumbel": {"prf": (1, WHOLE)},
    "radioactive": {"carriers": (2, NUMBERS)},
    "fingerprint": {"labels": (1, WHOLE)},
}
"""The arrays that a key of each scheme holds: number of axes and kinds of numbers."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bits = NDArray[np.uint8]


def new_seed() -> bytes:
    """32 bytes from the system's generator: keep them secret."""
    return secrets.token_bytes(SEED)


def expand(seed: bytes, label: str, length: int) -> bytes:
    """`length` bytes of SHAKE-256 over the room's label, the seed and this label."""
    if len(seed) != SEED:
        raise Refused(f"A seed has {SEED} bytes, this one {len(seed)}: make one with keygen.")
    if not 0 <= length <= LONGEST:
        raise Refused(f"The key's {label} would take {length:,} bytes: ask for a smaller key.")
    return hashlib.shake_256(LABEL + b"\0" + seed + label.encode()).digest(length)


def words(seed: bytes, label: str, n: int) -> NDArray[np.uint64]:
    """n unsigned 64-bit words, little-endian."""
    return np.frombuffer(expand(seed, label, 8 * n), dtype="<u8").astype(np.uint64)


def bits(seed: bytes, label: str, n: int) -> Bits:
    """n independent fair bits."""
    raw = np.frombuffer(expand(seed, label, (n + 7) // 8), dtype=np.uint8)
    return np.unpackbits(raw, bitorder="little")[:n]


def integers(seed: bytes, label: str, n: int, below: int) -> Ints:
    """n integers uniform on 0 … below - 1, without modulo bias (words that would bias are skipped)."""
    last = 2**64 - 2**64 % below
    drawn = n + 16
    while True:
        stream = words(seed, label, drawn)
        fair = stream if last == 2**64 else stream[stream < np.uint64(last)]
        if len(fair) >= n:
            return (fair[:n] % np.uint64(below)).astype(np.int64)
        drawn *= 2


def distinct(seed: bytes, label: str, n: int, below: int) -> Ints:
    """n different integers of 0 … below - 1: the places of the n smallest random words."""
    if n > below:
        raise Refused(f"{n} carriers do not fit into {below} inputs: ask for fewer.")
    return np.argsort(words(seed, label, below), kind="stable")[:n].astype(np.int64)


def uniform(seed: bytes, label: str, shape: tuple[int, ...]) -> Floats:
    """Uniform on (-1, 1), 53 bits each."""
    raw = words(seed, label, int(np.prod(shape))) >> np.uint64(11)
    return ((raw.astype(np.float64) + 0.5) / 2.0**52 - 1.0).reshape(shape)


def normal(seed: bytes, label: str, shape: tuple[int, ...]) -> Floats:
    """Mean 0, variance 1: the sum of twelve uniforms less 6 (Irwin-Hall).

    Exact in integers, so that no machine's logarithm changes the last digit of a committed key.
    """
    n = int(np.prod(shape))
    raw = np.frombuffer(expand(seed, label, 48 * n), dtype="<u4").astype(np.int64)
    sums: Ints = raw.reshape(n, 12).sum(axis=1) - 6 * 2**32 + 6
    return (sums / 2.0**32).reshape(shape)


def array_digest(array: NDArray[Any]) -> str:
    """SHA-256 over dtype, shape, order (C, little-endian) and bytes."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    head = rfc8785.dumps({"dtype": little.dtype.str, "order": "C", "shape": list(array.shape)})
    return hashlib.sha256(head + b"\0" + little.tobytes()).hexdigest()


@dataclass(frozen=True)
class Key:
    """A scheme's secret: terms fixed beforehand (JSON values), arrays, and the seed they grew from.

    `terms` are the arguments of the scheme's `keygen`: sizes, layout, label, inputs digest, alpha.
    `seed` is None for a free-form key. A message (`arrays["message"]`) of 32 bits or more with
    fewer than a quarter of ones or of zeros is refused: a constant model would match it.
    """

    scheme: str
    version: int
    terms: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(repr=False)
    salt: bytes = field(repr=False)
    seed: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if len(self.salt) != SEED:
            raise Refused(f"A salt has {SEED} bytes, this one {len(self.salt)}.")
        alpha = self.terms.get("alpha")
        if not isinstance(alpha, float) or not 0 < alpha < 1:
            raise Refused(f"A key fixes its level alpha between 0 and 1, not {alpha!r}.")
        for name, array in self.arrays.items():
            if not np.isfinite(array).all():
                raise Refused(f"The key's {name} holds NaN or infinity: make the key anew.")
        message = self.arrays.get("message")
        if message is None:
            return
        if message.ndim != 1 or not np.isin(message, (0, 1)).all():
            raise Refused("A message is a row of bits, each 0 or 1.")
        if len(message) >= null.BALANCED_FROM and not null.balanced(message):
            raise Refused(
                f"The message has {int(message.sum())} ones in {len(message)} bits; fewer than a "
                "quarter of either bit lets a constant model match: take another seed."
            )

    @property
    def alpha(self) -> float:
        """The level committed."""
        return float(self.terms["alpha"])

    def digest(self) -> str:
        """The commitment: SHA-256 of the canonical JSON of everything, salt included."""
        document: dict[str, Any] = {
            "arrays": {name: array_digest(array) for name, array in self.arrays.items()},
            "derived": self.seed is not None,
            "salt": self.salt.hex(),
            "scheme": self.scheme,
            "terms": dict(self.terms),
            "version": self.version,
        }
        try:
            return hashlib.sha256(rfc8785.dumps(document)).hexdigest()
        except rfc8785.CanonicalizationError as error:
            raise Refused(f"The key's terms cannot be written as JSON ({error}).") from None


@dataclass(frozen=True)
class Commitment:
    """What is published before release: a digest, when, where, and how many keys were registered."""

    scheme: str
    digest: str
    date: str
    where: str
    registered: int = 1

    def __post_init__(self) -> None:
        _day(self.date, "commitment")
        if self.registered < 1:
            raise Refused("At least one key is registered: the number counts this commitment too.")

    def objection(self, key: Key, released: str | None) -> str | None:
        """Why this commitment does not bind this key; None: it does, from before the release.

        `released` is the day (ISO 8601) on which the model was public or given away.
        """
        if self.scheme != key.scheme or self.digest != key.digest():
            return "The key shown is not the one committed: its digest differs."
        if released is None:
            return "The day on which the model became public is not stated."
        if _day(self.date, "commitment") >= _day(released, "release"):
            return f"The commitment of {self.date} is not older than the release of {released}."
        return None


def commit(key: Key, day: str, where: str, registered: int = 1) -> Commitment:
    """The commitment to this key, dated by the caller."""
    return Commitment(key.scheme, key.digest(), day, where, registered)


def check(key: Key, scheme: str, keygen: Callable[..., Key]) -> None:
    """Refuses a key of another scheme, other terms, or one that does not grow from its seed."""
    if key.scheme != scheme:
        raise Refused(f"This is a key for {key.scheme}, not for {scheme}: use that verifier.")
    if set(key.terms) != set(signature(keygen).parameters) - {"seed", "salt"}:
        raise Refused(f"The key's terms are not those of {scheme}: take the original.")
    held = {name: (array.ndim, array.dtype.kind) for name, array in key.arrays.items()}
    wanted = ARRAYS[scheme]
    if set(held) != set(wanted) or any(
        held[name][0] != axes or held[name][1] not in kinds or not key.arrays[name].size
        for name, (axes, kinds) in wanted.items()
    ):
        raise Refused(
            f"A key of {scheme} holds {', '.join(sorted(wanted))}, and this one does not hold "
            "them in numbers: take the original secret."
        )
    if key.seed is None:
        return
    grown = grow(keygen, scheme, key.seed, key.salt, key.terms)
    if grown.version != key.version or grown.digest() != key.digest():
        raise Refused("The key does not grow from the seed it shows: take the original secret.")


def grow(
    keygen: Callable[..., Key], scheme: str, seed: bytes, salt: bytes, terms: Mapping[str, Any]
) -> Key:
    """The key of these terms. Raises Refused where a term is of the wrong kind or far too large."""
    try:
        return keygen(seed, salt=salt, **terms)
    except Refused:
        raise
    except (TypeError, ValueError, OverflowError, AttributeError, MemoryError) as error:
        first = str(error).partition("\n")[0][:150] or type(error).__name__
        raise Refused(
            f"The key's terms are not those of {scheme}: take the original, or other terms ({first})."
        ) from None


def _day(text: str, whose: str) -> date:
    try:
        return date.fromisoformat(text)
    except (ValueError, TypeError):
        raise Refused(f"The date of the {whose}, {text!r}, is not a day like 2026-11-21.") from None
