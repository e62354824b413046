"""The pages under `reports/`, made from the code: `python -m trl4ml.reference reports`.

A test makes them again and compares, so that what is committed is what the code says.
"""

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment
from markupsafe import Markup

from trl4ml import catalogue, examples, resources
from trl4ml.core.checklist import Checklist
from trl4ml.core.level import LEVELS
from trl4ml.core.lifecycle import LIFECYCLE
from trl4ml.core.panel import PANELS, ReviewPolicy
from trl4ml.core.project import REQUIRED_LEVEL, Project
from trl4ml.core.verdict import Status
from trl4ml.explaining import by_people
from trl4ml.fields import described, registers
from trl4ml.loading import all_probes
from trl4ml.portfolio import in_order
from trl4ml.render.markdown import environment
from trl4ml.render.words import STATUS
from trl4ml.schema import NOUNS, schema

PICTURE = "<!-- output of: trl4ml audit examples/diabetes -->\n```text\n"
END = "```\n<!-- end -->"
NAV, NAV_END = "  # the examples, by make docs\n", "  # end of the examples\n"


class Seen(NamedTuple):
    """What an item came to in a worked example, and in which of its components."""

    project: str
    status: Status
    components: tuple[str, ...]


def pages() -> dict[str, str]:
    """Every page by its path under `reports/`, but for those of the examples."""
    shelf = catalogue.bundled_shelf()
    items = [{"checklist": one, "item": item} for one, item in shelf.items()]
    probes = [_probe(row, items) for row in catalogue.list_probes()]
    lists = shelf.checklists
    filled: dict[str, dict[str, Any]] = {
        "items": {"checklists": lists, "levels": LEVELS, "practices": practices(items)},
        "registers": {"registers": registers()},
        "probes": {"probes": probes},
        "levels": {"levels": LEVELS, "items": items, "required": REQUIRED_LEVEL, "lists": lists},
        "exit-codes": {"codes": catalogue.list_exit_codes()},
        "commands": {"commands": commands()},
        "configuration": {"nouns": described(Project)},
        "reviews": {"nouns": described(ReviewPolicy), "panels": PANELS},
    }
    templates = environment(resources.folder("templates"))
    made = {
        f"reference/{name}.md": templates.get_template(f"reference/{name}.md.j2").render(**values)
        for name, values in filled.items()
    }
    for subject in NOUNS:
        made[f"schema/{subject}-1.json"] = json.dumps(schema(subject), indent=2) + "\n"
    return made | _checklists(lists, templates)


def _checklists(lists: Iterable[Checklist], templates: Environment) -> dict[str, str]:
    """A page for each checklist, and one for each item in it."""
    page = templates.get_template("reference/item.md.j2")
    whole = templates.get_template("reference/checklist.md.j2")
    known, same = seen(), {"levels": LEVELS, "by_people": by_people, "status": STATUS}
    made = {}
    for one in lists:
        made[f"reference/checklists/{one.checklist}.md"] = whole.render(list=one, levels=LEVELS)
        for item in one.items:
            text = page.render(list=one, item=item, seen=known.get(item.id, ()), **same)
            made[f"reference/items/{item.id}.md"] = text
    return made


def seen() -> dict[str, list[Seen]]:
    """What each item came to in the worked examples, by its id."""
    found: dict[str, list[Seen]] = {}
    for report in (one.report for one in examples.worked()):
        together: dict[tuple[str, Status], list[str]] = {}
        for component in report.components:
            for verdict in component.verdicts:
                together.setdefault((verdict.item, verdict.status), []).append(component.name)
        for (item, status), names in together.items():
            found.setdefault(item, []).append(Seen(report.project, status, tuple(names)))
    return found


def practices(items: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """Each challenge of the lifecycle, by stage and step, with the items that speak of it."""
    return [
        (f"{stage}, {step}: {tag}", [one["item"].id for one in items if tag in one["item"].tags])
        for stage, steps in LIFECYCLE.items()
        for step, tags in steps.items()
        for tag in tags
    ]


def _probe(row: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    known = all_probes()[row["id"]]
    asked_by = [one["item"].id for one in items if row["id"] in one["item"].probes]
    return {**row, **catalogue.said_by(known), "asked_by": asked_by}


def commands() -> list[dict[str, Markup]]:
    """Each command with the help that it prints on 80 columns; the words are our own."""
    from typer.testing import CliRunner

    from trl4ml.cli import COMMANDS, app, subcommands

    runner = CliRunner(env={"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"})
    found = []
    every = [[name, *own] for name in COMMANDS for own in ([], *([n] for n in subcommands(name)))]
    for words in every:
        result = runner.invoke(app(words[:1]), [*words, "--help"], prog_name="trl4ml")
        named = Markup(" ".join(words))  # noqa: S704
        found.append({"name": named, "help": Markup(result.output.strip())})  # noqa: S704
    return found


def with_picture(readme: str) -> str:
    """The README with what the audit of the worked example prints today."""
    told = examples.told(examples.EXAMPLES / "diabetes")
    return between(readme, PICTURE, told, END)


def with_examples(settings: str) -> str:
    """`mkdocs.yml` with the pages of every example in its navigation."""
    lines = []
    for one in examples.worked():
        lines.append(f"      - {one.report.project}:\n")
        folder = f"examples/{one.report.project}"
        lines += [f"          - {folder}/{name}\n" for name in in_order(one.files)]
    return between(settings, NAV, "".join(lines), NAV_END)


def between(text: str, start: str, new: str, end: str) -> str:
    """The text with what stands between two marks replaced."""
    before, _, rest = text.partition(start)
    return f"{before}{start}{new}{end}{rest.partition(end)[2]}"


def main(folder: Path) -> None:
    """Write every page, the picture in the README, and the examples in the navigation."""
    for name, renewed in (("README.md", with_picture), ("mkdocs.yml", with_examples)):
        path = folder.parent / name
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
    for made in ("reference", "schema", "examples"):
        shutil.rmtree(folder / made, ignore_errors=True)
    for name, text in {**pages(), **examples.pages()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
