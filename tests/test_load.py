"""YAML to nouns: every complaint at its line and column, all at once, nothing guessed."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.errors import Complaints, WrongInput
from trl4ml.load import disk, files
from trl4ml.load.text import Refused, parse, plain
from trl4ml.loading import find, load_all

MINIMAL = "name: p\n"
ITEM = (
    "- {id: a, level: 0, ask: q, why: w, wants: license_file, if_not: {remedy: r, effort: hours}}"
)
OWN = f"checklist: own\nversion: 1.10\ntitle: t\nabout: a\nitems:\n  {ITEM}\n"


def complaints(text: str) -> list[str]:
    with pytest.raises(Complaints) as caught:
        files.project(text)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "trl4ml.yaml:1:1: the file is empty"),
        ("# only a remark\n", "trl4ml.yaml:1:1: the file is empty"),
        ("- a\n", "trl4ml.yaml:1:1: should be a mapping of keys to values"),
        ("name: p\n---\nname: q\n", "trl4ml.yaml:3:1: a second document begins"),
        ("owners: []\n", "trl4ml.yaml:1:1: name: is missing"),
        ("name: p\nname: q\n", "trl4ml.yaml:2:1: the key 'name' appears twice"),
        ("name: p\nownrs: []\n", "trl4ml.yaml:2:1: unknown key 'ownrs'; did you mean 'owners'?"),
        ("name: p\npolicy:\n  waiver: []\n",
         "trl4ml.yaml:3:3: unknown key 'waiver'; did you mean 'waivers'?"),
        ("name: p\nzzz: 1\n", "trl4ml.yaml:2:1: unknown key 'zzz'; known here: name, owners, "
         "criticality, components, retired, checklists, policy, probes, registers"),
        ("name: My Project\n", "trl4ml.yaml:1:7: name: should be small letters, digits and single "
         "hyphens, as in my-model"),
        ("name: p\nowners: Ada\n", "trl4ml.yaml:2:9: owners: should be a list"),
        ("name: p\ncriticality: hihg\n", "trl4ml.yaml:2:14: criticality: should be 'low', 'medium', "
         "'high' or 'critical'; did you mean 'high'?"),
        ("name: p\ncriticality: no\n", "trl4ml.yaml:2:14: criticality: should be 'low', 'medium', "
         "'high' or 'critical'"),
        ("name: p\ncomponents:\n  - {name: m, claims: TRL 4}\n",
         "trl4ml.yaml:3:23: components.0.claims: should be a whole number"),
        ("name: p\ncomponents:\n  - {name: m, claims: 10}\n",
         "trl4ml.yaml:3:23: components.0.claims: should be at most 9"),
        ("name: p\ncomponents:\n  - {name: m, claims: 1.5}\n",
         "trl4ml.yaml:3:23: components.0.claims: should be a whole number"),
        ("name: p\ncomponents:\n  - {name: m, claims: yes}\n",
         "trl4ml.yaml:3:23: components.0.claims: should be a whole number"),
        ("name: p\ncomponents:\n  - {name: m, entry_level: 3}\n",
         "trl4ml.yaml:3:28: components.0.entry_level: entry_level above 0 needs an entry_reason"),
        ("name: p\ncomponents:\n  - {name: m, entry_level: 3, entry_reason: bought, claims: 2}\n",
         "trl4ml.yaml:3:61: components.0.claims: 2 is below entry_level 3"),
        ("name: p\ncomponents:\n  - {name: m, paths: [../other]}\n", "trl4ml.yaml:3:22: "
         "components.0.paths: '../other' leaves the project; give a path relative to trl4ml.yaml"),
        ("name: p\ncomponents: [{name: m}, {name: m}]\n",
         "trl4ml.yaml:2:25: components.1: 'm' is named twice"),
        ("name: p\nchecklists: []\n",
         "trl4ml.yaml:2:13: checklists: name at least one checklist, such as mltrl"),
        ("name: p\ncriticality: high\npolicy: {required_level: 4}\n", "trl4ml.yaml:3:26: "
         "policy.required_level: 4 is below the 7 that criticality high requires; a policy only "
         "tightens"),
        ("name: p\npolicy:\n  waivers:\n  - {item: a, owner: b, reason: too short it is, until: 1m}\n",
         "trl4ml.yaml:4:57: policy.waivers.0.until: should be a date as in 2027-01-31"),
        ("name: p\npolicy:\n  waivers:\n  - {item: a, owner: b, reason: short, until: 2027-01-01}\n",
         "trl4ml.yaml:4:33: policy.waivers.0.reason: should have at least 10 "
         "characters"),
        ("name: p\npolicy:\n  waivers:\n  - {item: a, owner: b, reason: agreed with legal}\n",
         "trl4ml.yaml:4:5: policy.waivers.0.until: is missing"),
        ("name: p\npolicy: {thresholds: {a: .nan}}\n",
         "trl4ml.yaml:2:26: policy.thresholds.a: should be a number"),
        ("name: !!python/name:os.system x\n", "trl4ml.yaml:1:7: the tag "
         "'tag:yaml.org,2002:python/name:os.system' is not accepted"),
        ("name: &a p\nowners: [*a]\n", "trl4ml.yaml:2:10: aliases (*name) are not accepted"),
        ("name: [\n", "trl4ml.yaml:2:1: did not find expected node content"),
        ("name: p\n\tx: 1\n", "trl4ml.yaml:2:1: found a tab character that violates indentation"),
        ("? {a: b}\n: c\n", "trl4ml.yaml:1:3: a key must be a plain word"),
        ("name: p\x07\n", "trl4ml.yaml:1:8: unacceptable character #x0007: control characters are not allowed"),
        ("[" * 50, "trl4ml.yaml:1:41: nested deeper than 40"),
        ("[" * 100_000, "trl4ml.yaml:1:41: nested deeper than 40"),
    ],
)  # fmt: skip
def test_a_complaint_names_file_line_column_and_remedy(text: str, says: str) -> None:
    assert complaints(text) == [says]


def test_all_complaints_come_at_once_in_the_order_of_the_lines() -> None:
    text = "nam: p\nowners: x\ncriticality: hih\nchecklists:\n  - mltrl\n  - 3: 4\n"
    assert [line.split(":")[1] for line in complaints(text)] == ["1", "1", "2", "3", "6"]


def test_more_mistakes_than_anybody_reads_are_only_counted() -> None:
    assert complaints("name: p\nowners:\n" + "- []\n" * 10_001) == [
        "trl4ml.yaml:1:1: has 10001 mistakes, too many to tell; is it the right file?"
    ]


def test_text_stays_what_the_author_wrote() -> None:
    project = files.project("name: p\nowners: [1.10, 2026-01-01, no, 017, 1:30, 1e3]\n")
    assert project.owners == ("1.10", "2026-01-01", "no", "017", "1:30", "1e3")


def test_a_version_of_a_checklist_may_look_like_a_number() -> None:
    assert files.checklist(OWN, "own.yaml").version == "1.10"


def test_a_number_too_long_to_be_one_stays_text() -> None:
    assert plain("9" * 5000) == "9" * 5000


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_yaml_or_refused_with_a_place(text: str) -> None:
    try:
        json.dumps(parse(text).data)
    except Refused as refused:
        assert all(spot.line >= 1 and spot.column >= 1 and spot.says for spot in refused.spots)


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        ("wants: license_file", "wants: license_file >", "own.yaml:6:46: items.0.wants: column 15"),
        ("wants: license_file", "wants: 1 >= 1", "column 1: it asks for nothing that is measured"),
        ("wants: license_file", "wants: policy.x >= 1", "it asks for nothing that is measured"),
        ("effort: hours", "effort: quick", "should be 'minutes', 'hours', 'days' or 'weeks'"),
        ("level: 0", "level: L0", "own.yaml:6:20: items.0.level: should be a whole number"),
        ("why: w, ", "", "own.yaml:6:5: items.0.why: is missing"),
        ("why: w", "why: ''", "own.yaml:6:36: items.0.why: should have at least 1 characters"),
    ],
)
def test_a_broken_item_is_named_at_its_line(written: str, instead: str, says: str) -> None:
    with pytest.raises(Complaints) as caught:
        files.checklist(OWN.replace(written, instead), "own.yaml")
    assert says in str(caught.value)


def project_in(folder: Path, config: str, own: str = OWN) -> Path:
    (folder / "trl4ml.yaml").write_text(f"name: p\nchecklists: [own.yaml]\n{config}")
    (folder / "own.yaml").write_text(own)
    return folder


@pytest.mark.parametrize(
    ("config", "own", "says"),
    [
        ("", OWN.replace("license_file", "licence_file"),
         "own.yaml:6:46: item a wants probe 'licence-file'; did you mean 'license-file'?"),
        ("", OWN.replace("license_file", "license_file.files >= policy.most"),
         "own.yaml:6:46: item a: no threshold 'policy.most'"),
        ("", OWN + "  " + ITEM + "\n", "own.yaml:7:10: item 'a' appears twice"),
        ("policy: {waivers: [{item: b, owner: o, reason: agreed with legal, until: 2027-01-01}]}\n",
         OWN, "trl4ml.yaml:3:27: no item 'b' is in force"),
        ("policy: {waivers: [{item: a, component: q, owner: o, reason: agreed with legal, "
         "until: 2027-01-01}]}\n", OWN, "trl4ml.yaml:3:41: no component 'q'"),
        ("policy: {thresholds: {x: 1}}\n", OWN,
         "trl4ml.yaml:3:26: policy.thresholds: no threshold 'x' (there is: none)"),
        ("policy: {thresholds: {x: 1}}\n",
         OWN.replace("items:", "thresholds: {x: {value: 2, tightens: up, about: a}}\nitems:"),
         "trl4ml.yaml:3:26: policy.thresholds: x 1 is looser than the checklist's 2; a policy only "
         "tightens (up)"),
        ("probes: {license-fil: {}}\n", OWN,
         "trl4ml.yaml:3:10: 'license-fil' is not a probe; did you mean 'license-file'?"),
        ("probes: {license-file: {x: 1}}\n", OWN, "trl4ml.yaml:3:10: 'license-file' takes no options"),
    ],
)  # fmt: skip
def test_project_checklists_and_probes_are_checked_against_each_other(
    tmp_path: Path, config: str, own: str, says: str
) -> None:
    with pytest.raises(Complaints) as caught:
        load_all(project_in(tmp_path, config, own), {})
    assert says in str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("mltr", "trl4ml.yaml:2:14: no checklist is called 'mltr'; did you mean 'mltrl'?"),
        ("../own.yaml", "trl4ml.yaml:2:14: ../own.yaml leaves the project"),
        ("gone.yaml", "trl4ml.yaml:2:14: gone.yaml: No such file or directory"),
    ],
)
def test_a_checklist_that_is_not_there_is_named(tmp_path: Path, named: str, says: str) -> None:
    (tmp_path / "trl4ml.yaml").write_text(f"name: p\nchecklists: [{named}]\n")
    with pytest.raises(WrongInput) as caught:
        load_all(tmp_path, {})
    assert str(caught.value) == says


def test_every_checklist_that_cannot_be_had_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "trl4ml.yaml").write_text(
        'name: p\nchecklists: [mltr, "a\\0.yaml", x.yaml, l.yaml]\n'
    )
    (tmp_path / "l.yaml").symlink_to("l.yaml")
    os.mkfifo(tmp_path / "x.yaml")
    with pytest.raises(Complaints) as caught:
        load_all(tmp_path, {})
    says = str(caught.value)
    assert "no checklist is called 'mltr'" in says
    assert "x.yaml: not a regular file" in says
    assert says.count("trl4ml.yaml:2:") == 4


def test_a_path_of_a_component_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    folder = project_in(tmp_path, "components: [{name: m, paths: [modle]}]\n")
    with pytest.raises(Complaints, match=r"yaml:3:32: there is no 'modle'; did you mean 'model'\?"):
        load_all(folder, {})


def test_many_complaints_are_found_in_one_reading(tmp_path: Path) -> None:
    one = "{{item: b-{}, owner: o, reason: agreed with legal, until: 2027-01-01}}"
    every = ", ".join(one.format(n) for n in range(2000))
    folder = project_in(tmp_path, f"policy: {{waivers: [{every}]}}\n")
    with pytest.raises(Complaints) as caught:
        load_all(folder, {})
    assert len(caught.value.complaints) == 2000


def test_what_is_remembered_wrongly_is_read_again(tmp_path: Path) -> None:
    folder = project_in(tmp_path, "")
    first = load_all(folder, {})
    assert load_all(folder, dict.fromkeys(first.nouns, "{}")) == first


def test_a_config_that_is_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "trl4ml.yaml").symlink_to("/etc/passwd")
    with pytest.raises(WrongInput, match="is a link that leaves the project"):
        find(tmp_path / "in")


@pytest.mark.parametrize("path", ["x" * 5000])
def test_a_path_that_cannot_be_one_is_a_sentence(path: str) -> None:
    with pytest.raises(WrongInput, match="cannot be looked into"):
        find(path)


def test_an_item_of_two_checklists_is_a_complaint_and_not_a_silent_winner(tmp_path: Path) -> None:
    (tmp_path / "trl4ml.yaml").write_text("name: p\nchecklists: [own.yaml, two.yaml]\n")
    (tmp_path / "own.yaml").write_text(OWN)
    (tmp_path / "two.yaml").write_text(OWN.replace("checklist: own", "checklist: two"))
    with pytest.raises(Complaints, match=r"two.yaml:6:10: item 'a' is also in own.yaml"):
        load_all(tmp_path, {})


def test_a_threshold_of_two_checklists_is_a_complaint_and_loosens_nothing(tmp_path: Path) -> None:
    strict = "thresholds: {x: {value: 5, tightens: up, about: a}}\n"
    (tmp_path / "trl4ml.yaml").write_text("name: p\nchecklists: [own.yaml, two.yaml]\n")
    (tmp_path / "own.yaml").write_text(OWN + strict)
    two = OWN.replace("checklist: own", "checklist: two").replace("{id: a", "{id: b")
    (tmp_path / "two.yaml").write_text(two + strict.replace("5", "0"))
    with pytest.raises(Complaints, match=r"two.yaml:7:17: threshold 'x' is also in own.yaml"):
        load_all(tmp_path, {})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name: \xff\n", "trl4ml.yaml:1:1: not UTF-8; save the file as UTF-8"),
        (b"a" * 4_000_001, "trl4ml.yaml: larger than 4 MB; is it the right file?"),
    ],
)
def test_a_file_that_cannot_be_ours_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "trl4ml.yaml"
    path.write_bytes(content)
    with pytest.raises(WrongInput) as caught:
        disk.read(path, "trl4ml.yaml")
    assert str(caught.value) == says


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "trl4ml.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: p\n")
    assert files.project(disk.read(path, "trl4ml.yaml")).name == "p"


def test_what_is_remembered_is_the_same_as_what_is_read(tmp_path: Path) -> None:
    folder = project_in(tmp_path, "owners: [1.10]\n")
    first = load_all(folder, {})
    assert load_all(folder, first.nouns) == first
