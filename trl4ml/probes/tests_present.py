"""What no test exercises can break unseen, and parts that work alone may still fail together.

Looks for test files by the names that pytest, unittest, testthat, Jest, JUnit, Go, Cargo, gtest and
others use, and in each for a test: one without any does not count. A file is an integration test
when its folder, its name or a marker in it says so (integration, e2e, acceptance; below a test
folder also functional and system), else a unit test. Vendored code is left out.
"""

import re

from trl4ml.core.evidence import Finding, Measure, no, unknown, yes
from trl4ml.core.noun import Noun, Scalar
from trl4ml.core.views import Files, Unreadable
from trl4ml.source.functions import functions
from trl4ml.source.paths import is_vendored
from trl4ml.source.trees import parsed

asks = "The project has tests."
version = 2

LARGEST = 1_000_000

NAMES = (
    "**/{test_*,*_test}.py",
    "**/testthat/**/test*.r",
    "**/tinytest/**/test*.r",
    "**/runit*.r",
    "**/*.{test,spec,cy}.{js,jsx,mjs,cjs,ts,tsx,mts,cts}",
    "**/__tests__/**/*.{js,jsx,ts,tsx}",
    "**/src/*test*/**/*.{java,kt,scala,groovy}",
    "**/src/it/**/*.{java,kt,scala,groovy}",
    "**/*_test.go",
    "**/*.rs",
    "**/{test,tests}/**/*.{c,cc,cpp,cxx,cu}",
    "**/{test_*,*_test,*_tests,*_unittest}.{c,cc,cpp,cxx,cu}",
    "**/*{Test,Tests}.cs",
    "**/test/**/*.jl",
    "**/*.{feature,robot}",
)
JVM = rb"@(?:[\w.]+\.)?(?:Test|ParameterizedTest|RepeatedTest|TestFactory|Property)\b|\bvoid test\w+\("
C = rb"\b\w{0,40}TEST\w{0,40}\s*\(|\bSCENARIO\s*\(|\bmain\s*\("
A_TEST = {
    "py": rb"^[ \t]*(?:async[ \t]+)?def[ \t]+test(?:_\w+|[A-Z0-9]\w*|\(\s*self\b)",
    "r": rb"\b(?:test_that|it|expect_\w+|check\w+)\s*\(",
    "js": rb"(?<![\w.])(?:Deno\.)?(?:test|it)(?:\.\w+)*\s*[(`]",
    "java": JVM,
    "kt": JVM,
    "scala": JVM + rb"|\btest\s*\(\s*\"|\b(?:should|must|in)\s*\{|\bproperty\s*\(",
    "groovy": JVM + rb"|\bdef\s+[\"'][^\"'\n]+[\"']\s*\(",
    "go": rb"^func (?:Test|Fuzz|Example)\w*\(",
    "rs": rb"^[ \t]*#\[(?:\w+::)*(?:test|rstest|test_case|quickcheck)\b|\bproptest!",
    "c": C,
    "cs": rb"\[(?:Fact|Theory|Test|TestCase|TestMethod)\b",
    "jl": rb"@test\w*\b",
    "feature": rb"^[ \t]*Scenario\b",
    "robot": rb"^\*+\s*Test Cases",
}
SAME = {
    **dict.fromkeys(("jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"), "js"),
    **dict.fromkeys(("cc", "cpp", "cxx", "cu"), "c"),
}
PATTERNS = {ending: re.compile(text, re.MULTILINE) for ending, text in A_TEST.items()}
TRIPLE_QUOTED = re.compile(rb'("""|\'\'\')[\s\S]*?\1')

INTEGRATION_PATH = re.compile(
    r"""(?:^|/)(?:tests?[_-]?)?(?:integrations?|e2e|end[_-]?to[_-]?end|acceptance)(?:[_-]?tests?)?/
    |(?:^|/)(?:functional|system)[_-]?tests?/
    |(?:^|/)(?:tests?|spec|__tests__)/(?:.*/)?(?:functional|system)/
    |(?:^|/)src/(?:it|integrationtest|functionaltest|androidtest)/
    |(?:integration|e2e|end[_-]?to[_-]?end|acceptance)[^/]*\Z
    |(?:^|/)(?:test_(?:functional|system)|(?:functional|system)_tests?)\.\w+\Z
    |\.(?:cy\.\w+|feature|robot)\Z
    |^(?!(?:.*/)?src/)(?:.*/)?tests/.*\.rs\Z""",
    re.IGNORECASE | re.VERBOSE,
)
FAILSAFE = re.compile(r"(?:^|/)(?:IT[A-Z][^/]*|[^/]*[a-z0-9]IT)\.(?:java|kt|scala|groovy)\Z")
INTEGRATION_MARK = re.compile(
    rb"^[^#\n]*pytest\.mark\.(?:integration|e2e|end_to_end|acceptance)\b"
    rb"|@Tag\(\s*\"(?:integration|e2e)\"|@SpringBootTest\b|[\"']@playwright/test[\"']"
    rb"|^//go:build[^\n]*\b(?:integration|e2e)\b",
    re.MULTILINE,
)


class Options(Noun):
    paths: tuple[str, ...] = ()
    """Patterns of more test files, where they are named otherwise: `checks/**/*.py`."""
    integration: tuple[str, ...] = ()
    """Patterns of files that are integration tests though nothing in name or marker says so."""


def run(files: Files, options: Options) -> Finding:
    named = {*files.matching(*options.integration)}
    usual = {n for n in files.matching(*NAMES) if not is_vendored(n)}
    found: dict[str, bool] = {}
    functions, unread = 0, []
    for name in sorted({*usual, *named, *files.matching(*options.paths)}):
        try:
            content = files.bytes(name, LARGEST)
            tests = _tests(name, content)
        except Unreadable:
            unread.append(name)
            continue
        if tests:
            found[name] = name in named or _is_integration(name, content)
            functions += tests if name.lower().endswith(".py") else 0
    integration = sum(found.values())
    unit = len(found) - integration
    measures: dict[str, Measure | Scalar] = {
        "unit": unit, "integration": integration, "functions": functions,
        "files": len(found), "unreadable": len(unread),
    }  # fmt: skip
    if found:
        says = f"unit tests in {unit} and integration tests in {integration} files"
        return yes(says + (f"; {len(unread)} cannot be read" if unread else ""), found, **measures)
    if unread:
        says = f"no test was found, but {unread[0]} cannot be read; save it as valid source text"
        return unknown(says, unread, **measures)
    return no("no file holds a test", (), **measures)


def _tests(name: str, content: bytes) -> int:
    """How many tests the file holds, for languages other than Python 1 if any.

    Raises Unreadable for what is not text.
    """
    if b"\0" in content[:8000]:
        raise Unreadable(name, "it is not text")
    ending = name.lower().rpartition(".")[2]
    pattern = PATTERNS.get(SAME.get(ending, ending))
    if pattern is None:
        return int(bool(content.strip()))
    if ending != "py":
        return int(bool(pattern.search(content)))
    simple = len(pattern.findall(content))
    if simple == len(pattern.findall(TRIPLE_QUOTED.sub(b"", content))):
        return simple
    return _parsed(name, content)


def _parsed(name: str, content: bytes) -> int:
    """The count where a test may be only text in a string. Raises Unreadable."""
    try:
        tree = parsed(content.decode("utf-8-sig", "replace"))
    except ValueError as error:
        raise Unreadable(name, str(error)) from None
    return sum(function.name.startswith("test") for function in functions(tree))


def _is_integration(name: str, content: bytes) -> bool:
    by_name = INTEGRATION_PATH.search(name) or FAILSAFE.search(name)
    return bool(by_name or INTEGRATION_MARK.search(content))
