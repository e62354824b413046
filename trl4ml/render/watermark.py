"""A verdict on a watermark for a terminal: the status first, then all that it rests on."""

import textwrap
from collections.abc import Mapping
from typing import Any

from trl4ml.render.plain import printable

Row = Mapping[str, Any]
WIDTH = 80
PASSED = {True: "ok", False: "FAILED", None: "not run"}
SAID = {
    "detected": "DETECTED",
    "not_detected": "NOT DETECTED (mark not found; that is not: not a copy)",
    "inconclusive": "INCONCLUSIVE",
    "control_failed": "CONTROL FAILED",
    "uncommitted": "UNCOMMITTED",
}


def text(found: Row) -> str:
    """The verdict in lines of at most 80 columns."""
    lines = [f"{SAID.get(found['status'], found['status'])}  {found['scheme']}", ""]
    lines += _wrapped(found["reason"]) + _wrapped(found["remedy"], "do: ")
    lines += ["", *_rows(_numbers(found)), "", "  controls"]
    lines += _rows([_control(one) for one in found["controls"]])
    for title, name in (("not checked", "assumptions"), ("notes", "notes")):
        if said := found.get(name):
            lines += ["", f"  {title}"]
            lines += [line for one in said for line in _wrapped(one, "* ")]
    lines += ["", *_rows(_digests(found))]
    return "\n".join(printable(line) for line in lines) + "\n"


def _numbers(found: Row) -> list[tuple[str, str]]:
    n, undefined = found["n"], found["undefined"]
    more = f", {undefined} undefined" if undefined else ""
    rows = [
        ("null", f"{found['null_hypothesis'].rstrip('.')}: {found['null_law']}"),
        ("hits", f"{_number(found['hits'])} of {n}{more}"),
        ("p", f"{_small(found['p'])} = 2^{found['log2_p']:.1f}" if found["n"] else "undefined"),
        ("threshold", _threshold(found)),
        ("floor", f"{_small(found['floor'])}, the smallest p that {n} can reach"),
    ]
    if found["power"] is not None:
        rows.append(("power", f"{found['power']:.3f} at agreement {found['agreement']:.3g}"))
    tests = f"{found['tests_made']} made, {found['registered'] or 'none'} registered"
    return [*rows, ("tests", f"{tests}; {found['queries']:,} queries; seeds {found['seeds']}")]


def _threshold(found: Row) -> str:
    if found["threshold"] is None:
        return f"none: {found['n']} cannot reach p < {_small(found['alpha'])}"
    level = f" (true level {_small(found['threshold_level'])})"
    return f"{_number(found['threshold'])} for p < {_small(found['alpha'])}{level}"


def _control(one: Row) -> tuple[str, str]:
    says = PASSED[one["passed"]]
    if one["statistic"] is not None:
        says += f": {_number(one['statistic'])}"
        if one["n"] is not None:
            says += f" over {one['n']}"
        if one["expected"] is not None:
            says += f", expected {_number(one['expected'])}"
        if one["bound"] is not None:
            says += f", bound {_number(one['bound'])}"
    return one["name"], f"{says}; {one['detail']}" if one["detail"] else says


def _digests(found: Row) -> list[tuple[str, str]]:
    names = {"key": "key_digest", "commitment": "commitment", "model": "model_digest"}
    return [(name, found[field] or "none") for name, field in names.items()]


def _rows(rows: list[tuple[str, str]]) -> list[str]:
    """Names to the left, what is said of them wrapped to the right."""
    wide = max((len(name) for name, _ in rows), default=0)
    lines = []
    for name, says in rows:
        start = f"  {printable(name):{wide}}  "
        lines += textwrap.wrap(printable(says), WIDTH, initial_indent=start,
                               subsequent_indent=" " * len(start)) or [start.rstrip()]  # fmt: skip
    return lines


def _wrapped(says: str, mark: str = "") -> list[str]:
    indent = " " * (2 + len(mark))
    return textwrap.wrap(
        printable(says), WIDTH, initial_indent=f"  {mark}", subsequent_indent=indent
    )


def _number(value: float) -> str:
    return f"{value:.4g}" if isinstance(value, float) and value != int(value) else f"{int(value)}"


def _small(value: float) -> str:
    return f"{value:.2g}"
