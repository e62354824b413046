"""What others wrote takes at most ten times its size in memory, and a little: loaders, gates, importers.

Each reader reads its pathological inputs in a process of its own, where all that Python allocates is
counted. Which of them it takes and which it refuses is no matter here.
"""

import gc
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SIZE = 600_000
ROOT = Path(__file__).parent.parent


class Reader(NamedTuple):
    read: Callable[[Path], Any]
    name: str
    """Of the file that it reads."""
    small: str
    inputs: Mapping[str, tuple[str, str, str]]
    """How each begins, what stands in it over and over (`%d` is a number), and how it ends."""
    spare: int = 4_000_000


def probe(name: str) -> Callable[[Path], Any]:
    def find(path: Path) -> str:
        from trl4ml import testing

        return testing.find(name, path.parent).message

    return find


def text(module: str, function: str, *more: Any) -> Callable[[Path], Any]:
    """What a function makes of the text of the file."""

    def read(path: Path) -> Any:
        return getattr(__import__(module, fromlist=["_"]), function)(path.read_text(), *more)

    return read


def path(module: str, function: str) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        return getattr(__import__(module, fromlist=["_"]), function)(str(path))

    return read


def strict(path: Path) -> Any:
    from trl4ml.provenance.strict import parsed

    return parsed(path.read_bytes(), "a manifest", 2 * SIZE)


def register(path: Path) -> Any:
    from trl4ml.core.registers import REGISTERS
    from trl4ml.load.registers import Register

    return Register("assumptions", path.name, path.read_text(), ()).noun(REGISTERS["assumptions"])


def gate(path: Path) -> Any:
    from trl4ml.core.expression import parse

    return parse(path.read_text()).evaluate(lambda _: 1.0)


JSON = {
    "empty lists": ("[", "[],", "[]]"),
    "empty objects": ("[", "{},", "{}]"),
    "small numbers": ("[", "1,", "1]"),
    "keys": ("{", '"%x":1,', '"":1}'),
    "lists under keys": ("{", '"%x":[],', '"":1}'),
    "the same key": ("{", '"a":1,', '"a":1}'),
    "emoji": ("[", '"😀",', '""]'),
    "no end": ("", "[", ""),
    "quotes": ("", '"\\', ""),
}
YAML = {
    "small numbers": ("", "- 1\n", ""),
    "flow": ("[", "[],", "]"),
    "keys": ("", "a%d: 1\n", ""),
    "the same key": ("", "a: 1\n", ""),
    "anchors": ("", "- &a%d 1\n", ""),
    "documents": ("", "---\n", ""),
    "no end": ("", "[", ""),
    "a long text": ("a: |\n", "  some text 😀\n", ""),
}
TOML = {
    "tables": ("", "[a%d]\n", ""),
    "deep tables": ("", "[a%d.b.c.d.e]\n", ""),
    "inline": ("a = [", "{},", "]"),
    "dotted": ("", "a%d.b.c = 1\n", ""),
}
XML = {
    "elements": ("<coverage>", "<a/>", "</coverage>"),
    "names": ("<coverage>", "<a%x/>", "</coverage>"),
    "attribute names": ("<coverage>", "<a b%x=''/>", "</coverage>"),
    "attributes": ("<coverage ", "b%x='' ", "></coverage>"),
    "a long attribute": ("<coverage b='", "😀x", "'></coverage>"),
    "prefixes": ("<coverage>", "<a xmlns:b%x='u'/>", "</coverage>"),
    "namespaces": ("<coverage>", "<a xmlns='%x'/>", "</coverage>"),
    "a long text": ("<coverage>", "😀\nx", "</coverage>"),
    "a comment": ("<coverage><!--", "x", "--></coverage>"),
    "instructions": ("<coverage>", "<?b%x?>", "</coverage>"),
    "no end": ("", "<a>", ""),
    "an open tag": ("<coverage", " ", ""),
}
OTHER_JSON = {name: JSON[name] for name in ("empty objects", "keys", "no end")}
COBERTURA = {
    "lines": ("<coverage><class name='a'><lines>", "<line number='%d'/>", "</lines></class></coverage>"),
    "branches": ("<coverage><class name='a'><lines>", "<line number='%d' condition-coverage='(1/2)'/>", "</lines></class></coverage>"),
    "classes": ("<coverage>", "<class name='%x'/>", "</coverage>"),
    "classes of a line": ("<coverage>", "<class name='%x'><lines><line number='1'/></lines></class>", "</coverage>"),
    "sources": ("<coverage>", "<source>%x</source>", "</coverage>"),
}  # fmt: skip
JUNIT = {
    "tests": ("<testsuite>", "<testcase/>", "</testsuite>"),
    "times": ("<testsuite>", "<testcase time='1'/>", "</testsuite>"),
    "failures": ("<testsuite>", "<testcase name='%x'><error/></testcase>", "</testsuite>"),
    "items": ("<testsuite>", "<testcase><property name='trl4ml' value='%x'/></testcase>", "</testsuite>"),
    "items of one test": ("<testsuite><testcase>", "<property name='trl4ml' value='%x'/>", "</testcase></testsuite>"),
    "suites": ("<testsuite>", "<testsuite/>", "</testsuite>"),
}  # fmt: skip
LCOV = {
    "lines": ("SF:a\n", "DA:%d,1\n", ""),
    "the same line": ("SF:a\n", "DA:1,1\n", ""),
    "ways": ("SF:a\n", "BRDA:%d,1\n", ""),
    "ways without a place": ("SF:a\n", "BRDA:,\n", ""),
    "ways as geninfo writes them": ("SF:a\n", "BRDA:%d,0,1,-\n", ""),
    "files": ("", "SF:%x\n", ""),
    "files of a line": ("", "SF:%x\nDA:1,1\nBRDA:1,1\n", ""),
    "one line": ("SF:", "😀x", ""),
}
COVERAGE_PY = {
    "lines": ('{"files": {"a.py": {"executed_lines": [', "%d,", '1], "missing_lines": [], "summary": {}}}, "totals": {"num_statements": 0, "covered_lines": 0}}'),
    "files": ('{"files": {', '"%x": {"executed_lines": [1], "missing_lines": [], "summary": {}},', '"a": 1}}'),
}  # fmt: skip
GATES = {
    "a chain": ("a", "<a", ""), "or": ("a", " or a", ""), "not": ("", "not ", "a"), "names": ("a", ".a", ""),
    "brackets": ("", "(", ""), "numbers": ("a > ", "9", ""),
}  # fmt: skip
ENTRY = "- id: a-%d\n  statement: Images for use come from the same sensors.\n  kind: data\n  level: 4\n"
READERS = {
    "JSON of an importer": Reader(probe("scorecard"), "scorecard.json", "{}", JSON),
    "SARIF": Reader(probe("sarif-results"), "a.sarif", "{}", OTHER_JSON),
    "coverage.py": Reader(probe("coverage"), "coverage.json", "{}", OTHER_JSON | COVERAGE_PY),
    "Cobertura": Reader(probe("coverage"), "coverage.xml", "<coverage/>", XML | COBERTURA),
    "JUnit": Reader(probe("test-results"), "junit.xml", "<testsuite/>", JUNIT),
    "lcov": Reader(probe("coverage"), "lcov.info", "SF:a\nDA:1,1\n", LCOV),
    "TOML": Reader(probe("dependencies-pinned"), "uv.lock", "version = 1\n", TOML),
    "YAML of others": Reader(probe("ci-configured"), ".gitlab-ci.yml", "a: 1\n", YAML),
    "our own YAML": Reader(register, "trl4ml.yaml", "[]", YAML | {"entries": ("", ENTRY, "")}, 32_000_000),
    "gates": Reader(gate, "gate.txt", "a > 1", GATES),
    "energy records": Reader(text("trl4ml.energy.plain", "loaded", "record.json"), "record.json", "{}", OTHER_JSON),
    "manifests": Reader(strict, "manifest.json", "{}", OTHER_JSON),
    "notebooks": Reader(text("trl4ml.source.notebooks", "code_of"), "a.ipynb", '{"cells": []}', OTHER_JSON),
    "model cards": Reader(path("trl4ml.transcribing", "topics"), "card.json", "{}", OTHER_JSON),
    "tokens": Reader(path("trl4ml.watermark.tokens", "read"), "tokens.json", "[1]", OTHER_JSON),
    "requests": Reader(path("trl4ml.watermark.asking.request", "request_in"), "request.json", "{}", OTHER_JSON),
}  # fmt: skip


def filled(begins: str, again: str, ends: str, size: int) -> str:
    one = (again % 0 if "%" in again else again).encode()
    count = size // len(one)
    return (
        begins
        + ("".join(again % n for n in range(count)) if "%" in again else again * count)
        + ends
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_it_takes_at_most_ten_times_its_size(name: str, tmp_path: Path) -> None:
    wanted = READERS[name]
    size = 490 if wanted.name == "gate.txt" else SIZE
    for number, one in enumerate([("", wanted.small, ""), *wanted.inputs.values()]):
        (tmp_path / f"{number:02}").mkdir()
        content = filled(*one, size if number else 1)
        (tmp_path / f"{number:02}" / wanted.name).write_text(content, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.test_memory", name, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    peaks = json.loads(done.stdout)
    assert len(peaks) == len(wanted.inputs)
    much = {
        one: f"{peak / size:.1f} times"
        for one, (peak, size) in zip(wanted.inputs, peaks, strict=True)
        if peak > 10 * size + wanted.spare
    }
    assert not much


def peaks(name: str, folder: Path) -> list[tuple[int, int]]:
    """The bytes that reading each file took at most, and its size; the first one is only to warm up."""
    found = []
    for here in sorted(folder.iterdir()):
        file = here / READERS[name].name
        gc.collect()
        tracemalloc.start()
        with suppress(Exception):
            READERS[name].read(file)
        found.append((tracemalloc.get_traced_memory()[1], file.stat().st_size))
        tracemalloc.stop()
    return found[1:]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(peaks(sys.argv[1], Path(sys.argv[2]))))
