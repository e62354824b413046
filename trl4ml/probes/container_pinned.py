"""A tag can be moved: only a digest says which base the model was tested and shipped on.

Reads Dockerfiles and Containerfiles (FROM, COPY --from, RUN --mount with from, ARG defaults) and,
line by line, the images that Compose files, Kubernetes manifests and GitHub workflows name. Stages
of the same file and `scratch` do not count, nor does an image that Compose builds itself. Without
a USER in its final stage a Dockerfile counts as running as root. Tests, docs and vendored folders
are left out.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import NamedTuple

from trl4ml.core.evidence import (
    Finding,
    Measure,
    Place,
    no,
    not_applicable,
    undefined,
    unknown,
    yes,
)
from trl4ml.core.noun import Scalar
from trl4ml.core.views import Files, Unreadable

asks = "Every container image that is used is pinned by its digest."
version = 1

LIMIT = 1_000_000
LINE_LIMIT = 500
FAR = 50
MOST_STAGES = 200
CANDIDATES = "**/{{Dockerfile,Containerfile}{,.*,-*,_*},*.{dockerfile,containerfile,yaml,yml}}"
SKIPPED = re.compile(
    r"(?:^|/)(?:vendor|third_party|node_modules|site-packages|tests?|testdata|fixtures|docs?"
    r"|\.devcontainer)/|\.(?:dockerignore|md|txt)$",
    re.IGNORECASE,
)
COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose(?:[-._][^/]*)?\.ya?ml$", re.IGNORECASE)
WORKFLOW = re.compile(r"(?:^|/)\.github/workflows/[^/]+$")
OBJECT = re.compile(rb"""^["']?apiVersion["']?[ ]*:""", re.MULTILINE)
KEY = re.compile(r"""[ ]*(?:- +)*["']?([\w.-]+)["']?[ ]*:[ ]*(.*)""")
BLOCK = re.compile(r"(?:[:\-]|^) +[|>][-+\d]*$")
FLOW = re.compile(r"""[{,] *["']?image["']? *: *(["']?[^\s"',}]+)""")
ANCHOR = re.compile(r"""&([\w-]+) +["']?([^\s"'#]+)""")
PLAIN = re.compile(r"[\w$]|\{\{")
NOT_INSIDE = frozenset({"with", "env", "data", "matrix", "labels", "annotations"})
ESCAPE = re.compile(r"(?:#[^\n]*\n)*?#[ \t]*escape[ \t]*=[ \t]*([\\`])", re.IGNORECASE)
HEREDOC = re.compile(r"""(?<!\S)\d*<<-?["']?([A-Za-z_]\w*)""")
SETTING = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|\S*)""")
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?([-+])([^}]*))?\})")
FROM_FLAG = re.compile(r"--(?:from|mount=(?:[^,]*,)*from)=([^,]+)")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
ROOT = frozenset({"", "0", "root", "containeradministrator"})


class Row(NamedTuple):
    line: int
    indent: int
    key: str
    value: str


class Image(NamedTuple):
    path: str
    line: int
    name: str

    @property
    def sort(self) -> str:
        """How firmly it is held: pinned, tagged, floating, or unrendered in a template."""
        if "{{" in self.name:
            return "unrendered"
        if DIGEST.search(self.name):
            return "pinned"
        tag = self.name.rpartition("/")[2].partition(":")[2]
        loose = not tag or "@" in self.name or "$" in self.name
        return "floating" if loose or "latest" in tag.lower().split("-") else "tagged"


def run(files: Files) -> Finding:
    images: list[Image] = []
    users: list[str] = []
    broken: list[Unreadable] = []
    composed = ""
    for path in files.matching(CANDIDATES):
        if SKIPPED.search(path):
            continue
        try:
            if not path.lower().endswith((".yaml", ".yml")):
                recipe = Recipe(path, _whole(files, path))
                images += recipe.images
                users.append(recipe.user)
            elif COMPOSE.search(path):
                composed = path
                images += _named(path, _whole(files, path))
            elif WORKFLOW.search(path) or OBJECT.search(files.bytes(path, LIMIT)):
                images += _named(path, _whole(files, path))
        except Unreadable as error:
            broken.append(error)
    if images or users or broken:
        return _finding(images, users, broken)
    if composed:
        return unknown(f"{composed} names no image and there is no Dockerfile; add what it builds")
    return not_applicable("there is no container file: no Dockerfile, and no YAML names an image")


def _finding(images: list[Image], users: list[str], broken: list[Unreadable]) -> Finding:
    sorts = ("pinned", "tagged", "floating", "unrendered")
    by_sort = {sort: [image for image in images if image.sort == sort] for sort in sorts}
    total = len(images) - len(by_sort["unrendered"])
    as_root = any(u.partition(":")[0].lower() in ROOT or "$" in u for u in users)
    told = users and (as_root or not broken)
    measures: dict[str, Measure | Scalar] = {sort: len(some) for sort, some in by_sort.items()}
    measures["images"] = total
    measures["share"] = (
        Measure(value=len(by_sort["pinned"]) / total, n=total)
        if total
        else undefined("no external image is referenced")
    )
    measures["runs_as_root"] = as_root if told else undefined("no Dockerfile was read, or not all")
    measures["unreadable"] = len(broken)
    if loose := sorted(by_sort["tagged"] + by_sort["floating"]):
        says = (
            f"{len(loose)} of {total} images are not pinned by digest, the first in {loose[0].path}"
        )
        return no(says, _places(loose), **measures)
    if broken:
        places = [Place(path=error.path, line=error.line) for error in broken]
        return unknown(f"{broken[0]}; correct it so that its images count", places, **measures)
    if templates := by_sort["unrendered"]:
        says = f"{templates[0].path} is a template; render it and keep the result beside it"
        return unknown(says, _places(templates), **measures)
    says = (
        f"{total} of {total} images are pinned by digest" if total else "no external image is used"
    )
    return yes(says, _places(images), **measures)


def _places(images: list[Image]) -> list[Place]:
    return [Place(path=image.path, line=image.line) for image in images]


def _whole(files: Files, path: str) -> str:
    if files.size(path) > LIMIT:
        raise Unreadable(path, f"it is larger than {LIMIT // 1000} kB")
    return files.text(path)


class Recipe:
    """One Dockerfile: its external images, and the user of its final stage ("" when unset)."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.images: list[Image] = []
        self.user = ""
        self._users: dict[str, str] = {}
        self._stage = ""
        self._values: dict[str, str] = {}
        for line, word, rest in _instructions(path, text):
            words = rest.split()
            flags = list(takewhile(lambda one: one.startswith("--"), words))
            if word == "FROM":
                self._begin(line, words[len(flags) :])
            elif word in ("COPY", "ADD", "RUN"):
                for found in filter(None, map(FROM_FLAG.match, flags)):
                    self._use(line, _filled(found[1], self._values))
            elif word in ("ARG", "ENV"):
                for name, value in SETTING.findall(rest):
                    self._values[name] = _filled(value.strip("\"'"), self._values)
            elif word == "USER":
                self.user = self._users[self._stage] = _filled(rest.strip("\"' "), self._values)
        if not self._users:
            raise Unreadable(path, "there is no FROM in it")

    def _begin(self, line: int, words: list[str]) -> None:
        if not words:
            raise Unreadable(self.path, "FROM names no image", line)
        source = _filled(words[0].strip("\"'"), self._values)
        self._use(line, source)
        inherited = "nonroot" if "nonroot" in source else ""
        self.user = self._users.get(source.lower(), inherited)
        named = len(words) > 2 and words[1].lower() == "as"
        self._stage = words[2].lower() if named else str(len(self._users))
        self._users[self._stage] = self.user
        if len(self._users) > MOST_STAGES:
            raise Unreadable(self.path, f"it has more than {MOST_STAGES} stages", line)

    def _use(self, line: int, source: str) -> None:
        """Count it unless it is a stage; `base-${TARGETARCH}` is one when a stage fits it."""
        name = source.lower()
        if name in self._users or name == "scratch" or name.isdigit():
            return
        pattern = VARIABLE.sub("*", name) if "$" in name else ""
        fits = (fnmatchcase(stage, pattern) for stage in self._users)
        if not pattern.strip("*") or not any(fits):
            self.images.append(Image(self.path, line, source))


def _filled(text: str, values: dict[str, str]) -> str:
    """The text with its variables replaced by what is known or their defaults."""

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1] or found[2], "")
        if found[3] == "+":
            return found[4] if known else ""
        return known or found[4] or found[0]

    return VARIABLE.sub(value, text)


def _instructions(path: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Line, keyword and the rest of each instruction, without comments and heredoc bodies."""
    directive = ESCAPE.match(text)
    escape = directive[1] if directive else "\\"
    lines = iter(enumerate(text.rstrip().removesuffix(escape).split("\n"), 1))
    start, parts = 0, list[str]()
    for number, raw in lines:
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = number if not parts else start
        parts.append(line.removesuffix(escape))
        if line.endswith(escape):
            continue
        word, _, rest = " ".join(parts).strip().partition(" ")
        parts.clear()
        yield start, word.upper(), rest
        for end in HEREDOC.findall(rest) if word.upper() in ("RUN", "COPY", "ADD") else ():
            if not any(body.strip() == end for _, body in lines):
                raise Unreadable(path, "a heredoc in it never ends", start)


def _named(path: str, text: str) -> Iterator[Image]:
    """The images of a YAML file: `image`, in workflows also `container` and `uses: docker://`."""
    workflow = WORKFLOW.search(path)
    anchors = dict(ANCHOR.findall(text))
    rows = list(_rows(text))
    for at, row in enumerate(rows):
        name = re.sub(r"^&\w+ +|\s#.*$", "", row.value).strip("\"' ")
        name = anchors.get(name.removeprefix("*"), name) if name.startswith("*") else name
        if workflow and row.key == "uses" and name.startswith("docker://"):
            yield Image(path, row.line, name.removeprefix("docker://"))
            continue
        named = row.key == "image" or (workflow and row.key == "container")
        if named and PLAIN.match(name) and not _is_apart(rows, at):
            yield Image(path, row.line, _filled(name, {}))


def _rows(text: str) -> Iterator[Row]:
    """The lines outside blocks of text, with their keys; of a flow mapping only its image."""
    block: int | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw[:LINE_LIMIT].rstrip()
        bare = line.lstrip(" -")
        indent, dash = len(line) - len(bare), len(line) - len(line.lstrip())
        if not bare or bare.startswith("#") or (block is not None and dash > block):
            continue
        block = (dash if bare[0] in "|>" else indent) if BLOCK.search(line) else None
        found, flow = KEY.match(line), FLOW.search(line)
        key, value = (found[1], found[2]) if found else ("", "")
        yield Row(number, indent, *(("image", flow[1]) if flow else (key, value)))


def _is_apart(rows: list[Row], at: int) -> bool:
    """Whether it is an input or a text and not an image that is run, or is built right here."""
    indent = rows[at].indent
    before, after = rows[max(at - FAR, 0) : at][::-1], rows[at + 1 : at + FAR]
    near = [
        row for some in (before, after) for row in takewhile(lambda r: r.indent >= indent, some)
    ]
    above = next((row for row in before if row.indent < indent), None)
    held = above is not None and above.key in NOT_INSIDE
    return held or any(row.key == "build" for row in near if row.indent == indent)
