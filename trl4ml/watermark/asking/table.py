"""Answers that somebody else collected: the questions as .npy, the answers as CSV, row by row.

    questions, asked = recording(classes=10)
    verify(…, asked.probabilities, …)          # nothing is answered yet
    np.save("questions.npy", questions())      # run the model on these, wherever it is
    verify(…, asked_table("questions.npy", "answers.csv").probabilities, …)

The CSV has a header, then one line per question in their order. A column `label` holds the index of
the class; without it every column is the score of one class, in their order. A column `row` (from 0)
says which question is answered, when the order is another.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trl4ml.watermark.asking.oracle import Oracle
from trl4ml.watermark.errors import NoSignal, Refused

LARGEST = 2**30


def asked_table(
    questions: Path | str, answers: Path | str, returns: str = "probabilities"
) -> Oracle:
    """The model whose answers to the questions are in the table. Raises Refused."""
    inputs = inputs_in(questions)
    file = Path(answers)
    labels, rows = _read(file, len(inputs))
    if returns == "labels" and not labels:
        rows = rows.argmax(axis=1)[:, None]
    by_input = {_key(one): n for n, one in enumerate(inputs)}

    def answer(asked: NDArray[Any]) -> NDArray[Any]:
        found = [by_input.get(_key(one)) for one in asked]
        known = [n for n in found if n is not None]
        if len(known) < len(found):
            raise NoSignal(f"{file.name}: answers {len(known):,} of {len(found):,} inputs; collect the "
                           "questions of this key again, and the answers to them")  # fmt: skip
        return rows[known, 0] if labels or returns == "labels" else rows[known]

    return Oracle(file.name, answer, "labels" if labels else returns)


def inputs_in(path: Path | str) -> NDArray[Any]:
    """The inputs in a .npy file, first axis the rows. Raises Refused; a pickle in it is not loaded."""
    file = Path(path)
    try:
        with np.errstate(over="ignore"):
            inputs: NDArray[Any] = np.lib.format.open_memmap(file, mode="r")
    except Exception as error:  # a header breaks its parser in many ways
        first = getattr(error, "strerror", None) or str(error).partition("\n")[0][:150]
        says = f"{file}: is no .npy file of inputs ({first}); write it with numpy.save"
        raise Refused(says) from None
    if inputs.ndim < 2 or inputs.dtype.kind not in "fiu":
        raise Refused(f"{file}: does not hold rows of numbers; write them with numpy.save")
    if not np.isfinite(inputs).all():
        raise Refused(f"{file}: holds NaN or infinity; give inputs that are finite")
    return inputs


def recording(classes: int) -> tuple[Callable[[], NDArray[Any]], Oracle]:
    """What a verification would ask, each input once; its oracle answers without knowing anything."""
    asked: dict[bytes, NDArray[Any]] = {}
    unequal = np.exp(np.arange(classes) / classes)
    answered = unequal / unequal.sum()  # not rounded: every step that a verifier may try is asked

    def answer(inputs: NDArray[Any]) -> NDArray[Any]:
        asked.update((_key(one), np.array(one)) for one in inputs if _key(one) not in asked)
        return np.tile(answered, (len(inputs), 1))

    return lambda: np.stack(list(asked.values())), Oracle("questions", answer)


def _key(one: NDArray[Any]) -> bytes:
    exact = np.ascontiguousarray(one, dtype=np.float64)
    return hashlib.sha256(exact.tobytes()).digest()


def _read(file: Path, wanted: int) -> tuple[bool, NDArray[np.float64]]:
    """Whether these are labels, and the answers in the order of the questions."""
    try:
        if file.stat().st_size > LARGEST:
            raise Refused(f"{file}: is larger than 1 GiB; give only the answers to the questions")
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = csv.reader(opened)
            head = [name.strip() for name in next(lines, [])]
            labels = "label" in head
            columns = (
                [head.index("label")] if labels else [n for n, c in enumerate(head) if c != "row"]
            )
            row = head.index("row") if "row" in head else None
            pairs = list(_numbered(file, lines, columns, row))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{file}: cannot be read as CSV ({error}); write it as UTF-8") from None
    found = dict(pairs)
    if sorted(found) != list(range(wanted)):
        raise Refused(f"{file}: answers {len(found):,} rows of {wanted:,} questions; "
                      "give exactly one line for each")  # fmt: skip
    if len(pairs) > wanted:
        raise Refused(f"{file}: answers a row twice; give exactly one line for each")
    if not columns:
        raise Refused(f"{file}: has no column of scores and none called label; add them")
    return labels, np.array([found[n] for n in range(wanted)], dtype=np.float64)


def _numbered(
    file: Path, lines: Any, columns: list[int], row: int | None
) -> Iterator[tuple[int, list[float]]]:
    """Question and answer of each line; an empty line at the end is none."""
    for n, line in enumerate(cells for cells in lines if cells):
        try:
            yield (n if row is None else int(line[row])), [float(line[c]) for c in columns]
        except (ValueError, IndexError):
            says = f"{file}:{lines.line_num}: is not one number for each column; write numbers"
            raise Refused(says) from None
