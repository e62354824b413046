"""The numbers that a card claims: in its model-index, and in the tables of its results.

A claim keeps the text of its number, since how many digits were written says how far it was rounded.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from html import unescape
from itertools import islice
from typing import Any, NamedTuple

from trl4ml.cards.front import mappings
from trl4ml.cards.markdown import LONGEST
from trl4ml.cards.mitchell import MODEL_CARD
from trl4ml.cards.sections import sections

WHOLE = frozenset(
    {"", "all", "all rows", "overall", "total", "whole", "everybody", "everyone", "all data"}
)
RESULTS = frozenset({"quantitative analyses", "metrics"})
VALUES = re.compile(r"value|score|results?|measured", re.IGNORECASE)
NUMBER = re.compile(r"[-+−]?\d{1,15}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,2})?")
OTHERWISE = r"(?![\w./]|,\d|\s?[–—-]\s?\d|\s+of\b)"
"""What makes it another number: 1,234 or 0.8–0.9 or 3/5 or 62 of 78."""
STARTS = re.compile(rf"[\s*_~≈]*({NUMBER.pattern})[*_]*(\s?%)?{OTHERWISE}")
DASHES = re.compile(r":?-+:?")
MOST = 500
"""Claims that are looked at, in front matter and in tables; one more is given, to tell that there are."""
WHOLE_HALF = Decimal("0.05")
UNBOUNDED = frozenset({"mae", "rmse", "bias", "log_loss"})
Known = Callable[[str], str]
"""Our name of the metric that a title names; empty where it names none."""


class Claim(NamedTuple):
    """A metric as the card states it, over all rows (no slice) or in one."""

    metric: str
    slice: str
    text: str
    percent: bool
    line: int


class Unclear(ValueError):
    """The data set of the results was not named, or the model-index has none of that name."""


def of_front(front: Mapping[str, Any], text: str, known: Known, data: str = "") -> list[Claim]:
    """The claims of the model-index about `data` (type, name or split), in its order.

    `text` is the whole file, to find how each number is written. Raises Unclear.
    """
    results = [
        r for model in mappings(front.get("model-index")) for r in mappings(model.get("results"))
    ]
    sets = sorted({" ".join(filter(None, _names(one))) for one in results})
    if data:
        results = [one for one in results if data in _names(one)]
    if data and sets and not results:
        raise Unclear(f"model-index has no result on '{data}' ({', '.join(sets)})")
    if not data and len(sets) > 1:
        raise Unclear(f"model-index has results on several data sets ({', '.join(sets)})")
    metrics = (m for one in results for m in mappings(one.get("metrics")))
    written, found = _numbers(text), []
    for metric in islice(metrics, MOST + 1):
        name = known(str(metric.get("type", ""))) or known(str(metric.get("name", "")))
        value = metric.get("value")
        start = None if isinstance(value, bool) else STARTS.match(str(value))
        if name and start:
            best, line = written.get(_exact(start[1]), (start[1], 1))
            found.append(Claim(name, "", best, bool(start[2]), line))
    return found


def _names(result: Mapping[str, Any]) -> tuple[str, ...]:
    held = result.get("dataset")
    data = held if isinstance(held, dict) else {}
    return tuple(str(data.get(key, "")) for key in ("type", "name", "config", "split"))


def _numbers(text: str) -> dict[Decimal, tuple[str, int]]:
    """Each number of the front matter as it is written, most digits first, and its line.

    YAML keeps no zeros at the end, and 0.80 says more than 0.8.
    """
    found: dict[Decimal, tuple[str, int]] = {}
    for number, line in enumerate(text[:LONGEST].splitlines(), 1):
        if number > 1 and line.strip() in ("---", "..."):
            break
        for one in NUMBER.finditer(line) if "value" in line else ():
            exact = _exact(one[0])
            if len(one[0]) > len(found.get(exact, ("", 0))[0]):
                found[exact] = (one[0], number)
    return found


def _exact(text: str) -> Decimal:
    return Decimal(text.replace("−", "-"))


def of_tables(below: str, text: str, known: Known) -> list[Claim]:
    """The claims in tables of the sections about metrics and results, 501 at most.

    `text` is the whole file, and `below` what follows its front matter.
    """
    lines = [unescape(line).lstrip() for line in text[:LONGEST].splitlines()]
    parts = (one.text for one in sections(MODEL_CARD, below) if RESULTS & one.names)
    found = (claim for part in parts for table in _tables(part) for claim in _claims(table, known))
    return [one._replace(line=_line(lines, one)) for one in islice(found, MOST + 1)]


def _tables(text: str) -> Iterator[list[list[str]]]:
    """Tables as rows of cells; the row above a line of dashes is the head of the next."""
    table: list[list[str]] = []
    for line in (line.strip() for line in text.splitlines()):
        if not line.startswith("|"):
            continue
        cells = [unescape(cell).strip() for cell in line.strip("|").split("|")]
        if not all(DASHES.fullmatch(cell) for cell in cells):
            table.append(cells)
        elif table:
            yield table[:-1]
            table = table[-1:]
    yield table


def _claims(table: list[list[str]], known: Known) -> Iterator[Claim]:
    head, *rows = table or [[]]
    columns = {at: name for at, title in enumerate(head) if at and (name := known(title))}
    value = next((at for at, title in enumerate(head) if at and VALUES.search(title)), None)
    for row in rows:
        label = row[0].strip("*_ ")
        if columns:
            where = "" if label.lower() in WHOLE else label
            cells = [(name, where, row[at]) for at, name in columns.items() if at < len(row)]
        else:
            name = known(label)
            cells = [(name, "", row[value])] if name and value and value < len(row) else []
        for name, where, cell in cells:
            if start := STARTS.match(cell):
                yield Claim(name, where, start[1], bool(start[2]), 0)


def _line(lines: list[str], claim: Claim) -> int:
    """The first line of a table with this label and number."""
    marks = (claim.slice, claim.text)
    rows = (n for n, line in enumerate(lines, 1) if line.startswith("|"))
    return next((n for n in rows if all(mark in lines[n - 1] for mark in marks)), 1)


def off_by(claim: Claim, measured: float) -> float:
    """How much further the claim is from the measure than its own rounding; 0 where they agree.

    0.86 stands for anything from 0.855 to 0.865, ends included; 86 % and a bare 86 of a metric that
    cannot pass 1 are hundredths. A bare 1 or 0 of such a metric was not rounded to a whole number: it
    stands for 1.0 or 0.0.
    """
    stated = _exact(claim.text)
    exponent = stated.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    if not claim.percent and claim.metric not in UNBOUNDED and abs(stated) <= 1:
        half = min(half, WHOLE_HALF)
    if claim.percent or (claim.metric not in UNBOUNDED and abs(stated) > 1 >= abs(measured)):
        stated, half = stated / 100, half / 100
    beyond = abs(float(stated) - measured) - float(half)
    return beyond if beyond > 1e-9 else 0.0


def plain(label: str) -> str:
    """A slice in words, so that `sex 1` in a card is `sex=1` in a table.

    Brackets stay: [40, 60) and (40, 60] are not the same people.
    """
    return " ".join(re.sub(r"[=:,;&×]+", " ", label.lower()).split())
