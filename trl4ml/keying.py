"""`trl4ml watermark keygen` and `questions`: a new key with its commitment; what a key will ask."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trl4ml.errors import WrongInput
from trl4ml.watermarking import array, said

Row = dict[str, Any]


def schemes() -> list[Row]:
    """Every scheme with the terms of its keys."""
    return list(said(_schemes))


def _schemes() -> Sequence[Row]:
    from trl4ml.watermark.schemes import listed

    return listed()


def terms(pairs: Sequence[str]) -> Row:
    """The terms given as `bits=64`. Raises WrongInput."""
    found: Row = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise WrongInput(f"--set {pair}: give a term and its value, as in bits=64")
        found[name] = value
    return found


def made(scheme: str, secret: str, commitment: str, given: Row, promise: Row,
         inputs: str | None = None) -> Row:  # fmt: skip
    """Write a new secret and its commitment; the commitment as plain data. Raises WrongInput.

    `promise` holds day, where and registered; `inputs` is a .npy file that the key is fixed to.
    """
    found: Row = said(lambda: _made(scheme, Path(secret), Path(commitment), given, promise, inputs))
    return found


def _made(
    scheme: str, secret: Path, commitment: Path, given: Row, promise: Row, inputs: str | None
) -> Row:
    from trl4ml.watermark.custody import write_commitment, write_secret
    from trl4ml.watermark.errors import Refused
    from trl4ml.watermark.keys import commit, new_seed
    from trl4ml.watermark.schemes import grown

    fixed = {**_fixed(scheme, array(inputs, "--inputs")), **given} if inputs else given
    key = grown(scheme, new_seed(), new_seed(), fixed)
    promised = commit(key, **promise)
    write_secret(key, secret)
    try:
        write_commitment(promised, commitment)
    except Refused:
        secret.unlink()  # made a moment ago, of no use without its commitment
        raise
    return {**vars(promised), "secret": str(secret), "commitment": str(commitment)}


def _fixed(scheme: str, inputs: Any) -> Row:
    """The terms that the owner's inputs decide."""
    import numpy as np

    from trl4ml.watermark.keys import array_digest

    digest = array_digest(np.asarray(inputs, dtype=np.float64))
    if scheme == "gradsigns":
        return {"inputs": digest, "n": len(inputs), "input_shape": list(inputs.shape[1:])}
    if scheme == "trigger-set":
        return {"inputs": digest, "count": len(inputs)}
    return {}


def questions(secret: str, inputs: str | None, classes: int, out: str) -> int:
    """Write what the verification will ask to a .npy file; how many rows. Raises WrongInput."""
    return int(said(lambda: _questions(secret, inputs, classes, out)))


def _questions(secret: str, inputs: str | None, classes: int, out: str) -> int:
    import numpy as np

    from trl4ml.watermark import trigger_set
    from trl4ml.watermark.asking.table import recording
    from trl4ml.watermark.custody import read_secret
    from trl4ml.watermark.differences import black_box
    from trl4ml.watermark.errors import Refused
    from trl4ml.watermark.schemes import regrown, scheme

    key = regrown(read_secret(Path(secret)))
    asked, oracle = recording(classes)
    reads = scheme(key.scheme).reads
    if reads == "scores":
        black_box(oracle.probabilities, array(inputs, "--inputs"), key)
    elif reads == "labels":
        given = array(inputs, "--inputs") if inputs else None
        trigger_set.verify(oracle.labels, key, None, inputs=given)
    else:
        raise Refused(f"{key.scheme} reads {reads} and asks no model anything")
    rows = asked()
    try:
        with Path(out).open("wb") as file:
            np.save(file, rows, allow_pickle=False)
    except OSError as error:
        raise Refused(f"{out}: cannot be written ({error.strerror})") from None
    return len(rows)
