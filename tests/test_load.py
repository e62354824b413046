"""YAML to nouns: every complaint at its line and column, all at once, nothing guessed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from trl4ml.amending import entered
from trl4ml.core.baseline import Baseline
from trl4ml.core.checklist import Checklist
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Project
from trl4ml.core.registers import REGISTERS
from trl4ml.errors import Complaints, WrongInput
from trl4ml.load import disk, files
from trl4ml.load.nouns import _hasty
from trl4ml.load.places import Node, locate
from trl4ml.load.registers import Register
from trl4ml.load.text import Loader, parse
from trl4ml.loading import find, load_all
from trl4ml.reviews.granting import granted

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
    assert complaints("name: p\nowners:\n" + "- []\n" * 1_001) == [
        "trl4ml.yaml:1:1: has 1001 mistakes, too many to tell; is it the right file?"
    ]
    assert complaints("name: p\n" + "name: p\n" * 1_001) == [
        "trl4ml.yaml:1:1: has more than 1000 mistakes, too many to tell; is it the right file?"
    ]


WRONG = "name: p\nowners: [1, {}, []]\ncomponents:\n" + "- {b: 1, c: 1}\n" * 2_000
TERSE = "name: p\ncomponents:\n" + "- {name: m}\n" * 20_000


def test_of_so_many_that_telling_all_took_too_much_memory_the_first_of_each_list_is_told() -> None:
    some = "; known here: name, kind, claims, entry_level, entry_reason, formerly, coupled, planned_switchbacks, paths, owners"
    assert [line.replace(some, "") for line in complaints(WRONG)] == [
        "trl4ml.yaml:1:1: in a file of this size the first wrong entry of each list is told: there may be more",
        "trl4ml.yaml:2:13: owners.1: should be text",
        "trl4ml.yaml:4:3: components.0.name: is missing",
        "trl4ml.yaml:4:4: unknown key 'b'",
        "trl4ml.yaml:4:10: unknown key 'c'",
    ]


def test_what_would_take_ten_times_its_size_is_refused_where_it_does() -> None:
    assert complaints(TERSE) == [
        "trl4ml.yaml:6796:3: its values would take ten times its size in memory; keep them in smaller files"
    ]


def test_in_a_large_file_too_the_text_stays_what_the_author_wrote() -> None:
    entries = "".join(f"- {{name: m-{n}, owners: [{n}.0, a], paths: [1]}}\n" for n in range(2000))
    with pytest.raises(Complaints) as caught:
        files.project(
            f"name: p\ncomponents:\n{entries}- {{name: 7, owners: [no, 1e3], claims: a}}\n"
        )
    assert [one.says for one in caught.value.complaints][1:] == [
        "components.2000.claims: should be a whole number"
    ]
    components = files.project(f"name: p\ncomponents:\n{entries}").components
    assert components[7].owners == ("7.0", "a")
    assert components[1999].paths == ("1",)


def test_text_written_as_a_number_is_its_characters_without_anchor_or_tag() -> None:
    owners = "[&a 1.10, ! 1.20, !!str 007, &b !!str 1e3]"
    assert files.project(f"name: p\nowners: {owners}\n").owners == ("1.10", "1.20", "007", "1e3")
    assert files.project("name: p\nowners:\n- &a # a remark\n  1.10\n").owners == ("1.10",)


@pytest.mark.parametrize("many", [1_000, 1_001, 5_000, 40_000])
def test_a_long_list_of_numbers_is_one_of_text(many: int) -> None:
    owners = ", ".join(map(str, range(many)))
    assert files.project(f"name: p\nowners: [{owners}]\n").owners[-1] == str(many - 1)


def test_text_is_looked_for_among_numbers_a_few_times_and_not_without_end() -> None:
    """Each entry has a key of its own, so that each reading finds one number more."""
    one = "- {{id: a{0}, component: c, pattern: shadow, version: v, artefacts: {{m{0}: {1}}}}}\n"
    text = "".join(one.format(n, "1" * 64) for n in range(1_500))
    with pytest.raises(Complaints) as caught:
        Register("deployment", "r.yaml", text, ()).noun(REGISTERS["deployment"])
    assert "r.yaml:25:73: entries.24.artefacts.m24: should be text" in str(caught.value)


def test_a_tag_is_refused_on_a_key_that_was_there_before_too() -> None:
    assert complaints("name: p\ncomponents:\n- {!x name: a}\n- {!y name: b}\n") == [
        "trl4ml.yaml:3:4: the tag '!x' is not accepted",
        "trl4ml.yaml:4:4: the tag '!y' is not accepted",
    ]


def test_as_many_as_anybody_writes_are_read() -> None:
    entries = "".join(
        f"- name: m-{n}\n  kind: model\n  owners: [ada@example.org]\n  paths: [models/m-{n}]\n"
        for n in range(4_000)
    )
    assert len(files.project(f"name: p\ncomponents:\n{entries}").components) == 4_000
    owed = "".join(f"  c-{n}:\n" + "  - an-item-of-a-checklist\n" * 200 for n in range(200))
    head = "owner: ada\nreason: adopted in an old project\nuntil: 2027-01-01\n"
    assert len(files.baseline(f"{head}components:\n{owed}", "b.yaml").waivers) == 40_000


YAMLS = st.recursive(
    st.text(max_size=6) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


@given(YAMLS, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_every_place_is_that_of_the_parser_itself(data: Any, flow: bool, ends: str) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, default_flow_style=flow, line_break=ends)
    text = f"# é😀{ends}{text}"
    assert list(places(parse(text))) == list(marks(yaml.compose(text, Loader)))


def places(node: Node) -> Iterator[tuple[int, int, int, int]]:
    """Line, column, start and end of the node and of all below it."""
    yield node.line, node.column, node.start, node.end
    for part in node.data if isinstance(node.data, dict) else range(_length(node.data)):
        if isinstance(node.data, dict):
            yield from places(locate(node, (part,), key=True))
        yield from places(locate(node, (part,)))


def _length(data: Any) -> int:
    return len(data) if isinstance(data, list) else 0


def marks(node: Any) -> Iterator[tuple[int, int, int, int]]:
    mark = node.start_mark
    yield mark.line + 1, mark.column + 1, mark.index, node.end_mark.index
    for one in node.value if isinstance(node, yaml.CollectionNode) else ():
        for part in one if isinstance(one, tuple) else (one,):
            yield from marks(part)


@pytest.mark.parametrize("kind", [Project, Checklist, Baseline, ReviewPolicy, *REGISTERS.values()])
def test_of_each_list_of_a_noun_the_hasty_validator_tells_the_first_wrong_entry(
    kind: type[BaseModel],
) -> None:
    tuples = [
        name
        for name, field in kind.model_fields.items()
        if str(field.annotation).startswith("tuple")
    ]
    for name in tuples:
        with pytest.raises(ValidationError) as wrong:
            _hasty(kind).validate_json(json.dumps({name: [5.5, 5.5, 5.5]}))
        told = {one["loc"] for one in wrong.value.errors() if one["type"] != "too_short"}
        assert {one for one in told if one[0] == name} == {(name, 0)}


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


def test_a_close_name_is_looked_for_behind_the_first_complaints_only() -> None:
    limits = "".join(f"  k{n}: {{value: 1, tightens: up, about: a}}\n" for n in range(1_000))
    items = "".join(
        f"- {{id: a{n}, level: 0, ask: q, why: w, wants: license_file.x > policy.k{n}x, "
        "if_not: {remedy: r, effort: hours}}\n"
        for n in range(400)
    )
    head = "checklist: own\nversion: 1.10\ntitle: t\nabout: a\nthresholds:\n"
    text = f"{head}{limits}items:\n{items}"
    named = [("own.yaml", files.checklist(text, "own.yaml"))]
    with pytest.raises(Complaints) as caught:
        files.check_checklists(named, ["license-file"], {"own.yaml": text}, [], [])
    says = [one.says for one in caught.value.complaints]
    assert says[0] == "item a0: no threshold 'policy.k0x'; did you mean 'policy.k0'?"
    assert [line.endswith("?") for line in says] == [True] * 201 + [False] * 199


@pytest.mark.parametrize("before", ["", "&a ", "!!seq ", "&a !!seq\n    "])
def test_brackets_behind_an_anchor_or_a_tag_are_added_to(before: str) -> None:
    text = f"roles:\n  legal: {before}[ada]\n"
    assert granted(text, "bob", "legal") == f"roles:\n  legal: {before}[ada, bob]\n"
    text = f"name: p\npolicy:\n  waivers: {before}[{{item: b}}]\n"
    assert entered(text, ("policy", "waivers"), {"item": "a"}) == text.replace("[", "[{item: a}, ")


def test_of_very_many_wrong_thresholds_the_first_are_told() -> None:
    limits = "".join(f"  k{n}: {{value: 1, tightens: up, about: a}}\n" for n in range(500))
    text = OWN.replace("items:", f"thresholds:\n{limits}items:")
    named = [files.checklist(text, "own.yaml")]
    wrong = "".join(f"    x{n}: {n}\n" for n in range(2_000))
    config = f"name: p\npolicy:\n  thresholds:\n{wrong}"
    with pytest.raises(Complaints) as caught:
        files.check_project(config, files.project(config), named)
    says = [str(one) for one in caught.value.complaints]
    assert says[3].startswith(
        "trl4ml.yaml:7:9: policy.thresholds: no threshold 'x3' (there is: k0,"
    )
    assert sum(map(len, says)) < 110_000
