"""The room of commands: what files run, what stands behind a task, and no surprises."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.commands.lines import commands, commands_of_tables
from trl4ml.commands.places import own
from trl4ml.commands.runners import runs_tests
from trl4ml.commands.tasks import Task, recipes, tasks


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ruff check .  # then black", "ruff check ."),
        ("sh 'mypy'  // slow", "sh 'mypy'"),
        ("curl https://example.org/a", "curl https://example.org/a"),
        ("pytest \\\n  -q", "pytest -q"),
        ("a && b || c; d | e", "a b c d e"),
        ("pip install black && pytest", "pip pytest"),
        ("pip install \\\n  black\npytest", "pip pytest"),
        ("pip install black;pytest", "pip ;pytest"),
        ("conda create -n x pytest", "conda"),
        ("Rscript -e 'install.packages(\"lintr\")'", "Rscript -e '"),
        ("make install test", "make install test"),
        ("./install.sh ci/install-all pytest --no-install", "./install.sh ci/install-all pytest --no-install"),
        ("[testenv:black]\ndeps =\n  flake8\n  pylint\ncommands = pytest", "commands = pytest"),
        ("[[tool.x]]\n[ -f a ] && ruff", "[ -f a ] ruff"),
        ("additional_dependencies: [black]\nargs: [--fix]", "args: [--fix]"),
        ("additional_dependencies:\n  - black\n  - id: ruff", "- id: ruff"),
        ("additional_dependencies:\n  [flake8-x, black]", ""),
    ],
)  # fmt: skip
def test_what_is_run_is_left(text: str, left: str) -> None:
    assert words(commands(text)) == words(left)


@pytest.mark.parametrize("path", ["noxfile.py", "a/tasks.py"])
def test_of_a_program_only_its_runs_are_left(path: str) -> None:
    text = 's.install("pylint")\ns.run("mypy",\n  "src")\n# s.run("black")\nx = {"yapf"}\n'
    assert words(commands(text, path)) == ['run("mypy",', '"src"']
    assert "yapf" in commands(text, "a/more_tasks.py")


def test_of_tables_the_scripts_are_left() -> None:
    tables: dict[str, Any] = {
        "scripts": {"lint": "eslint .", "a": [1, None, {"b": "tsc"}]}, "lint-staged": "prettier",
        "hatch": {"envs": {"x": {"dependencies": ["black"], "scripts": {"y": "ruff check"}}}},
        "tox": {"env": {"deps": ["flake8"], "commands": [["mypy", "."]]}}, "mypy": {"a": "pylint"},
    }  # fmt: skip
    assert words(commands_of_tables(tables)) == words("eslint . tsc prettier ruff check mypy .")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("make -j lint X=1 unit", Task("make", ("lint", "unit"))),
        ("sudo make", Task("make", ())),
        ("invoke check", Task("inv", ("check",))),
        ("npm run verify:all", Task("npm", ("verify:all",))),
        ("yarn build", Task("npm", ("build",))),
        ("hatch run all:cov", Task("py", ("cov",))),
        ("name: make test", None),
        ("remake it", None),
    ],
)
def test_a_command_may_ask_for_a_task(text: str, asked: Task | None) -> None:
    assert [*tasks(text)] == [asked] * (asked is not None)


@pytest.mark.parametrize(
    ("text", "task", "holds"),
    [
        ("a: b\n\tx\n\nb:\n\ty\n", Task("make", ("a",)), "b x make b"),
        ("X := 1\nall:\n\tx\nb:\n\ty\n", Task("make", ()), "x make"),
        ('{"scripts": {\n "a": "x",\n "b": "y"\n}}', Task("npm", ("a",)), '"x", npm "x",'),
        ("def a(c):\n    c.run('x')\n", Task("inv", ("a",)), "c.run('x') inv"),
        ("b:\n\ty\n", Task("make", ("a",)), ""),
    ],
)
def test_a_recipe_stands_behind_a_task(text: str, task: Task, holds: str) -> None:
    assert words("\n".join(recipes(text, task))) == words(holds)


@pytest.mark.parametrize(
    "text", ["python -m pytest", "./gradlew -q check", "python tests/run_tests.py", "R CMD check ."]
)
def test_a_test_runner_is_known(text: str) -> None:
    assert runs_tests(text)


@pytest.mark.parametrize("text", ["pytest-cov", "pytest.ini", "[pytest==8]", "go vet"])
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert not runs_tests(text)


def test_files_of_examples_and_of_others_are_not_the_projects_own() -> None:
    paths = ["Makefile", "a/tox.ini", "docs/Makefile", "a/Tests/x", "_vendor/a", "testing/a"]
    assert own(paths) == ["Makefile", "a/tox.ini", "testing/a"]


PIECES = st.sampled_from(
    ["#", "//", "install ", "[", "]", "deps =", "\\\n", "\n  - ", "run(", "make ", "a:", ";", "additional_dependencies:"]
)  # fmt: skip
TEXT = st.lists(st.text() | PIECES).map("".join)
PLAIN = st.recursive(
    st.none() | st.integers() | TEXT,
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=5,
)


@given(TEXT, st.sampled_from(["", "noxfile.py"]))
def test_of_any_text_no_word_is_made_up(text: str, path: str) -> None:
    left = commands(text, path)
    letters = iter(text.replace("\\\n", " "))
    assert all(c in letters for c in left if not c.isspace())
    for task in tasks(left):
        assert all(isinstance(one, str) for one in recipes(text, task))


@given(st.dictionaries(st.sampled_from(["scripts", "hatch", "tox"]) | st.text(), PLAIN))
def test_any_tables_are_read(tables: dict[str, Any]) -> None:
    assert isinstance(commands_of_tables(tables), str)


@pytest.mark.parametrize(
    "piece",
    ["a", "#", "]", " ", "[", "run(", "install ", "deps =", "\\\n", "make ", "a:\n\t", "\n"],
)
def test_a_long_text_takes_no_longer_than_it_is(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    begin = time.process_time()
    for path in ("", "noxfile.py"):
        left = commands(text, path)
        runs_tests(left)
        for task in tasks(left):
            len([*recipes(text[:1000], task)])
    assert time.process_time() - begin < 5
