"""One scan of a table into a cube: a GROUP BY that the table's own engine runs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from trl4ml.slices import assembling, looking
from trl4ml.slices.assembling import Told
from trl4ml.slices.attributes import Attribute, attributes
from trl4ml.slices.cells import Roles
from trl4ml.slices.cube import Cube
from trl4ml.slices.errors import Refused
from trl4ml.slices.frames import collected, declared, held, joined, opened, reading, select
from trl4ml.slices.outcomes import tuple_of
from trl4ml.slices.planning import Plan, planned


def scan(
    data: Any,
    by: Sequence[str | Attribute],
    *,
    label: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    threshold: float | None = None,
    positive: object = 1,
    predicted: object = None,
    classes: bool = False,
    regression: bool = False,
    error: str | None = None,
    rank: str | None = None,
    query: str | None = None,
    weight: str | None = None,
    weights: Literal["frequency", "sampling"] = "sampling",
    missing: Sequence[str] = (),
    max_levels: int = 1000,
    bins: int | None = None,
    engine: str = "duckdb",
    master: str | None = None,
    sensitive: Any = None,
    key: str | Sequence[str] | None = None,
) -> Cube:
    """The cube of a table: rows counted per level of `by` and outcome.

    data:       a frame that narwhals takes, a mapping of arrays, or the path of a file, folder or
                glob of Parquet, CSV or JSON; `engine` and `master` say who reads files.
    by:         columns to slice by, or Attributes with bins or largest levels.
    label, prediction, score: columns; at least one. `threshold` makes the prediction of the score
                (score >= threshold).
    positive:   the positive value of the label, or a tuple of favourable values; `predicted`: of
                the prediction, the same when None.
    classes:    keep every class. regression: label and prediction are numbers.
    error:      a column of errors >= 0 to add up.
    query:      the column of the list that a row is ranked in, by falling score unless `rank` is a
                column of places from 1; without a query all rows are one list.
    weight:     a column of `weights`: repeat counts ("frequency") or survey weights ("sampling").
    missing:    names that stand for a missing level or class, such as "?".
    bins:       scores are kept exactly up to 1,000,000 rows, and in 1,000 bins on [0, 1] above;
                a number asks for so many bins, 0 for exact ones always.
    sensitive:  another table (frame or path) that holds some of `by`, joined by `key`.

    Raises Refused where the table does not carry what was asked.
    """
    roles = Roles(
        label or "", prediction or "", score or "", threshold, tuple_of(positive),
        tuple_of(positive if predicted is None else predicted), weight or "",
        weights if weight else "", error or "", rank or "", query or "",
    )  # fmt: skip
    axes = attributes(by)
    _check(roles, classes, regression, weights, bins)
    wanted = [one for one in (label, prediction, score, weight, error, rank, query) if one]
    with reading():
        frame = _source(data, axes, wanted, engine, master, sensitive, key)
    axes = tuple(one if one.order else replace(one, order=declared(data, one.name)) for one in axes)
    for one in axes:
        looking.sliceable(frame, one)
    numbers = {"score": score, "weight": weight, "error column": error, "rank": rank}
    if regression:
        numbers |= {"label": label, "prediction": prediction}
    for role, name in numbers.items():
        if name:
            looking.number(frame, name, role)
    if not held(data):
        looking.first_rows(frame, axes, "" if regression else prediction or "", max_levels)
    plan = planned(frame, axes, roles, regression, bins, missing)
    told = Told(
        positive, positive if predicted is None else predicted, classes, tuple(missing), max_levels
    )
    return assembling.cube(_grouped(frame, plan), plan, roles, told)


def _check(roles: Roles, classes: bool, regression: bool, weights: str, bins: int | None) -> None:
    if not (roles.label or roles.prediction or roles.score or roles.error or roles.rank):
        raise Refused("nothing to measure; name a label, a prediction or a score column")
    if roles.threshold is not None and not roles.score:
        raise Refused("a threshold needs a score column; name it")
    if roles.threshold is not None and roles.prediction:
        raise Refused("give a prediction column or a threshold on the score, not both")
    if classes and regression:
        raise Refused("a label has classes or is a number, not both; choose one")
    if regression and not (roles.label and roles.prediction):
        raise Refused("a regression needs a label and a prediction; name both")
    if roles.query and not (roles.rank or roles.score):
        raise Refused("a query needs a rank or a score, by which its list is ranked; name one")
    if (roles.rank or roles.query) and (roles.weight or classes or regression):
        raise Refused("ranked lists take no weights, and a label that is binary if any")
    if weights not in ("frequency", "sampling"):
        raise Refused(f"weights are frequency or sampling, not '{weights}'")
    if bins is not None and bins < 0:
        raise Refused("the number of score bins cannot be negative")


def _source(
    data: Any, axes: Sequence[Attribute], wanted: Sequence[str], engine: str, master: str | None,
    sensitive: Any, key: str | Sequence[str] | None,
) -> Any:  # fmt: skip
    names = list(dict.fromkeys([*(one.name for one in axes), *wanted]))
    if sensitive is None:
        return opened(data, names, engine, master)
    if not key:
        raise Refused("a table of sensitive columns needs the key that joins it; name it")
    keys = [key] if isinstance(key, str) else list(key)
    right = opened(sensitive, None, engine, master)
    there = right.collect_schema().names()
    apart = [one.name for one in axes if one.name in there and one.name not in keys]
    own = dict.fromkeys([*(name for name in names if name not in apart), *keys])
    left = opened(data, list(own), engine, master)
    return joined(left, select(right, [*keys, *apart]), keys)


def _grouped(frame: Any, plan: Plan) -> Any:
    import narwhals as nw

    selected = frame.select(**plan.keys, **plan.values)
    aggregates = [nw.len().alias("n")]
    aggregates += [
        nw.col(name).sum().cast(nw.Int64).alias(name)
        for name in plan.values
        if not name.endswith("_max")
    ]
    aggregates += [nw.col(name).max().alias(name) for name in plan.values if name.endswith("_max")]
    return collected(selected.group_by(*plan.keys).agg(*aggregates))
