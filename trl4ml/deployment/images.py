"""Images that are named, and how firmly each is held."""

import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

from trl4ml.deployment.rows import Row, rows

FAR = 50
SORTS = ("pinned", "tagged", "floating", "unrendered")
PLAIN = re.compile(r"[\w$]|\{\{")
NOT_INSIDE = frozenset({"with", "env", "data", "matrix", "labels", "annotations"})
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?([-+])([^}]*))?\})")
ANCHOR = re.compile(r"""&([\w-]+) +["']?([^\s"'#]+)""")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


class Image(NamedTuple):
    line: int
    name: str

    @property
    def sort(self) -> str:
        """One of SORTS; `unrendered` when it stands in a template."""
        if "{{" in self.name:
            return "unrendered"
        if DIGEST.search(self.name):
            return "pinned"
        tag = self.name.rpartition("/")[2].partition(":")[2]
        loose = not tag or "@" in self.name or "$" in self.name
        return "floating" if loose or "latest" in tag.lower().split("-") else "tagged"


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables replaced by what is known or their defaults."""

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1] or found[2], "")
        if found[3] == "+":
            return found[4] if known else ""
        return known or found[4] or found[0]

    return VARIABLE.sub(value, text)


def named(text: str, workflow: bool = False) -> Iterator[Image]:
    """The images of a YAML file: `image`, in workflows also `container` and `uses: docker://`."""
    every, anchors = list(rows(text)), dict(ANCHOR.findall(text))
    keys = {"image", "container"} if workflow else {"image"}
    for at, (line, _, key, said) in enumerate(every):
        value = anchors.get(said[1:], said) if said.startswith("*") else said
        if workflow and key == "uses" and value.startswith("docker://"):
            yield Image(line, value.removeprefix("docker://"))
        elif key in keys and PLAIN.match(value) and not is_apart(every, at):
            yield Image(line, filled(value, {}))


def is_apart(every: list[Row], at: int) -> bool:
    """Whether it is an input or a text and not an image that is run, or is built right here."""
    indent = every[at].indent
    before, after = every[max(at - FAR, 0) : at][::-1], every[at + 1 : at + FAR]
    near = [
        row for some in (before, after) for row in takewhile(lambda r: r.indent >= indent, some)
    ]
    above = next((row for row in before if row.indent < indent), None)
    held = above is not None and above.key in NOT_INSIDE
    return held or any(row.key == "build" for row in near if row.indent == indent)
