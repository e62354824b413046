"""What is other in one manifest than in another, each file by name."""

from typing import NamedTuple

from trl4ml.provenance.manifest import File, Manifest
from trl4ml.provenance.names import counted, shown

KINDS = ("changed", "renamed", "missing", "extra")


class Difference(NamedTuple):
    """One file that is not as it was; `was` is the former name of a renamed one."""

    kind: str
    name: str
    was: str = ""
    detail: str = ""

    def __str__(self) -> str:
        if self.kind == "renamed":
            return f"{shown(self.was)} was renamed to {shown(self.name)}"
        more = f" ({self.detail})" if self.detail else ""
        return f"{shown(self.name)} {SAYS[self.kind]}{more}"


SAYS = {
    "changed": "has changed",
    "missing": "is missing",
    "extra": "is not among the reviewed files",
}


def compare(reviewed: Manifest, present: Manifest) -> tuple[Difference, ...]:
    """All differences, sorted by kind and name; none means the same names, sizes and bytes.

    A file that is gone, and whose bytes are there under one new name, is one renamed file.
    """
    old = {one.name: one for one in reviewed.files}
    new = {one.name: one for one in present.files}
    found = [_changed(old[name], new[name]) for name in old.keys() & new.keys()
             if old[name] != new[name]]  # fmt: skip
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    for name in gone:
        same = [other for other in come if new[other].sha256 == old[name].sha256]
        if same:
            come.remove(same[0])
            found.append(Difference("renamed", same[0], name))
        else:
            found.append(Difference("missing", name))
    found += [Difference("extra", name, "", counted(new[name].size, "byte")) for name in come]
    return tuple(sorted(found, key=lambda one: (KINDS.index(one.kind), one.name)))


def _changed(old: File, new: File) -> Difference:
    if old.size != new.size:
        return Difference("changed", old.name, "", f"{counted(old.size, 'byte')}, now {new.size:,}")
    detail = f"SHA-256 {old.sha256[:12]}…, now {new.sha256[:12]}…"
    return Difference("changed", old.name, "", detail)
