"""The room of artefacts: where they lie, and what reports of coverage say."""

from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.artefacts.cobertura import cobertura
from trl4ml.artefacts.coverage import coverage_py, joined, lcov
from trl4ml.artefacts.lying import NotThere, artefacts
from trl4ml.core.views import Tag
from trl4ml.testing import find


class Folder:
    """Of two files, of which git ignores the second."""

    def matching(self, *patterns: str) -> tuple[str, ...]:
        return tuple(one for one in ("out/a.xml",) for p in patterns if fnmatch(one, p))

    def present(self, *patterns: str) -> tuple[str, ...]:
        if any(".." in one for one in patterns):
            raise ValueError
        return tuple(one for one in ("out/a.xml", "b.xml") for p in patterns if fnmatch(one, p))


@pytest.mark.parametrize(
    ("given", "usual", "found"),
    [
        ((), ("*.xml",), ["b.xml", "out/a.xml"]),
        ((), ("b.*", "c.*"), ["b.xml"]),
        (("out/*",), ("b.xml",), ["out/a.xml"]),
        (("**/*.xml",), (), ["out/a.xml"]),
        (("b.xml", "*/a.xml", "b.*"), (), ["b.xml", "out/a.xml"]),
    ],
)
def test_the_given_patterns_count_or_else_the_usual_places(
    given: tuple[str, ...], usual: tuple[str, ...], found: list[str]
) -> None:
    assert artefacts(Folder(), given, usual) == found


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ((), "in the usual places"),
        (("b.xml", "c.xml"), "at c.xml"),
        (("../b.xml",), "at ../b.xml: trl4ml.yaml must name paths inside the project"),
    ],
)
def test_where_nothing_lies_is_said(given: tuple[str, ...], where: str) -> None:
    with pytest.raises(NotThere) as caught:
        artefacts(Folder(), given, ("c.xml",))
    assert str(caught.value) == where


def test_what_does_not_fit_is_not_there() -> None:
    assert artefacts(Folder(), (), ("*",), lambda path: path < "c") == ["b.xml"]
    with pytest.raises(NotThere):
        artefacts(Folder(), ("b.xml", "out/*"), (), lambda path: path < "c")


def test_joined_a_line_has_run_when_it_has_in_one_report() -> None:
    one, other = (lcov(["SF:a", f"DA:1,{hits}", "DA:2,0"]) for hits in (0, 3))
    assert (one.rate, other.rate) == (0, 0.5)
    both = joined([one, other])
    assert (both.rate, both.names) == (0.5, {"a"})


@pytest.mark.parametrize(
    ("one", "says"),
    [
        ("<source>%d</source>", "it names more than 200 source folders"),
        ("<class name='%d'/>", "it tells of more than 20000 source files"),
        (
            "<class name='%d'><lines><line number='1'/></lines></class>",
            "more than 20000 source files",
        ),
        (
            "<class name='%d'><lines><line number='x'/></lines></class>",
            "a line in it has no number",
        ),
    ],
)
def test_what_is_too_much_of_cobertura_is_refused(one: str, says: str, tmp_path: Path) -> None:
    text = "".join(one % number for number in range(20_001))
    (tmp_path / "coverage.xml").write_text(f"<coverage>{text}</coverage>")
    assert says in find("coverage", tmp_path).message


def test_the_lines_of_methods_count_where_a_class_has_none_itself(tmp_path: Path) -> None:
    line, wrong = "<lines><line number='1' hits='1'/></lines>", "<lines><line number='x'/></lines>"
    for own, methods, ran in ((line, wrong, True), ("", line, True), ("", wrong, False)):
        text = f"<class name='a'><methods><method>{methods}</method></methods>{own}</class>"
        (tmp_path / "coverage.xml").write_text(f"<coverage>{text}</coverage>")
        message = find("coverage", tmp_path).message
        assert ("1 of 1 lines" if ran else "a line in it has no number") in message


LCOV = st.lists(st.sampled_from(["SF:a", "DA:1,1", "DA:1", "BRDA:1,0,0,-", "LF:2", "LH:x"])).map(
    "\n".join
)


@given(LCOV | st.text(), st.binary() | st.sampled_from([b"{}", b'{"files": {"a": 1}}', b"[" * 99]))
def test_any_text_is_a_report_or_refused_with_a_value_error(text: str, content: bytes) -> None:
    with suppress(ValueError):
        report = lcov(text.splitlines())
        assert not report.lines or 0 <= report.rate <= 1
    with suppress(ValueError):
        coverage_py(content)
    with pytest.raises(ValueError, match="not Cobertura"):
        cobertura([Tag("report", {})])
