"""The text of trl4ml.yaml, whatever was found."""

from trl4ml import resources
from trl4ml.core.project import REQUIRED_LEVEL
from trl4ml.render.plain import printable
from trl4ml.scout.facts import Found


def written(found: Found) -> str:
    """The text of trl4ml.yaml. Whatever is filled in is printable, so it stays on its line."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resources.folder("templates")), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        autoescape=False, finalize=lambda value: printable(str(value)),  # noqa: S701  it is YAML
    )  # fmt: skip
    environment.filters["quoted"] = quoted
    template = environment.get_template("init.yaml.j2")
    return template.render(found=found, required=REQUIRED_LEVEL, most=5)


def quoted(text: str) -> str:
    """The text as a double-quoted YAML scalar on one line."""
    valid = text.encode("utf-8", "backslashreplace").decode()
    return '"' + printable(valid.replace("\\", "\\\\").replace('"', '\\"')) + '"'
