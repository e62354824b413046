"""The room of manifests: what lines ask for, what files come to together, and no surprises."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.manifests.conda import environment
from trl4ml.manifests.kinds import KINDS, kind_of
from trl4ml.manifests.locks import conda_lock, packages, pipfile_lock
from trl4ml.manifests.pyproject import pipfile, pyproject
from trl4ml.manifests.requirements import entry, requirements
from trl4ml.manifests.sources import Include, Requirement, Sort, Source, account

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("line", "name", "pinned"),
    [
        ("numpy==1.26.4", "numpy", True),
        ("numpy", "numpy", False),
        ("Scikit_Learn [extra, more] === 1.4.0 ; python_version >= '3.9'", "scikit-learn", True),
        ("zope.interface==5.0;python_version<'3.9'", "zope-interface", True),
        ("torch==2.2.0+cu118", "torch", True),
        ("torch (==2.2.0)", "torch", True),
        ("numpy==1.26.*", "numpy", False),
        ("numpy~=1.26.4", "numpy", False),
        ("numpy>=1.26,<2", "numpy", False),
        ("numpy==1.26.4,!=1.26.5", "numpy", True),
        ("numpy!=1.26.4", "numpy", False),
        ("numpy==1.26.4 --hash=sha256:aa --hash=sha256:bb", "numpy", True),
        (f"m @ git+https://token@example.org/a/m.git@{COMMIT}", "m", True),
        ("m@git+https://example.org/a/m.git@main", "m", False),
        ("git+https://example.org/a/m_n.git@v1.0", "m-n", False),
        ("-e git+ssh://git@example.org/a/b.git@0123456#egg=b_c", "b-c", True),
        (f"x @ https://example.org/a/archive/{COMMIT}.zip ; os_name == 'nt'", "x", True),
        ("x @ https://example.org/a/archive/main.zip", "x", False),
        ("x @ https://example.org/main.zip#sha256=aa", "x", True),
        ("x @ https://example.org/x-1.0-py3-none-any.whl", "x", True),
        ("../lib", "lib", False),
        ("-e ../lib[extra]", "lib", False),
        ("c @ file:///home/me/c", "c", False),
        ("git+git@example.org:a/b.git", "b", False),
        ("git+https://example.org/a/b.git@some/branch", "b", False),
    ],
)
def test_a_line_asks_for_a_name_pinned_or_not(line: str, name: str, pinned: bool) -> None:
    assert [*entry(line)] == [Requirement(name, pinned)]


@pytest.mark.parametrize(
    "line",
    ["-e .", ".", "./libs/own", "libs/own", "own @ file:./libs/own", "--no-index", "-f ../wheels",
     "--extra-index-url https://user:secret@example.org/simple"],
)  # fmt: skip
def test_options_and_what_lies_in_the_project_are_no_requirements(line: str) -> None:
    assert [*entry(line)] == []


@pytest.mark.parametrize(
    ("line", "include"),
    [
        ("-r base.txt", Include("base.txt")),
        ("-rbase.txt", Include("base.txt")),
        ("--requirement=base.txt", Include("base.txt")),
        ("-c ../constraints.txt", Include("../constraints.txt", constraint=True)),
        ("--constraint 'a b.txt'", Include("a b.txt", constraint=True)),
    ],
)
def test_a_line_may_name_another_file(line: str, include: Include) -> None:
    assert [*entry(line)] == [include]


@pytest.mark.parametrize(
    "line", ["The system shall be fast.", "numpy=1.0", "numpy 1.0", "<!DOCTYPE"]
)
def test_what_is_no_requirement_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(ValueError, match="line 3: not a requirement"):
        requirements(f"# a comment\n\n{line}\n")


def test_a_name_is_pinned_in_a_file_where_every_line_about_it_is() -> None:
    lines = "a==1; python_version<'3'\na==2; python_version>='3'\nb==1; os_name=='nt'\nb\npip\n"
    assert requirements(lines).names == {"a": True, "b": False}


@pytest.mark.parametrize(
    ("spec", "pinned"),
    [
        ("numpy=1.26.4", True),
        ("numpy==1.26", True),
        ("numpy=1.26=py312_0", True),
        ("numpy 1.26 py312_0", True),
        ("conda-forge::numpy=1.26.4", True),
        ("numpy=1.26", False),
        ("numpy=1.26.*", False),
        ("numpy>=1.26,<2", False),
        ("numpy", False),
    ],
)
def test_conda_has_its_own_way_to_write_one_version(spec: str, pinned: bool) -> None:
    source = environment([{"dependencies": [spec, "python=3.11"]}])
    assert source and source.names == {"numpy": pinned}


def test_what_conda_exported_is_exact() -> None:
    source = environment([{"dependencies": ["zlib=1.3", "x>=1"], "prefix": "/opt/x"}])
    assert source and source.names == {"zlib": True, "x": False}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[project]\ndependencies = ['a==1', 'b']", {"a": True, "b": False}),
        ("[dependency-groups]\nx = ['a', {include-group = 'y'}]\ny = [{include-group = 'x'}]",
         {"a": False}),
        ("[tool.pdm.dev-dependencies]\nx = ['a==1']", {"a": True}),
        ("[tool.uv]\ndev-dependencies = ['a']\nconstraint-dependencies = ['b']", {"a": False}),
        ("[tool.poetry.group.x.dependencies]\na = '1.0'\nb = '^1'\nc = {path = 'c'}\npython = '*'",
         {"a": True, "b": False}),
        ("[tool.pixi.feature.x.pypi-dependencies]\na = {version = '==1.0', extras = ['y']}",
         {"a": True}),
        ("[build-system]\nrequires = ['hatchling']\n[project]\nname = 'm'", {}),
    ],
)  # fmt: skip
def test_every_dialect_of_pyproject_declares(text: str, names: dict[str, bool]) -> None:
    source = pyproject(tomllib.loads(text))
    assert source and source.names == names


def test_a_pyproject_that_only_configures_tools_says_nothing() -> None:
    assert pyproject({"tool": {"ruff": {"line-length": 100}, "uv": {"package": False}}}) is None


WHEEL: dict[str, Any] = {"url": "https://example.org/a.whl", "hash": "sha256:aa"}


@pytest.mark.parametrize(
    ("data", "hashed"),
    [
        ({"package": [{"name": "A.b", "wheels": [WHEEL]}]}, True),
        ({"package": [{"name": "A.b", "sdist": WHEEL}]}, True),
        ({"packages": [{"name": "a-b", "archive": {"hashes": {"sha256": "aa"}}}]}, True),
        ({"package": [{"name": "a_b"}], "metadata": {"files": {"a-b": [WHEEL]}}}, True),
        ({"package": [{"name": "a_b"}], "metadata": {"content-hash": "aa"}}, False),
    ],
)
def test_a_lock_fixes_names_with_or_without_hashes(data: dict[str, Any], hashed: bool) -> None:
    assert packages(data) == Source(Sort.LOCK, (Requirement("a-b", True),), hashed=hashed)


def test_a_manifest_declares_before_a_list_and_a_list_before_a_lock() -> None:
    manifest = Source(Sort.MANIFEST, (Requirement("a", False), Requirement("me", False)), own="Me")
    frozen = requirements("a==1 --hash=sha256:aa\nb==1\n")
    lock = Source(Sort.LOCK, (Requirement("c", True),))
    loose = requirements("d\n")
    assert account({"m": manifest, "r": frozen, "l": lock}).declared == {"a": "m"}
    assert account({"r": frozen, "l": lock}).declared == {"a": "r", "b": "r"}
    assert account({"l": lock}).declared == {"c": "l"}
    assert account({"m": manifest, "d": loose}).declared == {"a": "m", "d": "d"}
    found = account({"m": manifest, "r": frozen})
    assert (found.loose, found.locks, found.hashed) == (frozenset(), ("r",), True)


@pytest.mark.parametrize(
    ("path", "sort"),
    [("backend/Requirements-dev.txt", Sort.LIST), ("requirements/gpu.in", Sort.MANIFEST),
     ("constraints.txt", Sort.LOCK), ("included/some.txt", Sort.LIST)],
)  # fmt: skip
def test_a_path_says_how_it_is_read(path: str, sort: Sort) -> None:
    source = kind_of(path).read("a==1")
    assert source and source.sort is sort


KEY = st.text() | st.sampled_from(
    ["project", "tool", "poetry", "dependencies", "dependency-groups", "path", "version", "name",
     "package", "packages", "metadata", "files", "pip", "default", "hashes", "group", "rev", "url"]
)  # fmt: skip
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEY, inner),
    max_leaves=20,
)
LINES = st.lists(
    st.text()
    | st.sampled_from(["numpy==1", "-r a", "[options]", "install_requires =", " @ ", "\\"])
).map("\n".join)


@given(LINES)
def test_any_text_is_read_or_refused_with_a_value_error(text: str) -> None:
    for kind in KINDS:
        if kind.form == "text":
            refused_or_read(kind.read, text)


@given(st.dictionaries(KEY, PLAIN))
def test_any_data_is_read_or_refused_with_a_value_error(data: dict[str, Any]) -> None:
    for read in (pyproject, pipfile, packages, pipfile_lock, kind_of("pixi.toml").read):
        refused_or_read(read, data)
    refused_or_read(pyproject, {"project": data, "tool": {"poetry": data}})
    refused_or_read(environment, [data])
    refused_or_read(environment, [{"dependencies": [*data, *data.values()]}])
    refused_or_read(packages, {"package": [*data.values(), data], "metadata": data})


def refused_or_read(read: Any, data: object) -> None:
    try:
        source = read(data)
    except ValueError:
        return
    assert source is None or account({"here": source}).declared.keys() <= source.names.keys()


@pytest.mark.parametrize("line", ["a" * 10**6, "-1" * 10**5, " " * 10**6 + "\n.", "[" * 10**5])
@pytest.mark.parametrize(
    "read", [requirements, conda_lock, lambda line: pipfile({"packages": {"x": line}})]
)
def test_a_long_line_takes_no_longer_than_it_is(line: str, read: Any) -> None:
    refused_or_read(read, f"x @ https://{line}")
    refused_or_read(read, line)


def test_a_deep_lock_is_not_followed_down() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert packages({"package": [{"name": "a", "b": deep}]}).names == {"a": True}
    assert pyproject({"project": deep}) == Source(Sort.MANIFEST, ())
