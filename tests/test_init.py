"""`trl4ml init`: what it finds, what it writes, and that it never overwrites or writes nonsense."""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Run
from tests.test_audit import MINI
from trl4ml import declared, loading, resources
from trl4ml.cli.init_command import write_new
from trl4ml.core.project import REQUIRED_LEVEL, ComponentKind, Project
from trl4ml.errors import WrongInput
from trl4ml.load import disk, files
from trl4ml.scout import MOST_COMPONENTS, scout, written
from trl4ml.scout.facts import Found, Piece
from trl4ml.scout.folders import component_folders
from trl4ml.scout.holdings import SORTS
from trl4ml.scout.naming import slug
from trl4ml.scout.owners import code_owners, half_of
from trl4ml.testing import lay_out

PACKAGE = "[project]\nname = 'risk'\n"
JUNIT = "<testsuite tests='1'><testcase classname='a' name='b'/></testsuite>"
COVERAGE = (
    "<coverage line-rate='1'><packages><package><classes><class filename='a.py'><lines>"
    "<line number='1' hits='1'/></lines></class></classes></package></packages></coverage>"
)
REPOSITORY = {
    "pyproject.toml": "[project]\nname = 'Kreditrisiko_Modell'\ndependencies = ['scikit-learn>=1.5']\n",
    "risk/train.py": "fit()",
    "data/loans.csv.dvc": "outs: []",
    "model/risk.onnx": "",
    **{f"tests/test_{letter}.py": "" for letter in "abcdefg"},
    "tests/data/sample.csv": "",
    "MODEL_CARD.md": "# Risk",
    "notebooks/first look.ipynb": "{}",
    "uv.lock": "",
    ".github/workflows/test.yml": "jobs: {}",
    ".github/CODEOWNERS": "* @bank/risk ada@example.org\n",
    "out/run-7/junit.xml": JUNIT,
}
LATER = "later, for signed reviews: trl4ml reviewers add WHO --role ROLE --key FILE"


def found(folder: Path, holds: Mapping[str, Any], git: Any = None) -> Found:
    lay_out(folder, holds, git)
    return scout(folder)


def loaded(text: str) -> Project:
    """The project as `audit` would load it, every complaint raised; with a checklist of our own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "mini.yaml").write_text(MINI)
        config = text.replace("  - mltrl\n", "  - mini.yaml\n")
        Path(folder, "trl4ml.yaml").write_text(config, encoding="utf-8")
        for path in (one for part in files.project(config).components for one in part.paths):
            Path(folder, path).mkdir(parents=True, exist_ok=True)
        return loading.load_all(Path(folder), {}).project


# ── What is written ──────────────────────────────────────────────────────────────────────────────


def test_a_first_file_names_what_is_there(
    tmp_path: Path, trl4ml: Run, golden: Callable[[str, str], None]
) -> None:
    lay_out(tmp_path, REPOSITORY, git=True)
    done = trl4ml("init")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"wrote trl4ml.yaml\nnext: trl4ml audit\n{LATER}\n"
    text = (tmp_path / "trl4ml.yaml").read_text(encoding="utf-8")
    golden("init.yaml", text)
    assert loaded(text).name == "kreditrisiko-modell"


def test_the_first_line_tells_editors_the_schema(tmp_path: Path) -> None:
    first = written(found(tmp_path, {})).splitlines()[0]
    url = "https://trl4ml.github.io/trl4ml/schema/project-1.json"
    assert first == f"# yaml-language-server: $schema={url}"


def test_each_criticality_is_explained_with_the_level_it_requires(tmp_path: Path) -> None:
    text = written(found(tmp_path, {}))
    for criticality, level in REQUIRED_LEVEL.items():
        assert re.search(rf"^#   {criticality} +level {level}: \w+", text, re.M)
    assert loaded(text).criticality is None


def test_nothing_is_claimed_and_the_examples_in_comments_hold_when_uncommented(
    tmp_path: Path,
) -> None:
    text = written(found(tmp_path, {}))
    assert all(component.claims is None for component in loaded(text).components)
    block = re.compile(r"^# (?:criticality|probes|policy|registers):.*\n(?:#   .*\n)*", re.M)
    whole = block.sub(lambda match: re.sub(r"(?m)^# ", "", match[0]), text)
    project = files.project(whole)
    assert project.criticality and project.policy.waivers and project.policy.thresholds
    paths = [resources.folder("checklists") / f"{name}.yaml" for name in project.checklists]
    checklists = [files.checklist(disk.read(path, path.name), path.name) for path in paths]
    files.check_project(whole, project, checklists)
    lay_out(tmp_path, {"registers/requirements.yaml": "[]\n"})
    told = declared.declared(tmp_path, project, whole)
    assert declared.follows(told, whole, project, lambda: list(loading.all_probes()))
    options = {id: probe.options for id, probe in loading.all_probes().items()}
    files.check_options(whole, project.probes, options, options)
    items = {item.id for one in checklists for item in one.items}
    assert "owner-named" in text and "owner-named" in items


# ── What is found ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("My Model 2.0", "my-model-2-0"),
        ("Straßen_Zustand", "strassen-zustand"),
        ("Čokoláda & Æther", "cokolada-aether"),
        ("Прогноз Щита", "prognoz-shchita"),
        ("Ανάλυση", "analysi"),
        ("bell\x07\x1b\u202emodel", "bellmodel"),
        ("null", "null"),
        ("123", "123"),
        ("--", ""),
        ("予測", ""),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_name_becomes_small_latin_letters(name: str, becomes: str) -> None:
    assert slug(name) == becomes


@pytest.mark.parametrize(
    ("pyproject", "name"),
    [
        ("", "the-folder"),
        (PACKAGE, "risk"),
        ("[tool.poetry]\nname = 'Old Style'\n", "old-style"),
        ("[project]\nname = 7\n", "the-folder"),
        ("[project]\nname = '予測'\n", "the-folder"),
        ("project = 3\ntool = []\n", "the-folder"),
        ("not toml", "the-folder"),
    ],
)
def test_the_name_is_that_of_pyproject_or_else_of_the_folder(
    tmp_path: Path, pyproject: str, name: str
) -> None:
    assert found(tmp_path / "The Folder", {"pyproject.toml": pyproject}).name == name


def test_a_folder_without_a_usable_name_is_called_project(tmp_path: Path) -> None:
    assert found(tmp_path / "予測", {"a": ""}).name == "project"


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("* @ada @org/team ada@example.org\n/docs @bob\n", ("@ada", "@org/team")),
        ("* @ada\n* @bob # the last one counts @eve\n", ("@bob",)),
        ("/src @ada\n/docs @bob @ada\n", ("@ada", "@bob")),
        ("[Core][2] @ada\n^[Docs] @bob\n*.md\n", ("@ada", "@bob")),
        ("# * @ada\n* ada@example.org @@maintainer\n", ()),
        ('* @"evil @a:b @\x1b[31m\n', ()),
        ("", ()),
    ],
)
def test_owners_are_the_handles_of_codeowners(text: str, owners: tuple[str, ...]) -> None:
    assert code_owners(text) == owners


@pytest.mark.parametrize(
    ("commits", "owners"),
    [
        ({"Ada": 5, "Bob": 3, "Eve": 2}, ("Ada",)),
        ({"Ada": 4, "Bob": 3, "Eve": 3}, ("Ada", "Bob")),
        ({"Bob": 1, "Ada": 1}, ("Ada",)),
        ({"dependabot[bot]": 90, "GitHub Actions": 9, "Ada": 1}, ("Ada",)),
        ({"ada@example.org": 9, "Ada \x1b  Lovelace": 1, "x" * 101: 9}, ("Ada Lovelace",)),
        ({}, ()),
    ],
)
def test_owners_are_the_people_who_made_half_of_the_commits(
    commits: dict[str, int], owners: tuple[str, ...]
) -> None:
    assert half_of(Counter(commits)) == owners


def test_where_the_owners_come_from_is_said(tmp_path: Path) -> None:
    one = {"README.md": ""}
    people = [{"commit": "Ada Lovelace"}]
    cases: list[tuple[dict[str, str], Any, tuple[str, ...], str]] = [
        ({**one, "CODEOWNERS": "* @ada"}, people, ("@ada",), "They are those of CODEOWNERS."),
        ({**one, "CODEOWNERS": "* a@b.c"}, people, ("Ada Lovelace",), "They made half of the"),
        (one, [], (), "There is no git history to tell."),
        (one, [{"tag": None}], (), "The git history names no person."),
        (one, [*people, {"shallow": True}], (), "The git history is cut off (a shallow clone)"),
    ]
    for number, (holds, git, owners, why) in enumerate(cases):
        got = found(tmp_path / str(number), holds, git)
        assert got.owners == owners and got.owners_from.startswith(why), got
        assert loaded(written(got)).owners == owners


@pytest.mark.parametrize(
    ("holds", "kind", "why"),
    [
        ({}, "model", "nothing tells yet, and a model is asked the most"),
        ({"notes.md": ""}, "model", "nothing tells yet, and a model is asked the most"),
        ({"out/risk.safetensors": ""}, "model", "out/risk.safetensors is here"),
        ({"tests/risk.onnx": "", "examples/train.py": ""}, "model", "nothing tells yet"),
        ({"pyproject.toml": "dependencies = ['torch>=2']"}, "model", "pyproject.toml names torch"),
        ({"requirements/gpu.txt": "a\nXGBoost==2\n"}, "model", "requirements/gpu.txt names XGBoost"),
        ({"environment.yml": "dependencies:\n  - pytorch=2"}, "model", "environment.yml names"),
        ({"app.py": "", "requirements.txt": "fastapi\nlightgbm"}, "model", "requirements.txt names"),
        ({"package.json": '{"dependencies": {"express": "4"}}'}, "service", "package.json names"),
        ({"docs/openapi.yaml": ""}, "service", "docs/openapi.yaml is here"),
        ({"dbt_project.yml": "", "a.sql": ""}, "data", "dbt_project.yml is here"),
        ({"Pipfile": "[packages]\napache-airflow = '*'"}, "data", "Pipfile names apache-airflow"),
        ({"setup.py": "", "src/a.py": ""}, "library", "setup.py is here, and no sign of a model"),
        ({"setup.py": "", "tests/a.py": ""}, "model", "nothing tells yet"),
        ({"pyproject.toml": "description = 'Express torchlight, next'", "a.py": ""}, "library", ""),
    ],
)  # fmt: skip
def test_the_kind_is_guessed_by_a_clue_that_is_named(
    tmp_path: Path, holds: dict[str, str], kind: str, why: str
) -> None:
    (piece,) = found(tmp_path, holds).components
    assert (piece.kind, piece.path) == (kind, "")
    assert piece.why.startswith(why)


def test_each_package_of_a_monorepo_is_a_component(tmp_path: Path) -> None:
    holds = {
        "scoring/pyproject.toml": "dependencies = ['torch']", "scoring/scoring/net.py": "",
        "services/api/package.json": '{"fastify": "1"}', "services/api/main.ts": "",
        "etl/setup.py": "", "etl/dags/daily.py": "",
        "docs/package.json": "{}", "docs/page.js": "", "examples/setup.py": "", "examples/a.py": "",
        "deploy/setup.cfg": "", "deploy/values.yaml": "",
    }  # fmt: skip
    text = written(found(tmp_path, holds))
    assert [(c.name, c.kind, c.paths) for c in loaded(text).components] == [
        ("etl", ComponentKind.DATA, ("etl",)),
        ("scoring", ComponentKind.MODEL, ("scoring",)),
        ("api", ComponentKind.SERVICE, ("services/api",)),
    ]
    assert "kind: model  # a guess: scoring/pyproject.toml names torch\n" in text


def test_a_package_at_the_top_of_a_monorepo_is_a_component_too(tmp_path: Path) -> None:
    parts = {f"{one}/{name}": "" for one in ("a", "b") for name in ("setup.py", "code.py")}
    chores = {"pyproject.toml": PACKAGE, "noxfile.py": "", "tests/test_all.py": ""}
    both = [("a", "a"), ("b", "b")]
    for number, (more, wanted) in enumerate(
        [({}, both), ({"risk/a.py": ""}, [("risk", ""), *both])]
    ):
        got = found(tmp_path / str(number), {**parts, **chores, **more})
        assert [(one.name, one.path) for one in got.components] == wanted


@pytest.mark.parametrize(
    ("folders", "taken"),
    [
        (("a", "b"), ["a", "b"]),
        (("a",), []),
        (("packages/a", "services/b"), ["packages/a", "services/b"]),
        (("models", "models/a", "models/b"), ["models/a", "models/b"]),
        (("models", "b"), ["b", "models"]),
        (("a", "b/c"), []),
        (("docs", "a", "test"), []),
        ((".a", "b", "c"), ["b", "c"]),
        (("~a", "C:", "\\xff", "b", "c"), ["b", "c"]),
    ],
)
def test_components_are_folders_with_a_manifest_and_code(
    folders: tuple[str, ...], taken: list[str]
) -> None:
    names = [f"{one}/{name}" for one in folders for name in ("pyproject.toml", "code.py")]
    assert component_folders(names) == taken


def test_components_never_share_a_name(tmp_path: Path) -> None:
    folders = ("risk", "a b", "a-b", "A_B", "packages/risk", "予", "測")
    holds = {f"{one}/{name}": "" for one in folders for name in ("setup.py", "a.py")}
    got = found(tmp_path, {**holds, "pyproject.toml": PACKAGE, "src/a.py": ""})
    named = {c.paths: c.name for c in loaded(written(got)).components}
    assert sorted(named.values()) == [
        "a-b", "a-b-2", "a-b-3", "component", "component-2", "packages-risk", "risk", "risk-2",
    ]  # fmt: skip
    assert named[()] == "risk"


def test_more_packages_than_can_be_read_are_counted(tmp_path: Path) -> None:
    names = [f"p{n:03}/{name}" for n in range(40) for name in ("go.mod", "main.go")]
    got = found(tmp_path, dict.fromkeys(names, ""))
    assert (len(got.components), got.more) == (MOST_COMPONENTS, 10)
    assert "\n# 10 more folders have a manifest and code." in written(got)


def test_five_of_each_sort_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    got = found(tmp_path, {f"data/{n}.csv": "" for n in range(7)})
    assert len(got.holds["data"]) == 7
    listed = "#   data: 7\n" + "".join(f"#     - data/{n}.csv\n" for n in range(5))
    assert f"{listed}#     and 2 more\n#   models: none\n" in written(got)


def test_what_git_ignores_is_not_named(tmp_path: Path) -> None:
    private = {"data/patients-of-dr-jekyll.csv": "", ".gitignore": "data/\n"}
    assert "jekyll" not in written(found(tmp_path, private, git=True))


@pytest.mark.parametrize(
    ("holds", "options"),
    [
        ({"out/run/junit.xml": JUNIT}, {"test-results": {"paths": ("out/run/junit.xml",)}}),
        ({"a/b/TEST-1.xml": JUNIT, "a/b/TEST-2.xml": JUNIT},
         {"test-results": {"paths": ("a/b/TEST-1.xml", "a/b/TEST-2.xml")}}),
        ({"out/run/junit.xml": JUNIT, ".gitignore": "out\n"},
         {"test-results": {"paths": ("out/run/junit.xml",)}}),
        ({"x/y/coverage.xml": COVERAGE, "a.py": "x"}, {"coverage": {"paths": ("x/y/coverage.xml",)}}),
        ({"x/a/coverage.xml": COVERAGE, "x/b/coverage.xml": COVERAGE, "a.py": "x"}, {}),
        ({"junit.xml": JUNIT, "out/run/junit.xml": JUNIT}, {}),
        ({"tests/data/junit.xml": JUNIT, "docs/examples/junit.xml": JUNIT}, {}),
        ({"out/run/{a}/junit.xml": JUNIT}, {}),
        ({"out/run/junit.xml": "<html/>"}, {}),
        ({"out/run/junit.xml": "<testsuite"}, {}),
    ],
)  # fmt: skip
def test_a_probe_is_told_of_results_that_it_would_not_find(
    tmp_path: Path, holds: dict[str, str], options: dict[str, Any]
) -> None:
    got = found(tmp_path, holds, git=True)
    assert got.probes == options
    assert loaded(written(got)).probes == json.loads(json.dumps(options))


# ── Text from outside ────────────────────────────────────────────────────────────────────────────

NASTY = (
    'a"b', "a\\b", "a: b", "a #b", "- a", "[a", "{a", "*a", "&a", "!a", "@a", "%a", "`a", "null", "~",
    "no", "1.10", "a\nb: c", "a\r\nowners: [eve]", "a\u2028b", "a\x85b", "a\tb", "\x1b[31m", "\x00",
    "\u202eabc", "\ufeffa", "\ufffea", "👩‍🚀", "\udcff", "x" * 5000, "{{ 7 * 7 }}", "{% raw %}", " a ",
    "yaml-language-server: $schema=http://evil.example", "---", "...", "",
)  # fmt: skip
anything = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_was_found_is_written_so_that_it_is_read_back(data: st.DataObject) -> None:
    texts = st.lists(anything.filter(bool), max_size=3).map(tuple)
    names = st.lists(anything.map(str.strip).filter(bool), max_size=3).map(tuple)
    owners, paths = data.draw(names), data.draw(texts)
    piece = Piece("risk", ComponentKind.DATA, data.draw(anything))
    fact = Found(
        "risk", owners, data.draw(anything), (piece,), 0, dict.fromkeys(SORTS, data.draw(texts)),
        {"license-file": {}} if not paths else {"test-results": {"paths": paths}},
    )  # fmt: skip
    text = written(fact if paths else Found(**{**vars(fact), "probes": {}}))
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("# yaml-language-server") == 1
    project = files.project(text)
    assert project.owners == tuple(map(as_valid, owners))
    assert project.probes == ({"test-results": {"paths": [*map(as_valid, paths)]}} if paths else {})


def as_valid(text: str) -> str:
    """Half a character is no text, so it is shown as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()


bytes_of_a_name = st.one_of(
    st.sampled_from([one.encode("utf-8", "surrogateescape")[:200] for one in NASTY]),
    st.binary(min_size=1, max_size=40),
).filter(lambda name: name not in (b"", b".", b"..") and not {*name} & {0, ord("/")})


@settings(max_examples=40, deadline=None)
@given(
    folder=bytes_of_a_name,
    names=st.lists(st.tuples(bytes_of_a_name, st.sampled_from([b"", b".csv", b".onnx", b".md"]))),
    packages=st.lists(bytes_of_a_name, max_size=3, unique=True),
    codeowners=st.one_of(st.binary(max_size=40), anything.map(lambda t: f"* @{t}".encode("utf-8", "replace"))),
)  # fmt: skip
def test_any_folder_gets_a_file_that_loads(
    folder: bytes, names: list[tuple[bytes, bytes]], packages: list[bytes], codeowners: bytes
) -> None:
    with tempfile.TemporaryDirectory() as top:
        root = Path(top, os.fsdecode(folder))
        paths = [b"data/" + stem + ending for stem, ending in names]
        paths += [b"services/" + one + b"/" + n for one in packages for n in (b"go.mod", b"a.go")]
        for path in (root / os.fsdecode(one) for one in paths):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        root.mkdir(exist_ok=True)
        (root / "CODEOWNERS").write_bytes(codeowners)
        got = scout(root)
    text = written(got)
    project = loaded(text)
    assert project.name == got.name
    assert {c.name for c in project.components} == {one.name for one in got.components}


def test_a_folder_whose_name_is_not_utf_8_is_served_to_the_end(tmp_path: Path, trl4ml: Run) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/mod\xffel\n"))
    folder.mkdir()
    done = trl4ml("init", folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(
        f"wrote {tmp_path}/mod\\udcffel\\n/trl4ml.yaml\nnext: trl4ml audit '"
    )
    assert loaded((folder / "trl4ml.yaml").read_text(encoding="utf-8")).name == "model"


# ── Never overwriting ────────────────────────────────────────────────────────────────────────────

STAYS = (
    "trl4ml: {}: is already there and stays as it is; "
    "see what would be written with: trl4ml init --print\n"
)


@pytest.mark.parametrize("there", ["file", "empty", "folder", "link", "dangling link"])
def test_what_is_there_stays(tmp_path: Path, trl4ml: Run, there: str) -> None:
    target, other = tmp_path / "trl4ml.yaml", tmp_path / "other.yaml"
    if there == "folder":
        target.mkdir()
    elif "link" in there:
        target.symlink_to(other)
    else:
        target.write_text("name: mine\n" if there == "file" else "")
    if there == "link":
        other.write_text("name: mine\n")
    before = {path.name: path.lstat().st_mtime_ns for path in tmp_path.iterdir()}
    done = trl4ml("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == STAYS.format("trl4ml.yaml")
    assert {path.name: path.lstat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("links", [True, False])
def test_of_many_at_once_one_writes_and_the_others_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", not_permitted)
    target = tmp_path / "trl4ml.yaml"
    texts = [f"name: number-{n}\n" * 1000 for n in range(20)]
    start, refused = threading.Barrier(len(texts)), []

    def write(text: str) -> None:
        start.wait()
        try:
            write_new(target, text)
        except WrongInput as error:
            refused.append(str(error))

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(refused) == len(texts) - 1
    assert all(says.startswith(f"{target}: is already there") for says in refused)
    assert target.read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["trl4ml.yaml"]


def not_permitted(*_: Any, **__: Any) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_two_processes_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trl4ml", "init", str(tmp_path)]
    several = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ends = sorted((one.communicate()[1], one.returncode) for one in several)
    assert [code for _, code in ends] == [2, 2, 0]
    assert ends[0][0] == STAYS.format(tmp_path / "trl4ml.yaml")
    assert loaded((tmp_path / "trl4ml.yaml").read_text()).name
    assert [path.name for path in tmp_path.iterdir()] == ["trl4ml.yaml"]


def test_the_file_may_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    write_new(tmp_path / "trl4ml.yaml", "name: a\n")
    write_new(tmp_path / "other.yaml", "name: a\n")
    (tmp_path / "usual").touch()
    assert len({path.stat().st_mode for path in tmp_path.iterdir()}) == 1


CANNOT = (
    "trl4ml: {}: cannot be written ({}); "
    "make the folder writable, or print the file with: trl4ml init --print\n"
)


def test_a_disk_that_takes_nothing_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trl4ml", "init", tmp_path], capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)), check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == CANNOT.format(tmp_path / "trl4ml.yaml", "File too large")
    assert not [*tmp_path.iterdir()]


def test_a_place_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "trl4ml.yaml"
    with pytest.raises(WrongInput) as caught:
        write_new(target, "name: a\n")
    assert f"trl4ml: {caught.value}\n" == CANNOT.format(target, "Not a directory")


@pytest.mark.parametrize("given", ["gone", "file", "x" * 5000, "file/below"])
def test_what_is_no_folder_is_named(tmp_path: Path, trl4ml: Run, given: str) -> None:
    (tmp_path / "file").touch()
    done = trl4ml("init", given)
    assert done.returncode == 2
    assert done.stderr == f"trl4ml: {given}: not a folder; give the folder of a project\n"


def test_a_repository_that_git_cannot_list_is_said_in_one_sentence(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, {"a.py": ""}, git=True)
    (tmp_path / ".git/index").write_bytes(b"broken" * 10)
    done = trl4ml("init")
    assert done.returncode == 2
    assert re.fullmatch(
        r"trl4ml: \.git: .+; repair the repository, or take a fresh clone\n", done.stderr
    )
    assert not (tmp_path / "trl4ml.yaml").exists()


# ── Printing ─────────────────────────────────────────────────────────────────────────────────────


def test_print_writes_to_the_screen_what_would_be_written(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, REPOSITORY, git=True)
    printed = trl4ml("init", "--print")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert not (tmp_path / "trl4ml.yaml").exists()
    trl4ml("init")
    assert printed.stdout == (tmp_path / "trl4ml.yaml").read_text(encoding="utf-8")
    assert trl4ml("init", "--print").returncode == 0


def test_json_is_what_was_found_as_data(tmp_path: Path, trl4ml: Run) -> None:
    lay_out(tmp_path, {**REPOSITORY, "data/\x1b[31m\x9b.csv": ""}, git=True)
    printed = trl4ml("init", "--print", "--format", "json")
    assert not (tmp_path / "trl4ml.yaml").exists()
    done = trl4ml("init", "--format", "json")
    assert done.stderr == f"wrote trl4ml.yaml\nnext: trl4ml audit\n{LATER}\n"
    data = json.loads(done.stdout)
    assert (tmp_path / "trl4ml.yaml").exists()
    assert data["written"] == "trl4ml.yaml"
    assert data["found"]["name"] == "kreditrisiko-modell"
    assert data["found"]["holds"]["data"] == ["data/\x1b[31m\x9b.csv", "data/loans.csv.dvc"]
    assert len(data["found"]["holds"]["tests"]) == 7
    assert data["found"]["components"] == [
        {"name": "kreditrisiko-modell", "kind": "model", "why": "MODEL_CARD.md is here", "path": ""}
    ]
    assert json.loads(printed.stdout) == {**data, "written": None}


def test_the_same_folder_gives_the_same_bytes_whatever_the_hash_seed(
    tmp_path: Path, trl4ml: Run
) -> None:
    lay_out(tmp_path, REPOSITORY, git=True)
    texts = {trl4ml("init", "--print", PYTHONHASHSEED=seed).stdout for seed in "12"}
    assert len(texts) == 1


# ── Then the audit ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("git", [None, [], True], ids=["no git", "an empty repository", "commits"])
def test_an_audit_works_straight_after(tmp_path: Path, trl4ml: Run, git: Any) -> None:
    lay_out(tmp_path, REPOSITORY if git else {}, git)
    if git == []:
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert trl4ml("init", tmp_path).stderr.endswith(f"\nnext: trl4ml audit {tmp_path}\n{LATER}\n")
    done = trl4ml("audit", tmp_path)
    assert done.returncode in (0, 1), done.stderr


@pytest.mark.slow
def test_twenty_thousand_files_are_looked_at(tmp_path: Path, trl4ml: Run) -> None:
    for folder in range(200):
        path = tmp_path / f"part{folder % 10}/sub{folder}"
        path.mkdir(parents=True)
        for number in range(100):
            (path / f"m{number}.{('py', 'csv', 'md', 'json')[number % 4]}").touch()
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = trl4ml("init", "--print", "--format", "json")
    assert len(json.loads(done.stdout)["found"]["holds"]["data"]) == 5000
