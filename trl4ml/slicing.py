"""`trl4ml slices`: from a file and what its columns mean to the tables, and these as text."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from trl4ml.errors import WrongInput, to_install
from trl4ml.predictions.counting import counted, measured, told
from trl4ml.predictions.declared import Declared
from trl4ml.predictions.publishing import Ll144, published
from trl4ml.predictions.searching import plain, searched
from trl4ml.predictions.tables import MEANINGS, tables
from trl4ml.render.plain import json_text
from trl4ml.render.slice_rows import usual_interval
from trl4ml.slices.errors import Refused

FORMATS = ("text", "json", "csv", "markdown")
PARTICULARS = ("date", "source", "period", "distributed")
Row = dict[str, Any]
ARGUMENTS = {
    "name all favourable values as a tuple (positive=…) or ask for classes": "name the favourable values with --positive, or ask for --task classes",
    "name all favourable values as a tuple (predicted=…) or ask for classes": "name the favourable values with --predicted, or ask for --task classes",
    "is not an axis of the cube": "is not among the columns of --by",
    "ask for bins=0": "ask for --bins 0",
    "scan with regression=True": "ask for --task regression",
    "(positive=…)": "with --positive",
    "(predicted=…)": "with --predicted",
    "top=20, or raise max_levels": "COLUMN:top=20, or raise --max-levels",
}


class Wanted(NamedTuple):
    """What is made beside the tables, and on which engine."""

    search: bool = False
    ll144: Ll144 | None = None
    engine: str = "duckdb"
    master: str | None = None


def declared(given: Mapping[str, Any]) -> Declared:
    """What the options say of the table. Raises WrongInput, which names the option."""
    try:
        return Declared.model_validate({k: v for k, v in given.items() if v not in (None, ())})
    except ValidationError as error:
        first = error.errors()[0]
        context = first.get("ctx", {})
        where = str([*context.get("path", ()), *first["loc"], ""][0])
        says = context.get("says") or first["msg"]
        raise WrongInput(f"--{where.replace('_', '-')}: {says}") from None


def sliced(file: str, table: Declared, wanted: Wanted) -> Row:
    """Everything that was asked for, as plain data. Raises WrongInput."""
    try:
        return _sliced(file, table, wanted)
    except Refused as refused:
        raise WrongInput(_options(told(refused, _files(file, table), table.sensitive))) from None
    except ModuleNotFoundError as error:
        raise WrongInput(f"slices {to_install((error.name or '').split('.')[0])}") from None


def _files(file: str, table: Declared) -> dict[str, str]:
    """The files by the names that people know them by, the predictions first."""
    beside = [table.sensitive] if table.sensitive else []
    return {name: name for name in (file, *beside)}


def _options(says: str) -> str:
    """The sentence with options of the command for what the library calls them."""
    for named, option in ARGUMENTS.items():
        says = says.replace(named, option)
    return says


def _sliced(file: str, table: Declared, wanted: Wanted) -> Row:
    cube = counted(table, file, table.sensitive, engine=wanted.engine, master=wanted.master)
    made = tables(table, cube, measured(table, cube))
    if wanted.search:
        made["search"] = plain(searched(cube, table))
    if wanted.ll144:
        scored = table.score is not None and table.prediction is None and table.threshold is None
        made["ll144"] = published(cube, wanted.ll144, scoring=scored)
    return {"heading": _heading(file, made, table), **made}


def law(sex: str, race: str, particulars: Sequence[str], four_fifths: bool) -> Ll144:
    """What Local Law 144 needs; particulars are given as `date=2026-11-01`. Raises WrongInput."""
    if sex == race:
        raise WrongInput(f"--race: names the column of --sex, '{sex}'; give two")
    found = {}
    for pair in particulars:
        name, _, given = pair.partition("=")
        if name not in PARTICULARS or not given:
            says = f"--particulars: '{name}' is not one of {', '.join(PARTICULARS)}"
            raise WrongInput(f"{says}; give it as in date=2026-11-01")
        found[name] = given
    return Ll144(sex, race, found, four_fifths)


def reference(text: str) -> str | dict[str, str]:
    """`largest`, or the level of each column as in `sex=male,race=White`."""
    pairs = [part.partition("=") for part in text.split(",")]
    return {name: level for name, _, level in pairs} if "=" in text else text


def _heading(file: str, made: Row, table: Declared) -> list[str]:
    """What was read, and by which rules."""
    said = dict(made["declared"])
    if table.task != "binary":
        del said["positive"]
    columns = ", ".join(f"{name} {_words(said[name])}" for name in MEANINGS if name in said)
    axes = [f"{axis['name']}: {axis['rule']}" for axis in made["axes"] if axis["rule"]]
    settings = made["settings"]
    family = dict.fromkeys(("difference_between_groups", "difference_to_rest"), 0)
    for one in made["comparisons"]:
        if one["kind"] in family:
            family[one["kind"]] = max(family[one["kind"]], one["family"])
    between = usual_interval(made["comparisons"])
    return [
        f"{file}: {made['rows']:,} rows; {columns}",
        *axes,
        f"a rate on fewer than {settings['min_n']} rows enters no comparison between groups",
        f"intervals: {settings['level']:.0%}" + (f"; between groups: {between}" if between else ""),
        f"p adjusted by {settings['correction']}: over {family['difference_between_groups']} tests "
        f"between groups, over {family['difference_to_rest']} of a slice against the rest",
    ]


def _words(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def render(data: Row, format: str) -> str:
    """The tables in one of the FORMATS."""
    from trl4ml.render import slices

    if format == "json":
        return json_text({k: v for k, v in data.items() if k != "heading"})
    if format == "csv":
        return slices.comma_separated(data)
    return slices.markdown(data) if format == "markdown" else slices.text(data)
