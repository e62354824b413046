"""The pages under `reports/`, made from the code: `python -m trl4ml.reference reports`.

A test makes them again and compares, so that what is committed is what the code says.
"""

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from markupsafe import Markup

from trl4ml import catalogue, resources, run
from trl4ml.core.level import LEVELS
from trl4ml.core.lifecycle import LIFECYCLE
from trl4ml.core.project import REQUIRED_LEVEL
from trl4ml.explaining import by_people
from trl4ml.fields import registers
from trl4ml.loading import all_probes
from trl4ml.render.markdown import environment
from trl4ml.schema import NOUNS, schema
from trl4ml.testing import lay_out

PICTURE = "<!-- output of: trl4ml audit examples/diabetes -->\n```text\n"
END = "```\n<!-- end -->"
DAY = date(2026, 11, 21)
"""The day on which the example is judged: answers grow old, pages should not."""
EXAMPLES = resources.PACKAGE.parent / "examples"


def pages() -> dict[str, str]:
    """Every page by its path under `reports/`."""
    shelf = catalogue.bundled_shelf()
    items = [{"checklist": one, "item": item} for one, item in shelf.items()]
    probes = [_probe(row, items) for row in catalogue.list_probes()]
    filled: dict[str, dict[str, Any]] = {
        "items": {"checklists": shelf.checklists, "levels": LEVELS, "practices": practices(items)},
        "registers": {"registers": registers()},
        "probes": {"probes": probes},
        "levels": {"levels": LEVELS, "items": items, "required": REQUIRED_LEVEL},
        "exit-codes": {"codes": catalogue.list_exit_codes()},
        "commands": {"commands": commands()},
    }
    templates = environment(resources.folder("templates"))
    made = {
        f"reference/{name}.md": templates.get_template(f"reference/{name}.md.j2").render(**values)
        for name, values in filled.items()
    }
    page = templates.get_template("reference/item.md.j2")
    whole = templates.get_template("reference/checklist.md.j2")
    for one in shelf.checklists:
        made[f"reference/checklists/{one.checklist}.md"] = whole.render(list=one, levels=LEVELS)
        made |= {
            f"reference/items/{item.id}.md": page.render(
                list=one, item=item, levels=LEVELS, by_people=by_people
            )
            for item in one.items
        }
    for subject in NOUNS:
        made[f"schema/{subject}-1.json"] = json.dumps(schema(subject), indent=2) + "\n"
    return made


def examples() -> dict[str, str]:
    """The report on each worked example, by its page."""
    return {f"examples/{folder.name}.md": example(folder) for folder in projects()}


def projects() -> list[Path]:
    """The worked examples that are audited."""
    return sorted(path.parent for path in EXAMPLES.glob("*/trl4ml.yaml"))


def example(folder: Path, format: str = "markdown") -> str:
    """The report on a copy of a worked example, committed alone in a repository of its own."""
    with TemporaryDirectory() as made:
        copy = Path(made) / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".git", "store", "__pycache__"))
        lay_out(copy, {}, git=True)
        return run.render(run.audit(copy, cache=False, today=DAY).report, format)


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
    before, _, rest = readme.partition(PICTURE)
    return f"{before}{PICTURE}{example(EXAMPLES / 'diabetes', 'text')}{END}{rest.partition(END)[2]}"


def main(folder: Path) -> None:
    """Write every page, and the picture in the README."""
    readme = folder.parent / "README.md"
    readme.write_text(with_picture(readme.read_text(encoding="utf-8")), encoding="utf-8")
    for made in ("reference", "schema", "examples"):
        shutil.rmtree(folder / made, ignore_errors=True)
    for name, text in {**pages(), **examples()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
