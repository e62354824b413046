"""A tag can be moved: only a digest says which base the model was tested and shipped on.

Reads Dockerfiles and Containerfiles (FROM, COPY --from, RUN --mount with from, ARG defaults before
the first FROM) and the images that Compose files, Kubernetes manifests and GitHub workflows name.
Stages of the same file and `scratch` do not count, nor does an image that Compose builds itself.
Without a USER in its final stage an image counts as running as root.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Any, NamedTuple

from trl4ml.core.evidence import Finding, Place, no, not_applicable, undefined, unknown, yes
from trl4ml.core.views import Documents, Files, Unreadable

asks = "Every container image that is used is pinned by its digest."
version = 1

CANDIDATES = "**/{{Dockerfile,Containerfile}{,.*,-*,_*},*.{dockerfile,containerfile,yaml,yml}}"
SKIPPED = re.compile(
    r"(?:^|/)(?:vendor|third_party|node_modules|site-packages|tests?|testdata|fixtures|docs?"
    r"|\.devcontainer)/|\.(?:dockerignore|md|txt)$",
    re.IGNORECASE,
)
COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose(?:[-._][^/]*)?\.ya?ml$", re.IGNORECASE)
MANIFEST = re.compile(rb"""^\s*["']?(?:apiVersion|image)["']?\s*:|[{,]\s*"?image"?\s*:""", re.M)
LOOSE = re.compile(r"\{\{|<<:|[:\-]\s+[&*!]\w")
LOOSE_IMAGE = re.compile(r"""^[ \t]*(?:- +)?image *: *(?:&\w+ +)?["']?([^\s"'#*&][^"'#\n]*)""", re.M)
NOT_INSIDE = frozenset({"with", "env", "data", "annotations", "labels", "args"})
ESCAPE = re.compile(r"(?:[ \t]*#[^\n]*\n)*?[ \t]*#[ \t]*escape[ \t]*=[ \t]*([\\`])", re.IGNORECASE)
HEREDOC = re.compile(r"""(?<!\S)\d*<<-?["']?([A-Za-z_]\w*)""")
SETTING = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|\S*)""")
VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?([-+])([^}]*))?\})")
FLAG_FROM = re.compile(r"--(?:mount=(?:[^,]*,)*)?(?:--)?from=([^,]+)")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
ROOT = frozenset({"", "0", "root", "containeradministrator"})
LIMIT = 500_000


class Image(NamedTuple):
    path: str
    line: int | None
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


class Built(NamedTuple):
    images: list[Image]
    as_root: bool


def run(files: Files, documents: Documents) -> Finding:
    built: list[Built] = []
    images: list[Image] = []
    broken: list[Unreadable] = []
    recipes = composed = 0
    for path in files.matching(CANDIDATES):
        if SKIPPED.search(path):
            continue
        try:
            if not path.lower().endswith((".yaml", ".yml")):
                recipes += 1
                built.append(_recipe(path, _whole(files, path)))
            elif COMPOSE.search(path) or MANIFEST.search(files.bytes(path, LIMIT)):
                composed += COMPOSE.search(path) is not None
                images += _named(path, files, documents)
        except Unreadable as error:
            broken.append(error)
    images = [image for one in built for image in one.images] + images
    if not recipes and not images and not broken:
        if composed:
            return unknown("a Compose file is here but neither an image nor a Dockerfile; add it")
        return not_applicable("there is no container file: no Dockerfile and no image in YAML")
    return _finding(built, images, broken)


def _finding(built: list[Built], images: list[Image], broken: list[Unreadable]) -> Finding:
    by_sort: dict[str, list[Image]] = {"pinned": [], "tagged": [], "floating": [], "unrendered": []}
    for image in images:
        by_sort[image.sort].append(image)
    counts = {sort: len(some) for sort, some in by_sort.items()}
    total = len(images) - counts["unrendered"]
    loose = sorted(by_sort["floating"] + by_sort["tagged"], key=lambda i: (i.path, i.line or 0))
    share = counts["pinned"] / total if total else undefined("no external image is referenced")
    as_root = any(b.as_root for b in built) if built else undefined("no Dockerfile could be read")
    measures = dict(counts, images=total, share=share, runs_as_root=as_root, unreadable=len(broken))
    if loose:
        held = f"{counts['pinned']} of {total} images are pinned by digest"
        first = f"{loose[0].path}:{loose[0].line}" if loose[0].line else loose[0].path
        return no(f"{held}; the first that is not is in {first}", _places(loose), **measures)
    if broken:
        says = f"{broken[0]}; correct it so that its images can be read"
        return unknown(says, [Place(path=e.path, line=e.line) for e in broken], **measures)
    if counts["unrendered"]:
        says = f"{by_sort['unrendered'][0].path} is a template; render it and keep the result"
        return unknown(says, _places(by_sort["unrendered"]), **measures)
    if not total:
        return yes("no external image is used, so none can move", **measures)
    return yes(f"all {total} images are pinned by digest", _places(images), **measures)


def _places(images: list[Image]) -> list[Place]:
    return [Place(path=image.path, line=image.line) for image in images]


def _whole(files: Files, path: str) -> str:
    if files.size(path) > LIMIT:
        raise Unreadable(path, f"it is larger than {LIMIT // 1000} kB")
    return files.text(path)


def _recipe(path: str, text: str) -> Built:
    """The external images of one Dockerfile, and whether its final stage runs as root."""
    values: dict[str, str] = {}
    users: dict[str, str] = {}
    images: list[Image] = []
    user = stage = None
    for line, word, rest in _instructions(path, text):
        words = rest.split()
        flags = list(takewhile(lambda flag: flag.startswith("--"), words))
        if word == "FROM":
            source, *name = words[len(flags) :] or [""]
            source = _filled(source.strip("\"'"), values)
            if not source:
                raise Unreadable(path, "FROM names no image", line)
            if _is_stage(source, users):
                user = users.get(source.lower(), "")
            else:
                user = "nonroot" if "nonroot" in source else ""
                images += [Image(path, line, source)] if source.lower() != "scratch" else []
            stage = name[1].lower() if [n.lower() for n in name[:1]] == ["as"] and name[1:] else ""
            users[stage] = user
        elif word in ("COPY", "ADD", "RUN"):
            sources = [_filled(m[1], values) for f in flags if (m := FLAG_FROM.match(f))]
            images += [
                Image(path, line, source)
                for source in sources
                if not source.isdigit() and not _is_stage(source, users)
            ]
        elif word in ("ARG", "ENV"):
            for name_, value in SETTING.findall(rest):
                values[name_] = _filled(value.strip("\"'"), values)
        elif word == "USER" and stage is not None:
            user = users[stage] = _filled(rest.strip("\"'"), values)
    if user is None:
        raise Unreadable(path, "there is no FROM in it")
    return Built(images, user.partition(":")[0].lower() in ROOT or "$" in user)


def _is_stage(source: str, stages: dict[str, str]) -> bool:
    """Whether it is an earlier stage; `base-${TARGETARCH}` is when a stage fits it."""
    pattern = VARIABLE.sub("*", source.lower())
    return bool(pattern.strip("*")) and any(fnmatchcase(s, pattern) for s in stages if s)


def _filled(text: str, values: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        known = values.get(found[1] or found[2], "")
        if found[3] == "+":
            return found[4] if known else ""
        return known or (found[4] if found[3] else found[0])

    return VARIABLE.sub(value, text)


def _instructions(path: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Line, keyword and the rest of each instruction, without comments and heredoc bodies."""
    directive = ESCAPE.match(text)
    escape = directive[1] if directive else "\\"
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        start, parts = at + 1, [""]
        while at < len(lines):
            line = lines[at].strip()
            at += 1
            if line.startswith("#") or (not line and parts != [""]):
                continue
            start = start if parts != [""] else at
            parts.append(line.removesuffix(escape))
            if not line.endswith(escape):
                break
        word, _, rest = " ".join(parts).strip().partition(" ")
        if word:
            yield start, word.upper(), rest
        for end in HEREDOC.findall(rest) if word.upper() in ("RUN", "COPY", "ADD") else []:
            while at < len(lines) and lines[at].strip() != end:
                at += 1
            if at == len(lines):
                raise Unreadable(path, f"the heredoc {end} never ends", start)
            at += 1


def _named(path: str, files: Files, documents: Documents) -> list[Image]:
    """The images that a YAML file names; of a template or one with aliases, line by line."""
    text = _whole(files, path)
    try:
        data = documents.yaml(path)
    except Unreadable:
        if not LOOSE.search(text):
            raise
        return [
            Image(path, text.count("\n", 0, found.start(1)) + 1, _filled(found[1].strip(), {}))
            for found in LOOSE_IMAGE.finditer(text)
        ]
    if not COMPOSE.search(path) and not _is_workflow_or_object(path, data):
        return []
    lines = text.split("\n")
    spots: dict[str, Iterator[int]] = {}
    images = []
    for name in _values(data):
        spot = next(spots.setdefault(name, _lines(lines, name)), None)
        images.append(Image(path, spot, _filled(name.removeprefix("docker://"), {})))
    return images


def _is_workflow_or_object(path: str, data: list[Any]) -> bool:
    return ".github/workflows/" in path or any(
        isinstance(one, dict) and "apiVersion" in one and "kind" in one for one in data
    )


def _values(data: list[Any]) -> Iterator[str]:
    """Each `image`, and of workflows each `container` and `uses: docker://`, in their order."""
    pending = data[::-1]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending += one[::-1]
        elif isinstance(one, dict):
            uses = one.get("uses")
            found = [one.get("container"), uses if str(uses).startswith("docker://") else None]
            found += [None if "build" in one else one.get("image")]
            yield from (name.strip() for name in found if isinstance(name, str) and name.strip())
            pending += [value for key, value in one.items() if key not in NOT_INSIDE][::-1]


def _lines(lines: list[str], name: str) -> Iterator[int]:
    ends = re.compile(rf"""[:\-]\s*["']?{re.escape(name)}["']?\s*(?:[,}}].*|#.*)?$""")
    return (number for number, line in enumerate(lines, 1) if ends.search(line))
