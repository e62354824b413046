"""From the rows that a scan returns to the cube: levels named, outcomes coded, cells merged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trl4ml.slices import binning, looking, outcomes, placing
from trl4ml.slices.arrays import Array
from trl4ml.slices.cells import Roles, condensed
from trl4ml.slices.cube import Cube
from trl4ml.slices.errors import Refused
from trl4ml.slices.levels import Axis, axis_of
from trl4ml.slices.planning import Plan


@dataclass(frozen=True)
class Told:
    """What the caller said about values."""

    positive: object
    predicted: object
    classes: bool
    missing: tuple[str, ...]
    max_levels: int


def cube(table: Any, plan: Plan, roles: Roles, told: Told) -> Cube:
    """The cube of the grouped rows (a pyarrow table with the plan's aliases as columns)."""
    n = table["n"].to_numpy().astype(np.int64)
    if not n.sum():
        raise Refused("the table has no rows; give one that has some")
    axes, codes = _axes(table, plan, told)
    classes, y, p = _classes(table, plan, roles, told)
    score = _floats(table, "s") if "s" in plan.keys else None
    numbers = None
    if plan.regression and not plan.large:
        numbers = np.column_stack([_floats(table, "y"), _floats(table, "p")])
    _finite("score", roles.score, score, n)
    if numbers is not None:
        _finite("label", roles.label, numbers[:, 0], n)
        _finite("prediction", roles.prediction, numbers[:, 1], n)
    keys = [*codes, y, p]
    keys += [] if score is None else [score]
    keys += [] if numbers is None else [numbers[:, 0], numbers[:, 1]]
    columns: dict[str, Array] = {"n": n}
    ranks = placing.places(table, roles, n) if "first" in plan.keys else None
    keys += [] if ranks is None else [*ranks.T]
    keys += _weights(table, plan, roles, columns)
    if "v" in plan.keys:
        keys.append(table["v"].to_numpy(zero_copy_only=False).astype(np.int8))
        columns |= _of_both(columns, keys[-1])
    columns |= {name: table[name].to_numpy() for name in plan.values if name not in ("w", "w2")}
    first, summed = condensed(keys, columns)
    made = Cube(
        tuple(axes), np.stack([one[first] for one in codes], 1) if codes else np.zeros((len(first), 0), np.int32),
        y[first], p[first], summed.pop("n"), classes,
        score if score is None else _upper(score[first], plan.bins),
        numbers if numbers is None else numbers[first],
        _scaled(summed.pop("w", None), plan, "w"), _scaled(summed.pop("w2", None), plan, "w2"),
        {name: _scaled(value, plan, name) for name, value in summed.items()},
        roles, bins=plan.bins, exact=not (plan.large or plan.bins),
        ranks=None if ranks is None else ranks[first],
    )  # fmt: skip
    if plan.regression and plan.large:
        made.sums["y_centre"] = np.full(len(first), plan.centre)
    alone = int(n[table["m"].to_numpy(zero_copy_only=False)].sum()) if "m" in plan.keys else 0
    return replace(made, notices=tuple(_notices(made, plan, alone)))


def _values(table: Any, name: str) -> tuple[list[object], Array]:
    """The distinct values of a column, and which of them each row has."""
    import pyarrow.compute as pc

    column = table[name].combine_chunks()
    if hasattr(column, "num_chunks"):
        column = column.chunk(0) if column.num_chunks else column.type.wrap_array([])
    if not hasattr(column, "indices"):
        column = pc.dictionary_encode(column, null_encoding="encode")
    values = column.dictionary.to_pylist()
    codes = column.indices.fill_null(len(values)).to_numpy(zero_copy_only=False).astype(np.int32)
    return (
        (values, codes)
        if len(codes) == 0 or codes.max() < len(values)
        else ([*values, None], codes)
    )


def _floats(table: Any, name: str) -> Array:
    """The column with NaN where it is missing."""
    import pyarrow as pa

    column = table[name].cast(pa.float64()).to_numpy()
    return np.asarray(column, float)


def _finite(role: str, name: str, values: Array | None, n: Array) -> None:
    if values is not None and np.isinf(values).any():
        rows = int(n[np.isinf(values)].sum())
        raise Refused(
            f"{role} '{name}' is infinite in {rows:,} rows; repair them or leave them out"
        )


def _axes(table: Any, plan: Plan, told: Told) -> tuple[list[Axis], list[Array]]:
    axes, codes = [], []
    for i, attribute in enumerate(plan.attributes):
        values, rows = _values(table, f"a{i}")
        if edges := plan.edges[i]:
            axis, code = binning.binned(attribute, edges, values)
        else:
            axis, code = axis_of(
                attribute, values, told.missing, plan.marks.get(attribute.name, "")
            )
            looking.few_levels(
                attribute.name, len(axis.levels) - (axis.missing is not None), told.max_levels
            )
        axes.append(replace(axis, others=tuple(plan.others[i])))
        codes.append(code.astype(np.int32)[rows])
    return axes, codes


def _classes(
    table: Any, plan: Plan, roles: Roles, told: Told
) -> tuple[tuple[str, ...], Array, Array]:
    binary, nothing = ("0", "1"), np.full(len(table), 2, np.int32)
    if plan.regression:
        return binary, nothing, nothing
    y = _values(table, "y") if roles.label else None
    p = _values(table, "p") if "p" in plan.keys else None
    if p and roles.prediction:
        looking.no_probabilities(roles.prediction, p[0])
    if told.classes:
        sides: list[tuple[str, str, Sequence[object]]] = []
        if y:
            sides.append(("label", roles.label, y[0]))
        if p:
            sides.append(("prediction", roles.prediction or roles.score, p[0]))
        classes, codes = outcomes.many_classes(sides, told.missing)
        absent = np.full(len(table), len(classes), np.int32)
        return classes, codes[0][y[1]] if y else absent, codes[-1][p[1]] if p else absent
    of_y, of_p = nothing, nothing
    if y:
        of_y = outcomes.two_classes("label", roles.label, y[0], told.positive, told.missing)[y[1]]
    if p and roles.prediction:
        of_p = outcomes.two_classes(
            "prediction", roles.prediction, p[0], told.predicted, told.missing
        )[p[1]]
    elif p:
        of_p = outcomes.two_classes("prediction", roles.score, p[0], 1, ())[p[1]]
    return binary, of_y, of_p


def _weights(table: Any, plan: Plan, roles: Roles, columns: dict[str, Array]) -> list[Array]:
    """Puts Σw and Σw² (or repeated rows) beside the counts; the weight is a key where exact."""
    if not roles.weight:
        return []
    if plan.large:
        if roles.weights == "frequency":
            columns["n"] = np.round(table["w"].to_numpy() / plan.scales["w"]).astype(np.int64)
        else:
            columns |= {"w": table["w"].to_numpy(), "w2": table["w2"].to_numpy()}
        return []
    w = _floats(table, "w")
    told = f"weight '{roles.weight}'"
    if np.isnan(w).any():
        raise Refused(
            f"{told} is missing in {int(columns['n'][np.isnan(w)].sum()):,} rows; complete it"
        )
    if (w < 0).any() or np.isinf(w).any():
        raise Refused(f"{told} is negative or infinite in some rows; it begins at 0")
    if roles.weights == "frequency":
        if (w != np.floor(w)).any():
            raise Refused(
                f"{told} is not whole in some rows; repeat counts are, or say weights are sampling"
            )
        columns["n"] = columns["n"] * w.astype(np.int64)
        return []
    columns |= {"w": columns["n"] * w, "w2": columns["n"] * w * w}
    return [w]


def _of_both(columns: dict[str, Array], both: Array) -> dict[str, Array]:
    """Rows, Σw and Σw² of the rows with both numbers of a large regression."""
    names = {"n": "r_rows", "w": "r_weight", "w2": "r_weight2"}
    return {names[name]: both * column for name, column in columns.items()}


def _scaled(values: Array | None, plan: Plan, name: str) -> Any:
    return None if values is None else values / plan.scales.get(name, 1.0)


def _upper(bins: Array, count: int) -> Array:
    """The upper edge of each bin, or the scores themselves."""
    if not count:
        return bins
    if (bins < 0).any():
        raise Refused(
            "a histogram of scores needs them in [0, 1]; some are outside: rescale, or ask for bins=0"
        )
    return bins / count


def _notices(made: Cube, plan: Plan, alone: int) -> list[str]:
    """What a reader should know before the tables."""
    said = []
    if alone:
        said.append(
            f"{alone:,} rows have no match in the table of sensitive columns: their levels are (missing)"
        )
    roles, last = made.roles, len(made.classes)
    for role, name, codes in (
        ("label", roles.label, made.y),
        ("prediction", roles.prediction, made.p),
    ):
        gone = int(made.n[codes == last].sum())
        if name and not plan.regression:
            if gone:
                said.append(f"{gone:,} of {made.rows:,} rows have no {role} ('{name}')")
            if made.binary and len(seen := np.unique(codes[(codes != last) & (made.n > 0)])) == 1:
                only = "positive" if seen[0] else "negative"
                said.append(
                    f"every {role} ('{name}') is {only}: rates that need the other are undefined"
                )
    if made.ranks is not None and (gone := int(made.n[made.ranks[:, 1] == 0].sum())):
        said.append(f"{gone:,} of {made.rows:,} rows have no place in a ranked list")
    if made.score is not None and (gone := int(made.n[np.isnan(made.score)].sum())):
        said.append(f"{gone:,} of {made.rows:,} rows have no score ('{roles.score}')")
    if plan.large and (roles.weight or plan.regression):
        what = " and ".join(["weights"] * bool(roles.weight) + ["numbers"] * plan.regression)
        said.append(f"{what} of so many rows are added up: what has no formula has no interval")
    if made.bins:
        told = f"'{roles.score}' is kept in {made.bins:,} bins on [0, 1]"
        said.append(f"{told}: auc, ks and log_loss have a stated error")
    for attribute, edges in zip(plan.attributes, plan.edges, strict=True):
        asked = attribute.width or attribute.quantiles
        if edges and asked and len(edges) - 1 < asked:
            said.append(
                f"'{attribute.name}' has {len(edges) - 1} bins instead of {asked}: edges coincide"
            )
    return said
