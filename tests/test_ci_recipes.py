"""The recipes for continuous integration, run: their shell parts in a clean home, offline, no terminal."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, git
from trl4ml.testing import lay_out

WHEELS = Path(sys.prefix) / "wheels"
OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
  - {id: licensed, level: 0, ask: Has it a licence?, why: Else nobody may use it., wants: license_file, if_not: {remedy: Add one., effort: minutes}}
  - {id: described, level: 1, ask: Is there a README?, why: People read it first., wants: answer, if_not: {remedy: Write one., effort: hours}}
"""
PROJECT = {
    "shop/trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\ncomponents:\n- {name: shop, claims: 0}\n",
    "shop/own.yaml": OWN,
    "shop/LICENSE": "Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n",
    ".gitignore": ".trl4ml/store/\n",
}
TRAP = "open('sprung', 'w').close()\n"

GITLAB = "templates/trl4ml.yml"

pytestmark = pytest.mark.slow
Golden = Callable[[str, str], None]


def clean(tmp_path: Path, links: Path = WHEELS, **more: str) -> dict[str, str]:
    """An environment with nothing of ours in it, and no way to the network for pip."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).resolve().parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return {
        "HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(links), "PIP_CONFIG_FILE": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONDONTWRITEBYTECODE": "1", **more,
    }  # fmt: skip


def bash(script: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script], cwd=cwd, env=env, capture_output=True,
        text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


class Runner:
    """The part of a GitHub runner that a composite action meets: files, variables, steps."""

    def __init__(self, tmp_path: Path, action: Path, repository: Path) -> None:
        self.folder, self.action, self.repository = tmp_path, action, repository
        for name in ("output", "summary", "path", "event"):
            (tmp_path / name).write_text("")
        (tmp_path / "temp").mkdir()
        self.env = clean(
            tmp_path, RUNNER_TEMP=str(tmp_path / "temp"), GITHUB_ACTION_PATH=str(action),
            GITHUB_OUTPUT=str(tmp_path / "output"), GITHUB_STEP_SUMMARY=str(tmp_path / "summary"),
            GITHUB_PATH=str(tmp_path / "path"), GITHUB_EVENT_PATH=str(tmp_path / "event"),
            GITHUB_REPOSITORY="ada/shop",
        )  # fmt: skip

    def event(self, base: str) -> None:
        told = {"pull_request": {"number": 7, "base": {"sha": base}}}
        (self.folder / "event").write_text(json.dumps(told))
        self.env["GITHUB_EVENT_NAME"] = "pull_request"

    def step(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        steps = yaml.safe_load((self.action / "action.yml").read_text())
        defaults = {key: str(one["default"]) for key, one in steps["inputs"].items()}
        step = next(one for one in steps["runs"]["steps"] if one.get("name") == name)
        given = {**defaults, **{key.replace("_", "-"): value for key, value in inputs.items()}}
        env = {**self.env}
        for key, value in step.get("env", {}).items():
            env[key] = re.sub(r"\$\{\{ (.*?) \}\}", lambda m: self._value(m[1], given), value)
        found = bash(step["run"], self.repository, env)
        added = (self.folder / "path").read_text().split()
        self.env["PATH"] = os.pathsep.join([*added, self.env["PATH"]])
        return found

    def _value(self, expression: str, given: dict[str, str]) -> str:
        room, _, name = expression.partition(".")
        if room == "inputs":
            return given[name]
        return self.outputs().get(name.removeprefix("audit.outputs."), "token")

    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def plain(self, text: str) -> str:
        return text.replace(str(self.folder), "RUNNER")


@pytest.fixture(scope="module")
def installed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the action's first step makes, made once."""
    folder = tmp_path_factory.mktemp("installed")
    runner = Runner(folder, checkout, folder)
    lay_out(folder, dict.fromkeys(("venv.py", "pip.py", "json.py"), TRAP))
    done = runner.step("Install from the lock files")
    assert done.returncode == 0, done.stderr
    assert not (folder / "sprung").exists()
    assert [one.name for one in (folder / "temp" / "trl4ml-bin").iterdir()] == ["trl4ml"]
    assert (folder / "path").read_text() == f"{folder}/temp/trl4ml-bin\n"
    return folder / "temp" / "trl4ml-bin"


@pytest.fixture
def runner(tmp_path: Path, checkout: Path, installed: Path) -> Runner:
    lay_out(tmp_path / "repo", PROJECT, git=True)
    made = Runner(tmp_path, checkout, tmp_path / "repo")
    made.env["PATH"] = f"{installed}{os.pathsep}{made.env['PATH']}"
    return made


def test_the_action_says_what_it_found_in_outputs_summary_and_annotations(
    runner: Runner, golden: Golden
) -> None:
    done = runner.step("Audit", path="shop", level="1")
    assert (done.returncode, runner.plain(done.stderr)) == (0, "")
    golden("action-log.txt", re.sub(r"[0-9a-f]{32}", "MARK", runner.plain(done.stdout)))
    golden("action-output.txt", runner.plain((runner.folder / "output").read_text()))
    golden("action-summary.md", (runner.folder / "summary").read_text())
    assert runner.outputs()["exit-code"] == "1"
    assert runner.step("Gate").returncode == 1


def test_a_pull_request_that_lowers_a_level_fails_and_says_which_change_did_it(
    runner: Runner, golden: Golden
) -> None:
    runner.event(git(runner.repository, "rev-parse", "HEAD"))
    git(runner.repository, "rm", "-q", "shop/LICENSE")
    git(runner.repository, "commit", "-qm", "away")
    done = runner.step("Audit", path="shop", fail_on="never")
    assert (
        "::error title=trl4ml::a level fell, a component is gone, or the baseline grew"
        in done.stdout
    )
    golden("action-fall.md", digests((runner.folder / "summary").read_text()))
    assert runner.step("Gate").returncode == 1
    runner.env["GITHUB_OUTPUT"] = str(runner.folder / "output")
    (runner.folder / "output").write_text("")
    runner.step("Audit", path="shop", fail_on="never", fail_on_fall="false")
    assert runner.step("Gate").returncode == 0


def digests(text: str) -> str:
    return re.sub(r"[0-9a-f]{12,64}", "DIGEST", text)


def test_the_report_of_the_base_compares_what_git_does_not_keep(runner: Runner) -> None:
    """Without it a level that rests on such files may have fallen, and that does not pass."""
    lay_out(runner.repository, {"shop/own.yaml": OWN.replace("wants: answer", "wants: test_results"), ".gitignore": "junit.xml\n.trl4ml/\n"})  # fmt: skip
    git(runner.repository, "commit", "-qam", "asks for tests")
    runner.event(git(runner.repository, "rev-parse", "HEAD"))
    results = runner.repository / "shop" / "junit.xml"
    results.write_text('<testsuite tests="1"><testcase name="a"/></testsuite>')
    runner.step("Audit", path="shop")
    assert runner.outputs()["exit-code"] == "0"
    base = runner.folder / "base.json"
    shutil.copy(runner.outputs()["report"], base)
    results.write_text('<testsuite tests="1"><testcase name="a"><failure/></testcase></testsuite>')
    runner.step("Audit", path="shop", level="0")
    changes = Path(runner.outputs()["changes"]).read_text()
    assert changes.startswith(
        "### trl4ml: level may have fallen from 1 to 0 (component shop)\n\n1 item is not compared"
    )
    assert runner.outputs()["exit-code"] == "1"
    runner.step("Audit", path="shop", level="0", base_report=str(base))
    changes = Path(runner.outputs()["changes"]).read_text()
    assert changes.startswith("### trl4ml: level fell from 1 to 0 (component shop)\n\n**Lost**")
    assert runner.outputs()["exit-code"] == "1"


def test_a_pull_request_that_lowers_nothing_passes(runner: Runner) -> None:
    runner.event(git(runner.repository, "rev-parse", "HEAD"))
    runner.step("Audit", path="shop", level="0")
    assert runner.outputs()["exit-code"] == "0"
    assert runner.outputs()["level"] == "0"
    assert "no level changed" in (runner.folder / "summary").read_text()


def test_no_python_of_the_project_is_run_by_the_action(runner: Runner) -> None:
    lay_out(runner.repository, dict.fromkeys(("json.py", "sys.py", "trl4ml.py"), TRAP))
    runner.event(git(runner.repository, "rev-parse", "HEAD"))
    runner.step("Audit", path="shop")
    said(runner, "")
    assert runner.step("Comment").returncode == 0
    assert runner.outputs()["level"] == "0"
    assert not list(runner.repository.rglob("sprung"))


@pytest.mark.parametrize("path", ["-shop", "--fail-on=never", "a shop", "a\nshop", "$(touch x)"])
def test_a_folder_of_any_name_is_audited_and_compared(runner: Runner, path: str) -> None:
    runner.event(git(runner.repository, "rev-parse", "HEAD"))
    (runner.repository / "shop").rename(runner.repository / path)
    done = runner.step("Audit", path=path, level="0")
    assert runner.outputs()["exit-code"] == "0", done.stdout
    assert "::notice title=trl4ml::the base has no trl4ml.yaml yet" in done.stdout
    done = runner.step("Audit", path=path, level="1")
    assert runner.outputs()["exit-code"] == "1", done.stdout


def test_what_cannot_be_compared_does_not_pass(runner: Runner) -> None:
    runner.event("0" * 40)
    done = runner.step("Audit", path="shop", level="0")
    assert "::error title=trl4ml::whether a level fell is unknown" in done.stdout
    assert runner.outputs()["exit-code"] == "2"
    (runner.folder / "event").write_text("{}")
    runner.step("Audit", path="shop", level="0", fail_on_fall="True")
    assert runner.outputs()["exit-code"] == "2"
    runner.step("Audit", path="shop", level="0", fail_on_fall="false")
    assert runner.outputs()["exit-code"] == "0"


def test_a_last_line_without_an_end_leaves_commands_on(runner: Runner) -> None:
    stub = runner.folder / "stub" / "trl4ml"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\nprintf cut >&2\nexit 3\n")
    stub.chmod(0o755)
    runner.env["PATH"] = f"{stub.parent}{os.pathsep}{runner.env['PATH']}"
    done = runner.step("Audit", path="shop")
    assert re.search(r"^::stop-commands::(\w{32})\ncut\n::\1::$", done.stdout, re.MULTILINE)
    assert runner.step("Gate").returncode == 3


def test_a_shallow_checkout_fetches_the_base_it_lacks(runner: Runner) -> None:
    base = git(runner.repository, "rev-parse", "HEAD")
    git(runner.repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(runner.repository, "rm", "-q", "shop/LICENSE")
    git(runner.repository, "commit", "-qm", "away")
    shallow = runner.folder / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{runner.repository}", str(shallow)],
        check=True,
    )
    runner.repository = shallow
    runner.event(base)
    done = runner.step("Audit", path="shop")
    assert (
        "::error title=trl4ml::a level fell, a component is gone, or the baseline grew"
        in done.stdout
    ), done.stdout


@pytest.mark.parametrize("depth", [["--depth", "1"], []], ids=["shallow", "whole"])
def test_a_change_that_deletes_the_reviews_is_judged_by_the_base(
    runner: Runner, depth: list[str]
) -> None:
    """A shallow clone cannot check reviews and says so; the base of a whole one may not be here yet."""
    trust = {"policy.yaml": "roles: {research-lead: [carol@example.org]}\n", "allowed_signers": ""}
    lay_out(runner.repository, {f"shop/.trl4ml/trust/{name}": text for name, text in trust.items()})
    git(runner.repository, "add", "-A")
    git(runner.repository, "commit", "-qm", "trust")
    base = git(runner.repository, "rev-parse", "HEAD")
    git(runner.repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(runner.repository, "checkout", "-qb", "change")
    git(runner.repository, "rm", "-qr", "shop/.trl4ml/trust")
    git(runner.repository, "commit", "-qm", "away")
    checkout = runner.folder / "checkout"
    clone = [
        "git",
        "clone",
        "-q",
        "--single-branch",
        *depth,
        f"file://{runner.repository}",
        str(checkout),
    ]
    subprocess.run(clone, check=True)
    git(checkout, "remote", "set-head", "origin", "--delete")
    if not depth:  # the base moved on since the checkout
        git(runner.repository, "checkout", "-q", base)
        git(runner.repository, "commit", "-qm", "later", "--allow-empty")
        base = git(runner.repository, "rev-parse", "HEAD")
    runner.repository = checkout
    runner.event(base)
    done = runner.step("Audit", path="shop")
    if depth:
        assert "this clone is shallow" in done.stdout
        assert "(in CI: fetch-depth: 0)" in done.stdout
    else:
        assert "title=review-level-0%3A unknown" in done.stdout, done.stdout
    assert git(checkout, "rev-parse", "--is-shallow-repository") == ("true" if depth else "false")
    assert runner.step("Gate").returncode == (2 if depth else 1)


def test_a_wrong_configuration_is_told_and_forges_no_command(runner: Runner) -> None:
    (runner.repository / "shop" / "trl4ml.yaml").write_text('"::error::forged": 1\n')
    done = runner.step("Audit", path="shop")
    marked = re.search(r"::stop-commands::(\w{32})\n(.*?)::\1::", done.stdout, re.DOTALL)
    assert marked and "unknown key '::error::forged'" in marked[2]
    assert "::error title=trl4ml::nothing was checked (exit code 2); see the log" in done.stdout
    assert runner.step("Gate").returncode == 2


def test_two_uses_in_one_job_keep_their_reports_apart(runner: Runner) -> None:
    assert runner.step("Audit", path="shop").returncode == 0
    first = runner.outputs()
    assert runner.step("Audit", path=".").returncode == 0
    second = runner.outputs()
    assert (Path(first["folder"]).name, Path(second["folder"]).name) == (
        "trl4ml-reports", "trl4ml-reports-2",
    )  # fmt: skip
    assert json.loads(Path(first["report"]).read_text())["report"]["project"] == "shop"
    assert second["exit-code"] == "2"


def said(runner: Runner, own: str) -> None:
    """A `gh` that notes what it is asked, and knows one comment or none."""
    gh = runner.folder / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\necho "$*" >> "{runner.folder}/asked"\n'
                  f'case "$*" in *--paginate*) echo "{own}" ;; esac\n')  # fmt: skip
    gh.chmod(0o755)
    runner.env["PATH"] = f"{gh.parent}{os.pathsep}{runner.env['PATH']}"


@pytest.mark.parametrize(("changes", "summary"), [(40_000, 40_000), (70_000, 59_000), (0, 70_000)])
def test_a_comment_that_is_too_long_keeps_the_verdict_where_it_can(
    runner: Runner, changes: int, summary: int
) -> None:
    runner.event("0" * 40)
    (runner.folder / "output").write_text(f"folder={runner.folder}/temp/trl4ml-reports\n")
    lay_out(runner.folder / "temp" / "trl4ml-reports",
            {"changes.md": "é" * (changes // 2), "summary.md": "ü" * (summary // 2)})  # fmt: skip
    said(runner, "")
    assert runner.step("Comment", category='x"--><b>').returncode == 0
    body = (runner.folder / "temp" / "trl4ml-reports" / "comment.md").read_text()
    assert body.startswith("<!-- x-----b- -->\n")
    assert body.endswith("see the summary of the job.\n")
    assert ("ü" in body) is (summary < 60_000)
    assert len(body.encode()) < 60_000
    asked = (runner.folder / "asked").read_text()
    assert '.user.type == "Bot" and (.body | startswith("<!-- x-----b- -->"))' in asked


@pytest.mark.parametrize("own", ["", "41"])
def test_a_comment_is_made_once_and_then_changed(runner: Runner, own: str) -> None:
    runner.event(git(runner.repository, "rev-parse", "HEAD"))
    runner.step("Audit", path="shop")
    said(runner, own)
    done = runner.step("Comment")
    assert done.returncode == 0, done.stderr
    last = (runner.folder / "asked").read_text().splitlines()[-1]
    expected = (
        "PATCH repos/ada/shop/issues/comments/41"
        if own
        else "POST repos/ada/shop/issues/7/comments"
    )
    assert f"--silent -X {expected} -F body=@" in last
    body = (runner.folder / "temp" / "trl4ml-reports" / "comment.md").read_text()
    assert body.startswith("<!-- trl4ml -->\n")
    assert len(body) < 60_000


@pytest.mark.parametrize("fails", ["*--paginate*", "*-X*"])
def test_a_comment_that_may_not_be_written_fails_no_gate(runner: Runner, fails: str) -> None:
    """The token of a pull request from a fork only reads."""
    runner.event("0" * 40)
    (runner.folder / "output").write_text(f"folder={runner.folder}/temp/trl4ml-reports\n")
    lay_out(runner.folder / "temp" / "trl4ml-reports", {"summary.md": "so it is\n"})
    said(runner, "")
    gh = runner.folder / "bin" / "gh"
    gh.write_text(f'#!/bin/sh\ncase "$*" in {fails}) echo "HTTP 403" >&2; exit 1 ;; esac\n')
    done = runner.step("Comment")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "::warning title=trl4ml::the comment could not be written: it needs"
    )


def test_the_action_takes_inputs_from_the_environment_alone_and_pins_what_it_uses() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"]) if "uses" in step else True
    for script in (ROOT / "action").glob("*.sh"):
        assert os.access(script, os.X_OK)
        assert "${{" not in script.read_text()


@pytest.fixture(scope="module")
def links(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an index would offer: the wheels of the core, and ours."""
    folder = tmp_path_factory.mktemp("links")
    for wheel in WHEELS.glob("*.whl"):
        (folder / wheel.name).symlink_to(wheel)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=checkout, check=True, capture_output=True)
    return folder


def scripts(name: str) -> tuple[str, dict[str, str]]:
    """The shell part of a recipe, and the variables it declares."""
    text = (ROOT / name).read_text()
    if name.endswith("Jenkinsfile"):
        found = re.search(r"sh '''(.*?)'''", text, re.DOTALL)
        assert found
        return found[1], dict(re.findall(r"(\w+) = '(.*?)'", text))
    *head, body = yaml.safe_load_all(text)
    if not head:
        return next(s["script"] for s in body["steps"] if "script" in s), body["variables"]
    defaults = {key: one["default"] for key, one in head[0]["spec"]["inputs"].items()}
    variables: dict[str, Any] = body["trl4ml"]["variables"]
    filled = {
        key: re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda m: defaults[m[1]], value)
        for key, value in variables.items()
    }
    return "\n".join(body["trl4ml"]["script"]), filled


@pytest.mark.parametrize(
    "name", ["templates/trl4ml.yml", "examples/ci/Jenkinsfile", "examples/ci/azure-pipelines.yml"]
)
def at_a_desk_of(tmp_path: Path, links: Path, name: str) -> tuple[Path, str, dict[str, str]]:
    """A project, the script of the recipe, and the variables that its runner sets."""
    script, variables = scripts(name)
    here = tmp_path / "repo"
    lay_out(here, {key.removeprefix("shop/"): text for key, text in PROJECT.items()}, git=True)
    for folder in ("tmp", "workspace", "agent"):
        (tmp_path / folder).mkdir()
    places = {"TMPDIR": "tmp", "WORKSPACE_TMP": "workspace", "AGENT_TEMPDIRECTORY": "agent"}
    folders = {key: str(tmp_path / folder) for key, folder in places.items()}
    return here, script, clean(tmp_path, links, **variables, **folders)


@pytest.mark.parametrize(
    "name", [GITLAB, "examples/ci/Jenkinsfile", "examples/ci/azure-pipelines.yml"]
)
def test_a_recipe_runs_as_it_is_printed(tmp_path: Path, links: Path, name: str) -> None:
    here, script, env = at_a_desk_of(tmp_path, links, name)
    done = bash(script, here, env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("READY")
    assert (here / "trl4ml-gates.xml").read_text().startswith("<?xml")
    git(here, "rm", "-q", "LICENSE")
    failed = bash(script, here, env)
    assert failed.returncode == 1, failed.stdout + failed.stderr


def test_the_component_of_gitlab_compares_with_the_base_of_a_merge_request(
    tmp_path: Path, links: Path
) -> None:
    here, script, env = at_a_desk_of(tmp_path, links, GITLAB)
    empty = git(here, "hash-object", "-w", "-t", "tree", os.devnull)
    before = git(here, "commit-tree", "-m", "before trl4ml", empty)
    base = git(here, "rev-parse", "HEAD")

    def compared(**more: str) -> subprocess.CompletedProcess[str]:
        return bash(script, here, {**env, **more})

    first = compared(CI_MERGE_REQUEST_DIFF_BASE_SHA=before)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "there was no trl4ml.yaml yet" in first.stdout
    lost = compared(CI_MERGE_REQUEST_DIFF_BASE_SHA="0" * 40)
    assert lost.returncode == 2
    assert "git knows no such revision" in lost.stdout
    git(here, "rm", "-q", "LICENSE")
    git(here, "commit", "-qm", "away")
    for name in ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "TRL4ML_SINCE"):
        failed = compared(**{name: base})
        assert failed.returncode == 1
        assert "level fell from 0 to below entry" in failed.stdout, name
    assert len(json.loads((here / "trl4ml-quality.json").read_text())) == 1
    merged = compared(
        CI_MERGE_REQUEST_DIFF_BASE_SHA=before, CI_MERGE_REQUEST_TARGET_BRANCH_SHA=base
    )
    assert "level fell" in merged.stdout, "the target of a merged result, not where it branched off"


def test_the_component_of_gitlab_asks_the_target_branch_who_may_review(
    tmp_path: Path, links: Path
) -> None:
    here, script, env = at_a_desk_of(tmp_path, links, GITLAB)
    origin = tmp_path / "origin"
    subprocess.run(["git", "clone", "-q", "--bare", str(here), str(origin)], check=True)
    git(here, "remote", "add", "origin", str(origin))
    git(here, "push", "-q", "origin", "HEAD:refs/heads/release")
    fetched = {**env, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release"}
    done = bash(script, here, fetched)
    assert done.returncode == 0, done.stdout + done.stderr
    assert git(here, "rev-parse", "origin/release") == git(here, "rev-parse", "HEAD")
    gone = bash(script, here, {**env, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "nowhere"})
    assert gone.returncode == 2, "whose reviews count is unknown, and unknown never passes"
    assert "origin/nowhere" in gone.stderr


def test_shell_scripts_are_free_of_known_mistakes() -> None:
    for script in (ROOT / "action").glob("*.sh"):
        subprocess.run(["bash", "-n", str(script)], check=True)
        if shutil.which("shellcheck"):
            subprocess.run(["shellcheck", str(script)], check=True)
