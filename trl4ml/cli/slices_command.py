"""`trl4ml slices`: a table of predictions, slice by slice."""

from enum import StrEnum
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.cli.output import put


class TableFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


class Engine(StrEnum):
    DUCKDB = "duckdb"
    POLARS = "polars"
    SPARK = "spark"


class Task(StrEnum):
    BINARY = "binary"
    CLASSES = "classes"
    REGRESSION = "regression"


class Weights(StrEnum):
    SAMPLING = "sampling"
    FREQUENCY = "frequency"


def command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Parquet, CSV or JSON: a file, a folder, or a pattern in quotes.")],
    by: Annotated[list[str], typer.Option(metavar="COLUMNS", help="The slices: sex,race (each, and crossed); age:25,45 (cut above 25 and above 45); age:quantiles=4; zip:top=20. Repeatable.")],
    label: Annotated[str | None, typer.Option(metavar="COLUMN", help="What was true.")] = None,
    prediction: Annotated[str | None, typer.Option(metavar="COLUMN", help="What the model decided.")] = None,
    score: Annotated[str | None, typer.Option(metavar="COLUMN", help="The model's score.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Without --prediction: a score of at least this is a positive decision.")] = None,
    positive: Annotated[list[str] | None, typer.Option(metavar="VALUE", help="The value of the label that counts as positive; 1 by default. Repeatable.")] = None,
    predicted: Annotated[list[str] | None, typer.Option(metavar="VALUE", help="The same for the prediction, where it is written differently.")] = None,
    task: Annotated[Task, typer.Option(help="What is predicted.")] = Task.BINARY,
    query: Annotated[str | None, typer.Option(metavar="COLUMN", help="Of ranked lists: which list a row is in, ranked by --rank or by falling --score.")] = None,
    rank: Annotated[str | None, typer.Option(metavar="COLUMN", help="The place of a row in its list, from 1.")] = None,
    weight: Annotated[str | None, typer.Option(metavar="COLUMN", help="The weight of each row.")] = None,
    weights: Annotated[Weights, typer.Option(help="What a weight is: of a survey, or how often the row counts.")] = Weights.SAMPLING,
    missing: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="A text that stands for a missing value, such as ?. Repeatable.")] = None,
    sensitive: Annotated[str | None, typer.Option(metavar="FILE", help="Another file that holds columns of --by, joined by --key.")] = None,
    key: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="The column that both files have. Repeatable.")] = None,
    metric: Annotated[list[str] | None, typer.Option(metavar="NAME", help="What is measured; all that the columns allow by default. Repeatable.")] = None,
    reference: Annotated[str, typer.Option(metavar="GROUP", help="Whom groups are compared with: largest, highest, lowest, or sex=male,race=White.")] = "largest",
    bins: Annotated[int | None, typer.Option(min=0, help="Bins in which scores are kept; 0 keeps them as they are, 1000 is usual above a million rows.")] = None,
    max_levels: Annotated[int, typer.Option(min=1, help="A column of more levels is refused.")] = 1000,
    min_n: Annotated[int, typer.Option(min=1, help="A rate on fewer rows is shown and compared with nothing.")] = 30,
    replicates: Annotated[int, typer.Option(min=0, help="How often the counts are drawn again for intervals without a formula.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of these draws.")] = 0,
    search: Annotated[bool, typer.Option("--search", help="Look through all slices for those where the model is worst.")] = False,
    ll144: Annotated[bool, typer.Option("--ll144", help="The tables of NYC Local Law 144; name the columns with --sex and --race.")] = False,
    sex: Annotated[str, typer.Option(metavar="COLUMN", help="For --ll144.")] = "sex",
    race: Annotated[str, typer.Option(metavar="COLUMN", help="For --ll144.")] = "race",
    particulars: Annotated[list[str] | None, typer.Option(metavar="NAME=TEXT", help="For --ll144: date, source, period, distributed. Repeatable.")] = None,
    four_fifths: Annotated[bool, typer.Option("--four-fifths", help="With --ll144: also the EEOC's four-fifths rule of thumb, a policy of its own.")] = False,
    engine: Annotated[Engine, typer.Option(help="What reads and counts.")] = Engine.DUCKDB,
    master: Annotated[str | None, typer.Option(metavar="URL", help="The Spark cluster, spark://host:port; local[*] by default.")] = None,
    format: Annotated[TableFormat, typer.Option(help="How to print it.")] = TableFormat.TEXT,
) -> int:  # fmt: skip
    """Measure a model in every slice. Rates with intervals, worst first, and what is undefined."""
    from trl4ml import slicing

    if four_fifths and not ll144:
        raise errors.WrongInput("--four-fifths: judges the tables of --ll144; give both")
    if master and engine is not Engine.SPARK:
        raise errors.WrongInput(f"--master {master}: is read by Spark alone; add --engine spark")
    given = {
        "by": tuple(by), "label": label, "prediction": prediction, "score": score,
        "threshold": threshold, "query": query, "rank": rank, "bins": bins, "positive": _one(positive), "task": task.value,
        "predicted": _one(predicted), "weight": weight, "weights": weights.value,
        "missing": tuple(missing or ()), "sensitive": sensitive, "key": tuple(key or ()),
        "metrics": tuple(metric or ()), "reference": slicing.reference(reference),
        "min_n": min_n, "max_levels": max_levels, "replicates": replicates, "seed": seed,
    }  # fmt: skip
    table = slicing.declared(given)
    law = slicing.law(sex, race, particulars or (), four_fifths)
    wanted = slicing.Wanted(search, law if ll144 else None, engine.value, master)
    put(slicing.render(slicing.sliced(file, table, wanted), format.value))
    return errors.MET


def _one(values: list[str] | None) -> str | tuple[str, ...] | None:
    """A value given once is one value, not a set of one."""
    return values[0] if values and len(values) == 1 else tuple(values or ()) or None
