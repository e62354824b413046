"""Logged calls of language models: a table of calls, a table of models, and the sum of both.

The calls have the columns `model`, `output_tokens` and, if measured, `latency_s`; the models
`model`, `active_b` and `total_b`, in billions, a number or a range as `70-120`.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from trl4ml.energy.band import total
from trl4ml.energy.errors import Refused
from trl4ml.energy.llm import Cost, Ends, call
from trl4ml.energy.record import Band


@dataclass(frozen=True)
class Call:
    model: str
    output_tokens: float
    latency_s: float
    line: int


@dataclass(frozen=True)
class Calls:
    """A sum over calls: energy with PUE and the band of its class, and the ends by parameters."""

    calls: int
    output_tokens: float
    energy: Band
    kwh: Ends
    usage_g: Ends | None
    embodied_g: Ends
    by_model: Mapping[str, Ends]
    class_: str = "modelled"


def read_calls(text: str, name: str) -> tuple[Call, ...]:
    """The calls of a CSV; a missing latency is left to the formula."""
    found = [
        Call(
            row["model"],
            _number(row, "output_tokens", name, line),
            _number(row, "latency_s", name, line) if row.get("latency_s") else math.inf,
            line,
        )
        for line, row in _rows(text, name, ("model", "output_tokens"), ("latency_s",))
    ]
    if not found:
        raise Refused(f"{name}: no call is in it; each line is model,output_tokens,latency_s")
    return tuple(found)


def read_models(text: str, name: str) -> dict[str, tuple[Ends, Ends]]:
    """Active and total parameters of each model, in billions."""
    return {
        row["model"]: (_range(row, "active_b", name, line), _range(row, "total_b", name, line))
        for line, row in _rows(text, name, ("model", "active_b", "total_b"), ("source",))
    }


def cost_of(
    calls: Sequence[Call],
    models: Mapping[str, tuple[Ends, Ends]],
    name: str,
    *,
    pue: float | Ends,
    intensity: float | None = None,
) -> Calls:
    """All calls by the formula; a model without parameters is refused, never guessed."""
    costs: dict[str, list[Cost]] = {}
    for one in calls:
        if one.model not in models:
            raise Refused(_unknown(one, models, name))
        active, every_one = models[one.model]
        try:
            cost = call(
                active, every_one, one.output_tokens,
                pue=pue, measured_s=one.latency_s, intensity=intensity,
            )  # fmt: skip
        except Refused as no:
            raise Refused(f"{name}:{one.line}: {no}") from None
        costs.setdefault(one.model, []).append(cost)
    every = [cost for several in costs.values() for cost in several]
    return Calls(
        calls=len(every),
        output_tokens=math.fsum(one.output_tokens for one in calls),
        energy=total(cost.energy for cost in every),
        kwh=_sum([cost.kwh for cost in every]),
        usage_g=None if intensity is None else _sum([c.usage_g for c in every if c.usage_g]),
        embodied_g=_sum([cost.embodied_g for cost in every]),
        by_model={model: _sum([c.kwh for c in several]) for model, several in costs.items()},
    )


def _sum(ends: Sequence[Ends]) -> Ends:
    return math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends)


def _unknown(one: Call, models: Mapping[str, object], name: str) -> str:
    near = get_close_matches(one.model, list(models), 1)
    hint = f"did you mean '{near[0]}'?" if near else "add a line model,active_b,total_b for it"
    return f"{name}:{one.line}: no parameters are known for the model '{one.model}'; {hint}"


def _rows(
    text: str, name: str, wanted: Sequence[str], may: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = [one.strip() for one in next(reader, [])]
    if missing := [one for one in wanted if one not in header]:
        raise Refused(f"{name}:1: the column '{missing[0]}' is missing; it needs {_list(wanted)}")
    if surplus := [one for one in header if one not in (*wanted, *may)]:
        raise Refused(f"{name}:1: unknown column '{surplus[0]}'; known: {_list([*wanted, *may])}")
    for row in reader:
        if not any(one.strip() for one in row):
            continue
        if len(row) != len(header):
            raise Refused(
                f"{name}:{reader.line_num}: {len(row)} fields where {len(header)} are due"
            )
        yield reader.line_num, dict(zip(header, map(str.strip, row), strict=True))


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _number(row: Mapping[str, str], column: str, name: str, line: int) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise Refused(f"{name}:{line}: {column} is '{row[column]}', not a number above 0")
    return value


def _range(row: Mapping[str, str], column: str, name: str, line: int) -> Ends:
    low, _, high = row[column].partition("-")
    ends = (
        _number({column: low}, column, name, line),
        _number({column: high or low}, column, name, line),
    )
    if ends[0] > ends[1]:
        raise Refused(f"{name}:{line}: {column} is '{row[column]}'; write the lower number first")
    return ends
