"""Text as a language model sees it: token ids, and each context with its token once."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trl4ml.dense import loads, told
from trl4ml.watermark.errors import Refused

Ints = NDArray[np.int64]
LARGEST = 64 * 2**20
ASSUMPTIONS = (
    "the tokenizer is the one that the text was generated with, and the text was not re-tokenised",
    "a text of little entropy (code, quotations, lists) carries no mark",
)
NULL = "the text was written without this key"


def checked(tokens: ArrayLike, vocabulary: int) -> Ints:
    """Token ids (T,) of 0 … vocabulary - 1. Raises Refused."""
    found = np.asarray(tokens)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise Refused("A text is a row of token ids, whole numbers: tokenise it first.")
    if found.size and not 0 <= int(found.min()) <= int(found.max()) < vocabulary:
        worst = int(found.max()) if found.max() >= vocabulary else int(found.min())
        raise Refused(
            f"Token {worst} is not in a vocabulary of {vocabulary:,}: take the tokenizer of the key."
        )
    return found.astype(np.int64)


def windows(tokens: Ints, width: int) -> Ints:
    """Each distinct run of `width` tokens once (n, width), in the order in which they come."""
    if len(tokens) < width:
        return np.empty((0, width), dtype=np.int64)
    runs = np.lib.stride_tricks.sliding_window_view(tokens, width)
    _, first = np.unique(runs, axis=0, return_index=True)
    return np.ascontiguousarray(runs[np.sort(first)])


def digest(tokens: Ints) -> str:
    """SHA-256 of the token ids."""
    return hashlib.sha256(np.ascontiguousarray(tokens, dtype="<i8").tobytes()).hexdigest()


def read(path: Path | str) -> list[int]:
    """The token ids of a JSON file: a list, or a mapping with the list under `tokens`."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise Refused(f"{file}: is larger than {LARGEST:,} bytes; give one text")
        found: Any = loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{file}: cannot be read ({error.strerror})") from None
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        says = told(error, f"is not JSON ({error}); give a list of token ids")
        raise Refused(f"{file}: {says}") from None
    found = found.get("tokens") if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(type(one) is int for one in found):
        raise Refused(f"{file}: holds no list of token ids; write [15, 3, …] or "
                      '{"tokens": [15, 3, …]}')  # fmt: skip
    return found


def shifted(runs: Ints) -> Ints:
    """The same tokens behind wrong contexts, those of the run before; each pair once."""
    if not len(runs):
        return runs
    wrong = np.concatenate([np.roll(runs[:, :-1], 1, axis=0), runs[:, -1:]], axis=1)
    return np.unique(wrong, axis=0)


def sample(runs: Ints, most: int) -> Ints:
    """At most so many runs, evenly spread, for controls that would take long on all of them."""
    if len(runs) <= most:
        return runs
    return runs[np.linspace(0, len(runs) - 1, most).astype(np.int64)]


def seeds(run_seed: int, n: int, of: Sequence[str] = ("random",)) -> list[bytes]:
    """n public seeds of 32 bytes for random keys."""
    names = "/".join(of)
    return [hashlib.sha256(f"{names} {run_seed} {k}".encode()).digest() for k in range(n)]
