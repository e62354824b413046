"""`trl4ml explain`: everything about one item, probe or level."""

from collections.abc import Iterator
from typing import Annotated

import typer

from trl4ml import errors
from trl4ml.catalogue import Row, shelf
from trl4ml.cli.output import Format, put, table, talk
from trl4ml.render.plain import json_text

Line = tuple[str, str]


def command(
    name: Annotated[str, typer.Argument(metavar="ITEM|PROBE|LEVEL", help="Its id; a level by its number or name.")],
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,
) -> int:  # fmt: skip
    """Explain an item, a probe or a level. Why it is asked, what it wants, what to do."""
    from trl4ml.explaining import explain

    on = shelf(tolerant=True)
    talk(*on.notices)
    found = explain(name, on)
    put(json_text(found) if format is Format.JSON else text(found))
    return errors.MET


def text(found: dict[str, list[Row]]) -> str:
    """Each thing under a heading of its own."""
    sections = [
        table([(f"{heading}",)]) + "\n" + table([(f"  {label}", said) for label, said in lines])
        for kind, told in (("items", _item), ("probes", _probe), ("levels", _level))
        for row in found[kind]
        for heading, lines in [told(row)]
    ]
    return "\n".join(sections)


def _item(row: Row) -> tuple[str, list[Line]]:
    kind = "gate" if row["gate"] else "advisory"
    heading = f"{row['item']}: an item of {row['checklist']}, level {row['level']}, {kind}"
    rows = [
        ("asks", row["ask"]),
        ("why", row["why"]),
        ("wants", row["wants"]),
        *_several("probes", (f"{one['id']}: {one['asks']}" for one in row["probes"])),
        *_several("people", [row["answered"]] if row["answered"] else []),
        *_several("where", [row["applies"]] if row["applies"] else []),
        *_several("policy", map(_threshold, row["thresholds"])),
        ("if not", f"{row['remedy']} ({row['effort']})"),
        *_several("refs", [" · ".join(row["refs"])] if row["refs"] else []),
        *_several("section", [row["section"]] if row["section"] else []),
        *_several("lifecycle", [", ".join(row["tags"])] if row["tags"] else []),
        *_several("since", [row["since"]] if row["since"] else []),
        *_several("here", map(_verdict, row["here"])),
    ]
    return heading, rows


def _several(label: str, texts: Iterator[str] | list[str]) -> list[Line]:
    """The label once, each text on a line of its own."""
    return [(label if n == 0 else "", text) for n, text in enumerate(texts)]


def _threshold(one: Row) -> str:
    own = f", tightened from {one['default']:g}" if one["value"] != one["default"] else ""
    return f"{one['name']} is {one['value']:g}{own}: {one['about']}"


def _verdict(one: Row) -> str:
    return f"{one['component']}: {one['status'].replace('_', ' ')}: {one['message']}"


def _probe(row: Row) -> tuple[str, list[Line]]:
    heading = f"{row['probe']}: a probe of {row['distribution']}, version {row['version']}"
    rows = [
        ("asks", row["asks"]),
        *_several("why", [row["why"]] if row["why"] else []),
        *_several("how", [row["how"]] if row["how"] else []),
        *_several("options", map(_option, row["options"])),
        *_several("asked by", [", ".join(row["asked_by"]) or "no item"]),
        *_several("found here", (said for one in row["last"] for said in _last(one))),
    ]
    return heading, rows


def _option(one: Row) -> str:
    default = f" = {one['default']}" if one["default"] else ""
    about = f": {one['about']}" if one["about"] else ""
    return f"{one['name']} ({one['type']}{default}){about}"


def _last(one: Row) -> Iterator[str]:
    yield f"{one['component']}: {one['outcome'].replace('_', ' ')}: {one['message']}"
    for name, measure in one["measures"].items():
        value = f"undefined: {measure['undefined']}" if measure["undefined"] else measure["value"]
        yield f"{name} = {value} {measure['unit']}".strip()
    yield from (f"attached: {path}" for path in one["attached"])


def _level(row: Row) -> tuple[str, list[Line]]:
    rows = [
        ("phase", row["phase"]),
        ("code tier", row["code_tier"]),
        ("asks", row["question"]),
        *_several("items", (f"{one['id']} ({one['kind']}): {one['ask']}" for one in row["items"])),
    ]
    return f"level {row['level']}: {row['name']}", rows
