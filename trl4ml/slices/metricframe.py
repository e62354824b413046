"""The bridge to fairlearn: its shapes from our tables, and its MetricFrame for any callable."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trl4ml.slices.errors import Refused
from trl4ml.slices.values import Value


def by_group(values: Sequence[Value], by: Sequence[str]) -> Any:
    """A pandas frame: one row per group, one column per metric; NaN where there is no value.

    values: of one grouping, whose axes are `by`; none: of all rows.
    """
    import pandas as pd

    if not values:
        raise Refused(f"the table has no grouping by {' × '.join(by)}; measure it")
    rows: dict[tuple[str, ...], dict[str, float]] = {}
    for one in values:
        rows.setdefault(one.group.levels, {})[one.metric] = (
            float("nan") if one.value is None else one.value
        )
    if not by:
        return pd.DataFrame(list(rows.values()))
    if len(by) == 1:
        index: Any = pd.Index([levels[0] for levels in rows], name=by[0])
    else:
        index = pd.MultiIndex.from_tuples(list(rows), names=list(by))
    return pd.DataFrame(list(rows.values()), index=index)


def metric_frame(
    metrics: Mapping[str, Callable[..., Any]] | Callable[..., Any],
    data: Any,
    *,
    label: str,
    prediction: str,
    by: Sequence[str],
    missing: Sequence[str] = (),
    **options: Any,
) -> Any:
    """fairlearn's MetricFrame over the rows themselves, for metrics that counts cannot express.

    data: a frame or a path. Missing levels become "(missing)", where fairlearn would stop; `options`
    (control_features, sample_params, n_boot …) go to MetricFrame as they are.
    """
    try:
        from fairlearn.metrics import MetricFrame
    except ImportError:
        raise Refused("fairlearn is not installed; add it with: pip install fairlearn") from None
    from trl4ml.slices.attributes import MISSING
    from trl4ml.slices.frames import collected, opened
    from trl4ml.slices.levels import quoted, written

    frame = collected(opened(data, list(dict.fromkeys([label, prediction, *by])))).to_pandas()
    groups = frame[list(by)].copy()
    for name in by:
        names = [written(value) for value in groups[name].tolist()]
        groups[name] = [MISSING if one is None or one in missing else quoted(one) for one in names]
    return MetricFrame(
        metrics=metrics, y_true=frame[label], y_pred=frame[prediction], sensitive_features=groups, **options
    )  # fmt: skip
