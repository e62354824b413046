"""The room of artefacts: where they lie, and what reports of coverage say."""

from contextlib import suppress
from fnmatch import fnmatch
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.artefacts.coverage import cobertura, coverage_py, joined, lcov
from trl4ml.artefacts.lying import NotThere, artefacts


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
    one, other = (lcov(f"SF:a\nDA:1,{hits}\nDA:2,0\n") for hits in (0, 3))
    both = joined([one, other])
    assert (one.rate, other.rate, both.rate, both.names) == (0, 0.5, 0.5, {"a"})


LCOV = st.lists(st.sampled_from(["SF:a", "DA:1,1", "DA:1", "BRDA:1,0,0,-", "LF:2", "LH:x"])).map(
    "\n".join
)


@given(LCOV | st.text(), st.binary() | st.sampled_from([b"{}", b'{"files": {"a": 1}}', b"[" * 99]))
def test_any_text_is_a_report_or_refused_with_a_value_error(text: str, content: bytes) -> None:
    with suppress(ValueError):
        report = lcov(text)
        assert not report.lines or 0 <= report.rate <= 1
    with suppress(ValueError):
        coverage_py(content)
    with pytest.raises(ValueError, match="not Cobertura"):
        cobertura(Element("report"))
