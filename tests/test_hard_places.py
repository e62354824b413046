"""Where audits are run: full disks, read-only trees, two at once, other clocks and languages."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run, git
from trl4ml.testing import lay_out

pytestmark = pytest.mark.slow

OWN = """checklist: own
version: "1"
title: Ours
about: What we ask.
items:
  - {id: licensed, level: 0, ask: Is it?, why: So., wants: license_file, if_not: {remedy: Do., effort: hours}}
  - {id: seeded, level: 1, ask: Sind alle Zufälle gesät?, why: So., wants: seeds_set, if_not: {remedy: Do., effort: hours}}
  - {id: said, level: 1, ask: Is it?, why: So., wants: answer, if_not: {remedy: Do., effort: hours}}
"""
FILES = {
    "trl4ml.yaml": "name: shop\nchecklists: [own.yaml]\ncriticality: low\n", "own.yaml": OWN,
    "LICENSE": "Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n",
    "train.py": "import random\nrandom.random()\n", "ünï.py": "import random\nrandom.shuffle([])\n",
}  # fmt: skip
FORMATS = (
    "text",
    "json",
    "markdown",
    "summary",
    "sarif",
    "sarif-github",
    "junit",
    "github",
    "gitlab",
)
TRL4ML = f"{sys.executable} -m trl4ml"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    lay_out(tmp_path / "shop", FILES, git=True)
    return tmp_path / "shop"


def outputs(shop: Path, trl4ml: Run, to: Path, **env: str) -> dict[str, str]:
    args = [f"--output-format={one}={to / one}" for one in FORMATS]
    done = trl4ml("audit", *args, cwd=shop, **env)
    assert (done.returncode, done.stderr) == (1, "")
    return {one: hashlib.sha256((to / one).read_bytes()).hexdigest() for one in FORMATS}


def test_the_same_tree_gives_the_same_bytes_on_another_machine(
    shop: Path, trl4ml: Run, tmp_path: Path
) -> None:
    other = tmp_path / "another place" / "ünï cödé"
    subprocess.run(["git", "clone", "-q", str(shop), str(other)], check=True)
    for path in other.rglob("*"):
        if ".git" not in path.parts:
            os.utime(path, (1, 1))
    here = {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"}
    there = {
        "LC_ALL": "C.UTF-8",
        "TZ": "America/Los_Angeles",
        "PYTHONHASHSEED": "2",
        "COLUMNS": "80",
    }
    assert outputs(shop, trl4ml, tmp_path / "a", **here) == outputs(
        other, trl4ml, tmp_path / "b", **there
    )


def test_a_cold_and_a_warm_audit_say_the_same(shop: Path, trl4ml: Run, tmp_path: Path) -> None:
    cold = outputs(shop, trl4ml, tmp_path / "cold")
    assert outputs(shop, trl4ml, tmp_path / "warm") == cold


def test_two_audits_of_one_project_do_not_disturb_each_other(shop: Path, trl4ml: Run) -> None:
    command = [sys.executable, "-m", "trl4ml", "audit", "--format", "json"]
    running = [
        subprocess.Popen(command, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    ended = [(one.communicate(), one.returncode) for one in running]
    assert {code for _, code in ended} == {1}
    assert {err for (_, err), _ in ended} == {b""}
    assert len({out for (out, _), _ in ended}) == 1
    stored = list((shop / ".trl4ml" / "store" / "evidence").glob("*.json"))
    assert stored
    assert all(hashlib.sha256(p.read_bytes()).hexdigest() == p.stem for p in stored)
    assert trl4ml("gate", "--min-level", "0", cwd=shop).returncode == 0


def on_a_small_disk(shop: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Runs the script in a copy of the project on a file system of its own, of 2 MB."""
    mount = shop.parent / "disk"
    mount.mkdir()
    whole = (
        f"set -e; mount -t tmpfs -o size=2m none {mount}; cp -r {shop}/. {mount}; cd {mount}; "
        f"set +e; {script}"
    )
    alone = ["unshare", "--map-root-user", "--mount"]
    return subprocess.run(
        [*alone, "bash", "-c", whole], capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip


FULL = "dd if=/dev/zero of=filler bs=1k 2>/dev/null; dd if=/dev/zero of=filler2 bs=1 2>/dev/null; "


def test_a_full_disk_is_said_and_nothing_is_lost(shop: Path) -> None:
    done = on_a_small_disk(shop, f"echo filler* >> .git/info/exclude; {FULL} {TRL4ML} audit --level 0; echo code $?; "
                                 f"rm filler; {TRL4ML} audit --level 0 > /dev/null; echo code $?")  # fmt: skip
    assert "evidence was not stored (No space left on device)" in done.stderr
    assert done.stdout.startswith("READY  shop supports level 0")
    assert done.stdout.count("code 0") == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("audit --output-format json=out.json", "out.json"),
        ("evidence export --output e.zip", "e.zip"),
        ("waive licensed --owner Ada --reason 'agreed with legal' --until 30d", "trl4ml.yaml"),
        ("baseline --owner Ada --reason 'agreed with legal' --until 30d", "trl4ml-baseline.yaml"),
        ("answer said yes --note 'as we agreed' --by Ada", ".trl4ml/answers"),
    ],
)
def test_what_cannot_be_written_is_not_half_written(shop: Path, command: str, file: str) -> None:
    large = 'yes "# padding" | head -c 12000 >> trl4ml.yaml; '
    done = on_a_small_disk(shop, f"{large} cp trl4ml.yaml /tmp/before-$$; {FULL} {TRL4ML} {command}; echo code $?; "
                                 f"cmp trl4ml.yaml /tmp/before-$$ && echo same; rm /tmp/before-$$; "
                                 f"ls -a; test -s {file} && cat {file} | head -c 100")  # fmt: skip
    assert "code 2" in done.stdout, done.stdout + done.stderr
    assert "No space left on device" in done.stderr
    assert "same" in done.stdout
    assert ".writing-" not in done.stdout
    if file != "trl4ml.yaml":
        assert file not in done.stdout.split()
    assert "Traceback" not in done.stderr


def test_a_read_only_tree_is_audited_with_a_word_about_it(shop: Path) -> None:
    script = f"mount -o remount,ro {shop.parent / 'disk'}; {TRL4ML} audit --level 0; echo code $?"
    done = on_a_small_disk(shop, script)
    assert "code 0" in done.stdout, done.stdout + done.stderr
    assert "evidence was not stored (Read-only file system)" in done.stderr


def test_a_read_only_tree_with_evidence_is_gated_in_silence(shop: Path, trl4ml: Run) -> None:
    trl4ml("audit", cwd=shop)
    script = f"mount -o remount,ro {shop.parent / 'disk'}; {TRL4ML} audit > /dev/null; {TRL4ML} gate --min-level 0; echo code $?"
    done = on_a_small_disk(shop, f"{TRL4ML} audit > /dev/null; {script}")
    assert "code 0" in done.stdout, done.stdout + done.stderr
    assert done.stderr == ""


def test_without_a_home_every_format_is_made(shop: Path, trl4ml: Run, tmp_path: Path) -> None:
    assert outputs(shop, trl4ml, tmp_path / "out", HOME="", XDG_CONFIG_HOME="", XDG_CACHE_HOME="")


def test_a_commit_changes_the_report_only_in_what_it_changed(shop: Path, trl4ml: Run) -> None:
    before = json.loads(trl4ml("audit", "--format", "json", cwd=shop).stdout)["digest"]
    git(shop, "commit", "-q", "--allow-empty", "-m", "nothing")
    after = json.loads(trl4ml("audit", "--format", "json", cwd=shop).stdout)["digest"]
    assert before == after
    shutil.rmtree(shop / ".trl4ml")
    assert json.loads(trl4ml("audit", "--format", "json", cwd=shop).stdout)["digest"] == before
