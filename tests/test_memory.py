"""What others wrote takes at most ten times its size in memory, and a little: loaders, gates, importers.

Each reader reads each of its pathological inputs in a process of its own, whose resident memory is
counted: what libraries take outside Python, too. Which of them it takes and which it refuses is no
matter here.
"""

import gc
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SIZE, OWN = 600_000, 8_000_000
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


def options(path: Path) -> Any:
    from trl4ml.load import files
    from trl4ml.probes import fairness

    text = path.read_text()
    given = files.project(text).probes
    files.check_options(text, given, {"fairness": fairness.Options}, ["fairness"])


def gate(path: Path) -> Any:
    from trl4ml.core.expression import parse

    return parse(path.read_text()).evaluate(lambda _: 1.0)


def stored_state(path: Path) -> Any:
    """Whose sum is right, so that it is parsed."""
    from trl4ml.store import state

    return state.read(state.summed(path.read_bytes()))


def stored_evidence(path: Path) -> Any:
    """Whose name is right, so that it is parsed."""
    from trl4ml.core.canonical import digest
    from trl4ml.store.evidence import Store

    store = Store(path.parent)
    own = digest(path.read_bytes())
    (store.folder / "evidence").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, store.folder / "evidence" / f"{own}.json")
    return store.evidence(own)


def another_state(path: Path) -> Any:
    """Whose sum is of another text."""
    from trl4ml.store.evidence import Store

    store = Store(path.parent)
    store.folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, store.folder / "state.json")
    return store.state()


def record(path: Path) -> Any:
    """Which lies where its digest and its item say, and may be as large as any file here."""
    from trl4ml.core.canonical import digest
    from trl4ml.store.records import Records

    place = path.parent / ".trl4ml" / "answers" / "a" / f"x-{digest(path.read_bytes())[:16]}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, place)
    return Records(path.parent).answers()


def remembered(path: Path) -> Any:
    from trl4ml import loading
    from trl4ml.core.checklist import Checklist

    return loading._noun(Checklist, "", "own.yaml", {loading.key(""): path.read_text()})


def followed(path: Path) -> Any:
    from trl4ml import loading

    return loading._remembered("", {"": path.read_text()})


def report(path: Path) -> Any:
    from trl4ml.load import reports

    return reports.report(path)


def own_report(path: Path) -> Any:
    """Whose digest is right."""
    from trl4ml.core.canonical import digest
    from trl4ml.load import reports

    content = path.read_bytes()
    head = f'{{"schema_version":"1","digest":"{digest(content)}","report":'
    return reports.parsed(b"%b%b}" % (head.encode(), content), path)


def bundle(path: Path) -> Any:
    """Whose sums are right."""
    import hashlib
    import zipfile

    from trl4ml import bundling

    with zipfile.ZipFile(path.parent / "bundle.zip", "w") as whole:
        whole.write(path, "report.json")
        with path.open("rb") as file:
            whole.writestr(
                "SHA256SUMS", f"{hashlib.file_digest(file, 'sha256').hexdigest()}  report.json\n"
            )
    gc.collect()
    return bundling.check(path.parent / "bundle.zip")


def statement(path: Path) -> Any:
    from trl4ml import bundling

    return bundling.taken(path.parent, path)


def attachment(path: Path) -> Any:
    from tests.making import evidence
    from trl4ml.render.pages.evidence import Shown
    from trl4ml.render.pages.probes import parts

    one = evidence("fairness").model_copy(update={"attached": {path.name: ""}})
    return parts([Shown((), "", one, [])], lambda of, name: path.read_text())


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
    "a wide text": ("a: 😀", "some text ", ""),
    "accents": ("a: |\n", "  éééééééé\n", ""),
    "lines": ("", "\n", "a: 1"),
    "lines of a text": ("a: '", "x\n\n", "'"),
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
OWN_YAML = {
    "entries": ("", ENTRY, ""),
    "empty entries": ("", "- {}\n", ""),
    "wrong entries": ("", "- {id: A, kind: b, level: c}\n", ""),
    "unknown keys": ("- ", "a%d: 1\n  ", ""),
    "tags": ("", "- !a 1\n", ""),
    "deep": ("", "- [[[[]]]]\n", ""),
}
PROJECTS = {
    "components": ("name: p\ncomponents:\n", "- {name: m-%d}\n", ""),
    "empty components": ("name: p\ncomponents:\n", "- {}\n", ""),
    "owners": ("name: p\nowners:\n", "- a%d\n", ""),
    "owners that are numbers": ("name: p\nowners:\n", "- %d\n", ""),
    "wrong owners": ("name: p\nowners:\n", "- []\n", ""),
    "wrong thresholds": ("name: p\npolicy:\n thresholds:\n", "  a%d: b\n", ""),
}
BASELINE = "owner: ada\nreason: adopted in an old project\nuntil: 2027-01-01\n"
BASELINES = {
    "by component": (f"{BASELINE}components:\n a:\n", " - item-%d\n", ""),
    "components": (f"{BASELINE}components:\n", " a%d: [b]\n", ""),
    "one by one": (f"{BASELINE}items:\n", "- {item: a-%d, component: b}\n", ""),
    "wrong ones": (f"{BASELINE}components:\n a:\n", " - A\n", ""),
}
OPTIONS = {
    "unknown": ("name: p\nprobes:\n fairness:\n", "  a%d: b\n", ""),
    "of a list": ("name: p\nprobes:\n fairness:\n  slices:\n", "  - {}\n", ""),
    "probes": ("name: p\nprobes:\n", " a%d: {}\n", ""),
}
EVIDENCE = {
    "no places": ('{"places":[', "1,", "1]}"),
    "blank places": ('{"places":[', '{"path":""},', "1]}"),
    "the same measure": ('{"measures":{', '"a":{"value":[],"b":"' + "x" * 160 + '"},', '"a":{}}}'),
    "measures": ('{"measures":{', '"%x":{},', '"a":1}}'),
    "measures without a number": ('{"measures":{', '"%x":{"value":[]},', '"a":1}}'),
    "small measures": ('{"measures":{', '"%x":{"value":1},', '"a":{"value":1}},"outcome":"yes","message":"m","probe":"p","version":1,"distribution":"d"}'),
    "one measure": ('{"measures":{"x":{', '"%x":1,', '"a":1}}}'),
    "attached": ('{"attached":{', '"%X":1,', '"a":1}}'),
}  # fmt: skip
STATE = {
    "known": ('{"schema_version":2,"saved_ns":0,"kept":{},"nouns":{},"known":{', '"%x":[[0,0,0,0],""],', '"a":[[0,0,0,0],""]}}'),
    "kept": ('{"schema_version":2,"saved_ns":0,"known":{},"nouns":{},"kept":{', '"%x":{"made_by":"","evidence":"","trace":{}},', '"a":{"made_by":"","evidence":"","trace":{}}}}'),
    "nouns": ('{"schema_version":2,"saved_ns":0,"known":{},"kept":{},"nouns":{', '"%x":"",', '"a":""}}'),
    "files": ('{"schema_version":2,"saved_ns":0,"known":{},"nouns":{},"kept":{"a":{"made_by":"","evidence":"","trace":{"files":{', '"a-file-of-some-name-%x":-1,', '"a":1}}}}}'),
    "patterns": ('{"schema_version":2,"saved_ns":0,"known":{},"nouns":{},"kept":{"a":{"made_by":"","evidence":"","trace":{"patterns":{', '"a-pattern-of-some-length-%x":0,', '"a":1}}}}}'),
}  # fmt: skip
ANSWER = {
    "what was seen": ('{"saw":{', '"%x":1,', '"a":1}}'),
    "elsewhere": ('{"environment":{', '"%x":1,', '"a":1}}'),
}
ITEMS = {
    "items": ('{"checklist":"own","items":[', "{},", "{}]}"),
    "unknown keys of an item": ('{"items":[{', '"%x":1,', '"a":1}]}'),
}
REPORT = {
    "components": ('{"schema_version":"1","digest":"","report":{"components":[', "{},", "{}]}}"),
    "evidence": (
        '{"schema_version":"1","digest":"","report":{"evidence":{',
        '"%x":{"message":"a message of some length"},',
        '"a":1}}}',
    ),
}
OWN_REPORT = {
    "components": ('{"components":[', '{"a":"something of some length"},', "{}]}"),
    "long components": ('{"components":[', '{"a":"' + 80 * "x" + '"},', "{}]}"),
    "long evidence": ('{"evidence":{', '"%010x":{"message":"' + 80 * "x" + '"},', '"a":1}}'),
    "long waivers": ('{"waivers":[', '"' + 80 * "x" + '",', "1]}"),
    "items": ('{"items":[', '{"a":"something of some length"},', "{}]}"),
    "evidence": ('{"evidence":{', '"%010x":{"message":"a message of some length"},', '"a":1}}'),
    "measures": ('{"evidence":{"a":{"measures":{', '"some-measure-of-some-length-%010x":{},', '"z":1}}}}'),
    "waivers": ('{"waivers":[', '"something of some length",', "1]}"),
    "unknown keys": ("{", '"%030x":"something of some length",', '"z":1}'),
}  # fmt: skip
OURS = {
    name: JSON[name] for name in ("empty lists", "empty objects", "small numbers", "keys", "no end")
}
READERS = {
    "state of the store": Reader(stored_state, "state.json", "{}", OURS | STATE),
    "state with another sum": Reader(another_state, "state.json", "{}", OURS),
    "evidence of the store": Reader(stored_evidence, "e.json", "{}", OURS | EVIDENCE),
    "records": Reader(record, "r.json", "{}", OURS | ANSWER),
    "what is remembered": Reader(remembered, "c.json", "{}", OURS | ITEMS, OWN),
    "what followed from registers": Reader(followed, "f.json", "[null, {}]", OURS | ITEMS, OWN),
    "reports": Reader(report, "report.json", "{}", OURS | REPORT),
    "reports with their digest": Reader(own_report, "report.json", "{}", OWN_REPORT),
    "bundles": Reader(bundle, "report.json", "{}", OURS | REPORT),
    "statements": Reader(statement, "s.json", "{}", OURS),
    "attachments": Reader(attachment, "tables.json", "{}", OURS),
    "JSON of an importer": Reader(probe("scorecard"), "scorecard.json", "{}", JSON),
    "SARIF": Reader(probe("sarif-results"), "a.sarif", "{}", OTHER_JSON),
    "coverage.py": Reader(probe("coverage"), "coverage.json", "{}", OTHER_JSON | COVERAGE_PY),
    "Cobertura": Reader(probe("coverage"), "coverage.xml", "<coverage/>", XML | COBERTURA),
    "JUnit": Reader(probe("test-results"), "junit.xml", "<testsuite/>", JUNIT),
    "lcov": Reader(probe("coverage"), "lcov.info", "SF:a\nDA:1,1\n", LCOV),
    "TOML": Reader(probe("dependencies-pinned"), "uv.lock", "version = 1\n", TOML),
    "YAML of others": Reader(text("trl4ml.load.foreign", "parse_foreign"), "dvc.yaml", "a: 1\n", YAML),
    "registers": Reader(register, "risks.yaml", "[]", YAML | OWN_YAML, OWN),
    "trl4ml.yaml": Reader(text("trl4ml.load.files", "project"), "trl4ml.yaml", "name: p\n", YAML | PROJECTS, OWN),
    "baselines": Reader(text("trl4ml.load.files", "baseline", "b.yaml"), "b.yaml", BASELINE, BASELINES, OWN),
    "options of probes": Reader(options, "trl4ml.yaml", "name: p\n", OPTIONS, OWN),
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
    for number, one in enumerate(wanted.inputs.values()):
        for length, folder in ((min(size, 60), "small"), (size, "large")):
            (tmp_path / f"{number:02}" / folder).mkdir(parents=True)
            file = tmp_path / f"{number:02}" / folder / wanted.name
            file.write_text(filled(*one, length), encoding="utf-8")
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
    """The bytes that reading each file took at most, and its size."""
    reader = READERS[name]
    with suppress(Exception):
        reader.read(_lying(folder, reader.name, reader.small))
    return [_peak(reader, here) for here in sorted(folder.glob("[0-9]*"))]


def _lying(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content)
    return folder / name


def _peak(reader: Reader, here: Path) -> tuple[int, int]:
    """What a child of this process takes at most beside what it began with; a small file warms it up."""
    small, large = here / "small" / reader.name, here / "large" / reader.name
    out, into = os.pipe()
    child = os.fork()
    if not child:
        try:
            with suppress(Exception):
                reader.read(small)
            gc.collect()
            Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
            before = _resident("VmRSS")
            with suppress(Exception):
                reader.read(large)
            os.write(into, str(_resident("VmHWM") - before).encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out) as told:
        took = int(told.read())
    os.waitpid(child, 0)
    return took, large.stat().st_size


def _resident(what: str) -> int:
    said = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(rf"{what}:\s+(\d+) kB", said).group(1))  # type: ignore[union-attr]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(peaks(sys.argv[1], Path(sys.argv[2]))))
