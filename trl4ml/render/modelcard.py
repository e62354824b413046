"""A model card as Markdown, by the template `pages/model-card.md.j2`, with figures or without."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from markupsafe import Markup

from trl4ml.core.modelcard import in_report, is_model, model_card
from trl4ml.core.modelcard.known import Attachment, Gap, ModelCard, Result
from trl4ml.core.report import Report
from trl4ml.render.charts import figure
from trl4ml.render.datasheet import datasheet_page as datasheet_page  # noqa: PLC0414  beside it
from trl4ml.render.energy import band, carbon
from trl4ml.render.figures import Figure, Interval
from trl4ml.render.markdown import environment
from trl4ml.render.plain import json_text
from trl4ml.render.trlcard import told

ALL = "all rows"
MOST_FIGURES = 4
Table = tuple[str, list[str], list[tuple[str, list[str]]]]


def model_card_page(report: Report, component: str, templates: Path, attachment: Attachment) -> str:
    """The page of one component; empty where the component is no model."""
    if not is_model(report, component):
        return ""
    card = model_card(report, in_report(report, component), attachment)
    return markdown(card, templates, partial(figure, templates=templates))


def markdown(
    card: ModelCard, templates: Path, draw: Callable[[Figure], Markup] | None = None
) -> str:
    """The card as finished Markdown; without `draw` the tables stand alone."""
    page = environment(templates).get_template("pages/model-card.md.j2")
    text = page.render(
        card=card, told=told, tables=list(tables(card.results)), cell=cell, draw=draw,
        figures=figures(card) if draw else (), band=band, carbon=carbon, words=words,
    )  # fmt: skip
    return text.rstrip() + "\n"


def tables(results: Sequence[Result]) -> Iterable[Table]:
    """The results as tables: over all rows, by one group, where groups meet."""
    metrics = list(dict.fromkeys(one.metric for one in results))
    held = {(one.metric, one.slice): one for one in results}
    overall = [(words(m), [_of(held.get((m, "")))]) for m in metrics if (m, "") in held]
    if overall:
        yield "Over all rows", ["Metric", "Value, interval and rows"], overall
    heads = ["Slice", *map(words, metrics)]
    for depth, heading in ((1, "By group"), (2, "Where groups meet")):
        names = dict.fromkeys(one.slice for one in results if min(len(one.by), 2) == depth)
        rows = [(name, [_of(held.get((m, name))) for m in metrics]) for name in names]
        if rows:
            yield heading, heads, rows


def _of(one: Result | None) -> str:
    return "not measured" if one is None else cell(one)


def cell(one: Result | Gap) -> str:
    """`0.791 [0.718, 0.848], n = 148`; without a value the reason."""
    if one.value is None:
        return f"undefined: {one.note or 'no reason is known'}"
    ends = ""
    if one.lower is not None and one.upper is not None:
        ends = f" [{_three(one.lower)}, {_three(one.upper)}]"
    n = getattr(one, "n", None)
    size = "" if n is None else f", n = {n:g}"
    return f"{_three(one.value)}{ends}{size}{f' ({one.note})' if one.note else ''}"


def _three(number: float) -> str:
    """Three digits, zeros at the end too, so that a reader knows how far it was rounded."""
    return f"{number:#.3g}".rstrip(".")


def figures(card: ModelCard) -> list[Figure]:
    """A forest plot for each of the first four metrics that were measured in slices."""
    sliced = dict.fromkeys(one.metric for one in card.results if one.slice)
    return [_forest(card, metric) for metric in [*sliced][:MOST_FIGURES]]


def _forest(card: ModelCard, metric: str) -> Figure:
    rows = tuple(
        Interval(
            one.slice or ALL, one.value, one.lower, one.upper,
            None if one.n is None else round(one.n), one.note, " × ".join(one.by),
        )
        for one in card.results if one.metric == metric
    )  # fmt: skip
    name = words(metric)
    says = f"The {name} over all rows and in each slice, with its interval."
    return Figure("intervals", f"{name[0].upper()}{name[1:]} by slice", says, "", rows)


def words(metric: str) -> str:
    return metric.replace("_", " ")


def jsonfile(card: ModelCard) -> str:
    """The card as JSON, keys sorted."""
    return json_text(card.model_dump(mode="json"), sort_keys=True)
