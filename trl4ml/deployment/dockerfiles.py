"""Dockerfiles: the external images of one, its user, and whether it serves on a port."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import takewhile

from trl4ml.deployment.images import VARIABLE, Image, filled

MOST_STAGES = 200
HEREDOC = re.compile(r"""(?<!\S)\d*<<-?["']?([A-Za-z_]\w*)""")
SETTING = re.compile(r"""(\w+)=("[^"]*"|'[^']*'|\S*)""")
FROM_FLAG = re.compile(r"--(?:from|mount=(?:[^,]*,)*from)=([^,]+)")
ROOT = frozenset({"", "0", "root", "containeradministrator"})


class Malformed(ValueError):
    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class Dockerfile:
    """What its text declares. Raises Malformed when there is no FROM, or one without an image."""

    def __init__(self, text: str) -> None:
        self.images: list[Image] = []
        self.user = ""
        """Of the final stage; empty when it sets none."""
        self.words: set[str] = set()
        """The instructions that are used, in capitals, `HEALTHCHECK NONE` left out."""
        self._users: dict[str, str] = {}
        self._stage = ""
        self._values: dict[str, str] = {}
        for line, word, rest in instructions(text):
            self._follow(line, word, rest)
        if not self._users:
            raise Malformed("there is no FROM in it")

    @property
    def as_root(self) -> bool:
        """Whether it runs as root, also when its user is not known."""
        return self.user.partition(":")[0].lower() in ROOT or "$" in self.user

    def _follow(self, line: int, word: str, rest: str) -> None:
        words = rest.split()
        flags = list(takewhile(lambda one: one.startswith("--"), words))
        self.words |= {word} if words and words != ["NONE"] else set()
        if word == "FROM":
            self._begin(line, words[len(flags) :])
        elif word in ("COPY", "ADD", "RUN"):
            for found in filter(None, map(FROM_FLAG.match, flags)):
                self._use(line, filled(found[1], self._values))
        elif word in ("ARG", "ENV"):
            for name, value in SETTING.findall(rest):
                self._values[name] = filled(value.strip("\"'"), self._values)
        elif word == "USER":
            self.user = self._users[self._stage] = filled(rest.strip("\"' "), self._values)

    def _begin(self, line: int, words: list[str]) -> None:
        if not words:
            raise Malformed("FROM names no image", line)
        source = filled(words[0].strip("\"'"), self._values)
        self._use(line, source)
        self.user = self._users.get(source.lower(), "nonroot" if "nonroot" in source else "")
        named = len(words) > 2 and words[1].lower() == "as"
        self._stage = words[2].lower() if named else str(len(self._users))
        self._users[self._stage] = self.user
        if len(self._users) > MOST_STAGES:
            raise Malformed(f"it has more than {MOST_STAGES} stages", line)

    def _use(self, line: int, source: str) -> None:
        """Count it unless it is a stage; `base-${TARGETARCH}` is one when a stage fits it."""
        name = source.lower()
        if name in self._users or name == "scratch" or name.isdigit():
            return
        pattern = VARIABLE.sub("*", name) if "$" in name else ""
        fits = (fnmatchcase(stage, pattern) for stage in self._users)
        if not pattern.strip("*") or not any(fits):
            self.images.append(Image(line, source))


def instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, keyword and the rest of each, without comments and heredoc bodies. Raises Malformed."""
    lines = iter(enumerate(text.rstrip().removesuffix("\\").split("\n"), 1))
    start, parts = 0, list[str]()
    for number, raw in lines:
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = number if not parts else start
        parts.append(line.removesuffix("\\"))
        if line.endswith("\\"):
            continue
        word, _, rest = " ".join(parts).strip().partition(" ")
        parts.clear()
        yield start, word.upper(), rest
        for end in HEREDOC.findall(rest) if word.upper() in ("RUN", "COPY", "ADD") else ():
            if not any(body.strip() == end for _, body in lines):
                raise Malformed("a heredoc in it never ends", start)
