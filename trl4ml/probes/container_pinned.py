"""A tag can be moved: only a digest says which base the model was tested and shipped on.

Reads Dockerfiles and Containerfiles (FROM, COPY --from, RUN --mount with from, ARG defaults) and,
line by line, the images that Compose files, Kubernetes manifests and GitHub workflows name. Stages
of the same file and `scratch` do not count, nor does an image that Compose builds itself. Without
a USER in its final stage a Dockerfile counts as running as root. Tests, docs and vendored folders
are left out.
"""

import re
from dataclasses import dataclass, field

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
from trl4ml.deployment.dockerfiles import Dockerfile
from trl4ml.deployment.images import SORTS, Image, named
from trl4ml.deployment.paths import LARGEST, TOO_LARGE, ending, is_aside, is_compose, is_workflow

asks = "Every container image that is used is pinned by its digest."
version = 2

CANDIDATES = "**/{{Dockerfile,Containerfile}{,.*,-*,_*},*.{dockerfile,containerfile,yaml,yml}}"
NOT_YAML = {"dockerignore", "md", "txt"}
OBJECT = re.compile(rb"""^["']?apiVersion["']?[ ]*:""", re.MULTILINE)


@dataclass
class Use:
    """What all files together use: images with their paths, and of each Dockerfile whether as root."""

    images: list[tuple[str, Image]] = field(default_factory=list)
    as_root: list[bool] = field(default_factory=list)
    broken: list[Unreadable] = field(default_factory=list)
    composed: str = ""

    def places(self, *sorts: str) -> list[Place]:
        return [Place(path=path, line=one.line) for path, one in self.images if one.sort in sorts]


def run(files: Files) -> Finding:
    use = Use()
    for path in files.matching(CANDIDATES):
        if ending(path) in NOT_YAML or (is_aside(path) and not is_workflow(path)):
            continue
        try:
            read(path, files, use)
        except Unreadable as error:
            use.broken.append(error)
    if use.images or use.as_root or use.broken:
        return judged(use)
    if use.composed:
        says = f"{use.composed} names no image and there is no Dockerfile; add what it builds"
        return unknown(says)
    return not_applicable("there is no container file: no Dockerfile, and no YAML names an image")


def read(path: str, files: Files, use: Use) -> None:
    """Add what one file uses. Raises Unreadable."""
    if ending(path) in ("yaml", "yml"):
        composed, workflow = is_compose(path), is_workflow(path)
        use.composed = path if composed else use.composed
        if composed or workflow or OBJECT.search(files.bytes(path, LARGEST)):
            use.images += [(path, one) for one in named(whole(path, files), workflow)]
        return
    try:
        dockerfile = Dockerfile(whole(path, files))
    except ValueError as error:
        raise Unreadable(path, str(error), getattr(error, "line", None)) from None
    use.images += [(path, one) for one in dockerfile.images]
    use.as_root.append(dockerfile.as_root)


def whole(path: str, files: Files) -> str:
    if files.size(path) > LARGEST:
        raise Unreadable(path, TOO_LARGE)
    return files.text(path)


def judged(use: Use) -> Finding:
    sorts = [one.sort for _, one in use.images]
    total = len(sorts) - sorts.count("unrendered")
    share = Measure(value=sorts.count("pinned") / total, n=total) if total else None
    told = any(use.as_root) or (use.as_root and not use.broken)
    measures: dict[str, Measure | Scalar] = {
        **{sort: sorts.count(sort) for sort in SORTS},
        "images": total,
        "share": share or undefined("no external image is referenced"),
        "runs_as_root": any(use.as_root)
        if told
        else undefined("no Dockerfile was read, or not all"),
        "unreadable": len(use.broken),
    }
    if loose := use.places("tagged", "floating"):
        says = f"{len(loose)} of {total} images are not pinned by digest"
        return no(f"{says}, the first in {loose[0].path}", loose, **measures)
    if use.broken:
        places = [Place(path=error.path, line=error.line) for error in use.broken]
        says = f"{use.broken[0]}; correct it so that its images count"
        return unknown(says, places, **measures)
    if templates := use.places("unrendered"):
        says = f"{templates[0].path} is a template; render it and keep the result beside it"
        return unknown(says, templates, **measures)
    says = (
        f"{total} of {total} images are pinned by digest" if total else "no external image is used"
    )
    return yes(says, use.places(*SORTS), **measures)
