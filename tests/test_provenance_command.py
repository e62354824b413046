"""`trl4ml provenance` and `gate --model` as a user meets them: real processes on real files."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.provenance.signing import bundle, key, lay, pem, statement, trusting
from trl4ml.testing import lay_out

pytestmark = pytest.mark.slow

KEY = key()
HERE = Path(__file__).parent


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return lay(tmp_path / "model")


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    lay(tmp_path, {"key.pem": pem(KEY).encode(), "trust.json": trusting(KEY),
                   "model.sig": bundle(KEY, statement())})  # fmt: skip
    return tmp_path


BY_KEY = ["--signature", "model.sig", "--key", "key.pem"]


# ── manifest ────────────────────────────────────────────────────────────────────────────────────
def test_a_manifest_goes_to_the_screen_or_to_a_file_and_is_the_same(
    model: Path, trl4ml: Run
) -> None:
    shown = trl4ml("provenance", "manifest", "model")
    written = trl4ml("provenance", "manifest", "model", "--out", "model/m.json")
    again = trl4ml("provenance", "manifest", "model", "--out", "model/m.json")
    assert (shown.returncode, written.returncode, again.returncode) == (0, 0, 0)
    assert shown.stderr == written.stdout == ""
    assert (model / "m.json").read_text() == shown.stdout
    assert [one["name"] for one in json.loads(shown.stdout)["files"]] == [
        "config.json",
        "weights.bin",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["manifest", "gone"], "gone does not exist; name a model's file or folder"),
        (["manifest", "empty"], "empty holds no file; name the folder that holds the model"),
        (["verify", "model"],
         "nothing to verify against: give --manifest FILE, or --signature FILE with --key PEM or "
         "--trust FILE"),
        (["verify", "model", "--signature", "model.sig"],
         "--signature: whose? give the signer's public key with --key PEM, or a trust file with "
         "--trust FILE; the key in a bundle proves nothing"),
        (["verify", "model", "--manifest", "gone.json"],
         "gone.json cannot be read (No such file or directory); give another file"),
        (["verify", "model", "--manifest", "model/config.json"],
         "model/config.json is no model manifest ('manifest' should be 'trl4ml-model-manifest/1'); "
         "make one with: trl4ml provenance manifest MODEL"),
        (["verify", "model", "--signature", "model.sig", "--key", "trust.json"],
         "trust.json: 'trust.json' is no public key in PEM"),
        (["verify", "model", "--signature", "model/weights.bin", "--key", "key.pem"],
         "model/weights.bin is not JSON at line 1; write it again"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_one_sentence_and_exit_2(
    arguments: list[str], sentence: str, model: Path, signed: Path, trl4ml: Run
) -> None:
    (signed / "empty").mkdir()
    done = trl4ml("provenance", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"trl4ml: {sentence}\n")


# ── verify ──────────────────────────────────────────────────────────────────────────────────────
def test_manifest_and_signature_are_verified_together(
    model: Path, signed: Path, trl4ml: Run
) -> None:
    trl4ml("provenance", "manifest", "model", "--out", "m.json")
    done = trl4ml("provenance", "verify", "model", "--manifest", "m.json", *BY_KEY)
    digest = json.loads((signed / "m.json").read_text())["digest"]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"AS IN THE MANIFEST  model: 2 files, 6 bytes\n  digest {digest}\n"
        "VERIFIED  model, signed by key.pem\n"
        "  files: 2 signed, 0 changed, 0 missing, 0 unsigned, 0 ignored\n"
    )


def test_every_file_that_is_other_is_named_and_the_exit_is_1(
    model: Path, signed: Path, trl4ml: Run
) -> None:
    trl4ml("provenance", "manifest", "model", "--out", "m.json")
    (model / "config.json").write_text("{} ")
    (model / "\x1b[31mred.py").write_text("import os")
    done = trl4ml("provenance", "verify", "model", "--manifest", "m.json", *BY_KEY)
    assert done.returncode == 1
    assert done.stdout == (
        "NOT AS IN THE MANIFEST  model: 3 files, 16 bytes\n"
        "  config.json has changed (2 bytes, now 3)\n"
        "  \\x1b[31mred.py is not among the reviewed files (9 bytes)\n"
        "NOT VERIFIED  model, signed by key.pem\n"
        "  files: 2 signed, 1 changed, 0 missing, 1 unsigned, 0 ignored\n"
        "  \\x1b[31mred.py is not signed\n"
        "  config.json has changed\n"
    )


def test_unsigned_files_may_be_left_alone_and_the_result_says_so(
    model: Path, signed: Path, trl4ml: Run
) -> None:
    lay(model, {"README": b"x"})
    done = trl4ml("provenance", "verify", "model", "--signature", "model.sig", "--trust",
                  "trust.json", "--ignore-unsigned-files")  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith(
        "VERIFIED, BUT UNSIGNED FILES LIE BESIDE IT  model, signed by key 1\n"
    )


def test_json_holds_the_same_facts(model: Path, signed: Path, trl4ml: Run) -> None:
    done = trl4ml("provenance", "verify", "model", *BY_KEY, "--format", "json")
    told = json.loads(done.stdout)
    assert (told["holds"], told["signature"]["status"], told["signature"]["signed"]) == (
        True,
        "verified",
        2,
    )


# ── gate --model ────────────────────────────────────────────────────────────────────────────────
ITEM = """\
  - id: bytes-reviewed-LEVEL
    level: LEVEL
    ask: Is it on record at level LEVEL which model was reviewed?
    why: Files can be exchanged.
    wants: model_manifest_current
    if_not: {remedy: Write a manifest., effort: minutes}
"""
HEAD = "checklist: mini\nversion: '1'\ntitle: A small checklist\nabout: For tests.\nitems:\n"
LICENCE = ITEM.replace("model_manifest_current", "license_file").replace("LEVEL", "0")
ITEMS = HEAD + LICENCE + "".join(ITEM.replace("LEVEL", str(level)) for level in range(1, 8))
CONFIG = """\
name: tiny
owners: [Ada]
checklists: [mini.yaml]
components: [{name: model, kind: model, claims: 7}]
probes:
  model-manifest-current: {manifests: {model: provenance/model.json}}
  model-signed: {signatures: {model: provenance/model.sig}, trust: provenance/trust.json}
"""


@pytest.fixture
def project(tmp_path: Path, trl4ml: Run) -> Path:
    """A project whose model was reviewed, audited; and a copy of the model, about to be deployed."""
    folder = tmp_path / "project"
    lay(folder / "model")
    lay(folder / "provenance", {"trust.json": trusting(KEY), "model.sig": bundle(KEY, statement())})
    trl4ml("provenance", "manifest", "model", "--out", "provenance/model.json", cwd=folder)
    lay_out(folder, {"trl4ml.yaml": CONFIG, "mini.yaml": ITEMS, "LICENSE": "MIT"}, git=True)
    assert trl4ml("audit", cwd=folder).returncode == 0
    shutil.copytree(folder / "model", tmp_path / "served" / "model")
    return folder


GATE = ["gate", "--min-level", "7", "--model", "../served/model"]


def test_the_reviewed_model_of_a_ready_project_passes(project: Path, trl4ml: Run) -> None:
    done = trl4ml(*GATE, cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(
        r"THE REVIEWED MODEL  ../served/model against model of trl4ml.yaml\n"
        r"AS IN THE MANIFEST  ../served/model: 2 files, 6 bytes\n  digest [0-9a-f]{64}\n"
        r"VERIFIED  ../served/model, signed by key 1\n"
        r"  files: 2 signed, 0 changed, 0 missing, 0 unsigned, 0 ignored\n\nREADY  tiny",
        done.stdout,
    )


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda m: (m / "weights.bin").write_bytes(b"\0\1\2\4"), "weights.bin has changed (SHA-256 "),
        (lambda m: (m / "weights.bin").rename(m / "w.bin"), "weights.bin was renamed to w.bin"),
        (lambda m: lay(m, {"sub/adapter_model.safetensors": b"x"}),
         "sub/adapter_model.safetensors is not among the reviewed files (1 byte)"),
        (lambda m: (m / "config.json").unlink(), "config.json is missing"),
    ],
)  # fmt: skip
def test_an_artefact_that_is_other_fails_with_the_file_named(
    act: object, told: str, project: Path, trl4ml: Run
) -> None:
    assert callable(act)
    act(project.parent / "served" / "model")
    done = trl4ml(*GATE, cwd=project)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "NOT THE REVIEWED MODEL  ../served/model against model of trl4ml.yaml\n"
    )
    assert f"  {told}" in done.stdout
    assert "READY  tiny" in done.stdout


def test_as_data_the_report_stands_alone_on_stdout(project: Path, trl4ml: Run) -> None:
    done = trl4ml(*GATE, "--output-format", "json", cwd=project)
    assert done.returncode == 0
    assert '"tiny"' in json.dumps(json.loads(done.stdout))
    assert done.stderr.startswith("THE REVIEWED MODEL  ../served/model")


def test_a_manifest_that_was_made_again_without_an_audit_proves_nothing(
    project: Path, trl4ml: Run
) -> None:
    lay(project / "model", {"extra.bin": b"x"})
    lay(project.parent / "served" / "model", {"extra.bin": b"x"})
    trl4ml("provenance", "manifest", "model", "--out", "provenance/model.json", cwd=project)
    done = trl4ml("gate", "--min-level", "0", *GATE[3:], cwd=project)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "NOT THE REVIEWED MODEL  ../served/model\n  model-manifest-current: no current evidence: "
    )
    assert "READY  tiny" in done.stdout


def test_a_signature_that_the_artefact_does_not_bear_out_fails_too(
    project: Path, trl4ml: Run
) -> None:
    (project / "provenance" / "model.sig").write_bytes(bundle(key(), statement()))
    done = trl4ml(*GATE, cwd=project)
    assert done.returncode == 1
    assert "  the signature is not of the key 'key 1' over this payload\n" in done.stdout


def test_a_signature_that_nobody_is_trusted_for_fails_too(project: Path, trl4ml: Run) -> None:
    (project / "trl4ml.yaml").write_text(CONFIG.replace(", trust: provenance/trust.json", ""))
    done = trl4ml(*GATE, cwd=project)
    assert done.returncode == 1
    assert done.stdout.startswith("NOT THE REVIEWED MODEL")
    says = "trl4ml.yaml declares a signature and no trust file under probes: model-signed"
    assert f"  {says}\n" in done.stdout


@pytest.fixture
def within(project: Path, trl4ml: Run) -> Path:
    """The artefact of a project that keeps the manifest inside its model."""
    text = CONFIG.replace("provenance/model.json", "model/m.json")
    (project / "trl4ml.yaml").write_text("".join(text.partition("  model-signed")[:1]))
    trl4ml("provenance", "manifest", "model", "--out", "model/m.json", cwd=project)
    assert trl4ml("audit", cwd=project).returncode == 0
    served = project.parent / "served" / "model"
    shutil.copy(project / "model" / "m.json", served)
    assert trl4ml(*GATE, cwd=project).returncode == 0
    return served


def test_a_manifest_in_the_artefact_is_the_projects_own_or_none(
    within: Path, project: Path, trl4ml: Run
) -> None:
    (within / "m.json").write_text("#!/bin/sh")
    done = trl4ml(*GATE, cwd=project)
    assert done.returncode == 1
    assert "  ../served/model/m.json is not the model/m.json of the project\n" in done.stdout
    (within / "m.json").unlink()
    assert trl4ml(*GATE, cwd=project).returncode == 0
    lay(within / "m.json", {"modeling_evil.py": b"import os"})
    done = trl4ml(*GATE, cwd=project)
    assert done.returncode == 1
    assert "  m.json/modeling_evil.py is not among the reviewed files (9 bytes)" in done.stdout


def test_what_no_manifest_lists_is_at_least_named(model: Path, signed: Path, trl4ml: Run) -> None:
    trl4ml("provenance", "manifest", "model", "--out", "m.json")
    lay(model / ".github", {"run.py": b"import os"})
    done = trl4ml("provenance", "verify", "model", "--manifest", "m.json")
    assert done.returncode == 0
    assert "  not looked at: 1 file of git's, such as .github/run.py\n" in done.stdout


def test_a_path_that_no_disk_holds_is_one_sentence(trl4ml: Run) -> None:
    done = trl4ml("provenance", "manifest", "a" * 5000)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be read (File name too long); name a model's file or folder" in done.stderr


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (CONFIG[: CONFIG.index("probes:")],
         "--model: trl4ml.yaml declares no manifest, so nothing says which model was reviewed; set "
         "manifests under probes: model-manifest-current"),
        (CONFIG.replace("{model: provenance/model.json}", "{a: m.json, b: n.json}"),
         "--model ../served/model: trl4ml.yaml declares a, b; which one is meant shows its name, so "
         "give the folder or file the name of one of them"),
    ],
)  # fmt: skip
def test_what_leaves_open_which_model_is_meant_is_refused(
    config: str, sentence: str, project: Path, trl4ml: Run
) -> None:
    (project / "trl4ml.yaml").write_text(config)
    (project / "mini.yaml").write_text(ITEMS.replace("model_manifest_current", "license_file"))
    trl4ml("audit", cwd=project)
    done = trl4ml(*GATE, cwd=project)
    assert (done.returncode, done.stderr) == (2, f"trl4ml: {sentence}\n")


def test_a_project_whose_checklists_do_not_ask_for_the_manifest_is_told_to_add_one(
    project: Path, trl4ml: Run
) -> None:
    (project / "mini.yaml").write_text(ITEMS.replace("model_manifest_current", "license_file"))
    trl4ml("audit", cwd=project)
    done = trl4ml(*GATE, cwd=project)
    assert done.returncode == 2
    assert done.stderr == (
        "trl4ml: --model: no checklist in force asks for model-manifest-current; add engineering to "
        "checklists in trl4ml.yaml\n"
    )
