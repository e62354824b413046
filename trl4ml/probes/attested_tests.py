"""What another machine tested counts here only when it tested these very files.

Reads in-toto statements with the predicate test-result v0.1, as `trl4ml evidence import` puts into
attestations/, or at `paths`. A statement that something passed counts when every subject of it is a
file of the project with the SHA-256 that the statement gives, and at least one is the component's; a
statement that something did not pass counts as soon as the component's files among its subjects are
as they were tested. It names the items that it speaks of in `passedTests`, `warnedTests` and
`failedTests`; what one warns of is undefined. Who made the statement is not checked here: it is as
good as the commit that brought it.
"""

import hashlib
from collections import Counter
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.evidence import Finding, Measure, no, undefined, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Documents, Files, Unreadable

asks = "Tests of these very files were attested elsewhere, and passed."
version = 2

USUAL = ("attestations/*.json", "attestations/*/*.json")
STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
RESULTS = ("PASSED", "WARNED", "FAILED")
MOST_ITEMS = 500
BLOCK = 1 << 20
Sums = Mapping[str, str | None]
"""SHA-256 of the project's files by name, each made once; None where there is no such file."""


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of the statements, if they lie elsewhere."""


class Statement(NamedTuple):
    path: str
    result: str
    passed: tuple[str, ...]
    warned: tuple[str, ...]
    failed: tuple[str, ...]
    subjects: tuple[tuple[str, str], ...]
    """Name and SHA-256 of what was tested."""


def run(files: Files, documents: Documents, options: Options) -> Finding:
    try:
        paths = artefacts(files, options.paths, USUAL)
    except NotThere as where:
        return unknown(f"no attested test results {where}; bring them with: trl4ml evidence import")
    read = {path: statement(path, documents.json(path)) for path in paths}
    for path, one in read.items():
        if isinstance(one, str):
            return unknown(f"{path}: {one}", [path])
    known = [one for one in read.values() if isinstance(one, Statement)]
    every = frozenset(files.all())
    sums = {name: _sum(files, name) for name in {name for one in known for name, _ in one.subjects}}
    here = [one for one in known if _here(every, sums, one)]
    whole = [one for one in here if _whole(sums, one)]
    current = [one for one in here if one in whole or one.result != "PASSED"]
    counts: dict[str, Measure | Scalar] = {
        "statements": len(known),
        "current": len(current),
        **_by_item(current, whole),
    }
    if not current:
        says = f"none of the {len(known)} statements is about the files as they are now"
        return unknown(f"{says}; test again, and import the new ones", paths, **counts)
    failed = [one for one in current if one.result != "PASSED"]
    about = [one.path for one in current]
    if failed:
        says = f"{failed[0].path} says {failed[0].result.lower()}"
        return no(f"{says}, as do {len(failed) - 1} more" if failed[1:] else says, about, **counts)
    return yes(f"{len(current)} of {len(known)} statements are about these files, and passed",
               about, **counts)  # fmt: skip


def statement(path: str, data: Any) -> Statement | str:
    """The statement in the data; or a sentence on what it is instead."""
    if not isinstance(data, dict) or data.get("_type") != STATEMENT:
        return "no in-toto statement of version 1; a signed envelope must be opened first"
    predicate = data.get("predicate")
    if data.get("predicateType") != TEST_RESULT or not isinstance(predicate, dict):
        return "no test result; its predicateType should be " + TEST_RESULT
    subjects = [_subject(one) for one in _list(data.get("subject"))]
    if predicate.get("result") not in RESULTS:
        return f"its result is none of {', '.join(RESULTS)}"
    if not subjects or None in subjects:
        return "a subject of it has no name or no sha256"
    passed, warned, failed = (
        tuple(one for one in _list(predicate.get(name)) if isinstance(one, str))
        for name in ("passedTests", "warnedTests", "failedTests")
    )
    told = tuple(one for one in subjects if one)
    return Statement(path, predicate["result"], passed, warned, failed, told)


def _subject(one: Any) -> tuple[str, str] | None:
    digest = one.get("digest") if isinstance(one, dict) else None
    sum = digest.get("sha256") if isinstance(digest, dict) else None
    name = one.get("name") if isinstance(one, dict) else None
    return (name, sum) if isinstance(name, str) and name and isinstance(sum, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _here(every: Container[str], sums: Sums, one: Statement) -> bool:
    """Whether those of its subjects that are the component's files, one at least, are as tested."""
    here = [(name, sum) for name, sum in one.subjects if name in every]
    return bool(here) and all(sums[name] == sum for name, sum in here)


def _whole(sums: Sums, one: Statement) -> bool:
    """Whether all of its subjects are files of the project, as they were tested."""
    return all(sums[name] == sum for name, sum in one.subjects)


def _sum(files: Files, path: str) -> str | None:
    """None where there is no such file."""
    whole = hashlib.sha256()
    if not path.isprintable():
        return None
    try:
        with files.open(path) as file:
            for block in iter(lambda: file.read(BLOCK), b""):
                whole.update(block)
    except Unreadable:
        return None
    return whole.hexdigest()


def _by_item(current: list[Statement], whole: list[Statement]) -> dict[str, Measure]:
    """`item_<id>`: how many whole statements let it pass; 0 where one lets it fail."""
    passed = Counter(item for one in whole for item in set(one.passed))
    warned = {item for one in current for item in one.warned}
    failed = {item for one in current for item in one.failed}
    items = sorted({*passed, *warned, *failed})[:MOST_ITEMS]
    return {
        f"item_{item.replace('-', '_')}": Measure(value=0) if item in failed
        else undefined("a statement warns of it") if item in warned
        else Measure(value=passed[item])
        for item in items
        if item.isascii() and item.replace("-", "").isalnum()
    }  # fmt: skip
