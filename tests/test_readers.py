"""The views: nothing outside the project is read, and what was looked at is remembered."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from trl4ml.asking import parse_yaml
from trl4ml.core.evidence import unknown
from trl4ml.core.views import Unreadable
from trl4ml.readers import tree as tree_module
from trl4ml.readers.files import Claims, Part
from trl4ml.readers.ownership import remedied
from trl4ml.readers.patterns import compiled, paths
from trl4ml.readers.tree import Tree
from trl4ml.readers.views import Views, changed
from trl4ml.testing import lay_out

BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n"
    for a, b in zip("abcdefghij", "bcdefghijk", strict=True)
)


def views(folder: Path, **claims: list[str]) -> Views:
    """The views of the component `own`."""
    return Views(Part(Tree(folder), "own", Claims(claims)), parse_yaml)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "README.md", True),
        ("**/*.md", "a/b/README.MD", True),
        ("a/**/b.txt", "a/b.txt", True),
        ("a/**/b.txt", "a/x/y/b.txt", True),
        ("a/**/b.txt", "xa/b.txt", False),
        ("{LICENSE,COPYING}{,.*}", "copying.txt", True),
        ("{LICENSE,COPYING}{,.*}", "LICENSES", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("a+(b)", "a+(b)", True),
        ("a{b", "a{b", True),
        ("a}b", "a}b", True),
        ("{a,{b,c}}.txt", "c.txt", True),
        ("{{a,b}", "b", True),
    ],
)
def test_a_pattern_fits_whole_paths_without_regard_to_case(
    pattern: str, path: str, fits: bool
) -> None:
    assert bool(compiled((pattern,)).match(path)) is fits


def test_braces_that_hold_a_slash_are_taken_apart() -> None:
    assert paths("{a,b/c}/{x,y}.txt") == ("a/{x,y}.txt", "b/c/{x,y}.txt")


def test_no_pattern_fits_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.py": ""})
    assert views(tmp_path).files.matching() == ()


def test_a_doctype_that_declares_nothing_is_no_harm(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://x/coverage-04.dtd"><coverage/>'
    lay_out(tmp_path, {"a.xml": text})
    assert [tag.name for tag in views(tmp_path).documents.xml("a.xml")] == ["coverage"] * 2


def test_xml_is_told_tag_by_tag_with_the_text_of_what_holds_nothing_else(tmp_path: Path) -> None:
    lay_out(
        tmp_path, {"a.xml": "<a xmlns='u'>1<b c='2'>3<!-- 4 -->&lt;<![CDATA[<5>]]></b>6<d/></a>"}
    )
    assert list(views(tmp_path).documents.xml("a.xml")) == [
        ("u}a", {}, ""), ("u}b", {"c": "2"}, ""), ("u}b", None, "3<<5>"),
        ("u}d", {}, ""), ("u}d", None, ""), ("u}a", None, ""),
    ]  # fmt: skip


def test_of_long_values_in_xml_only_the_beginning_is_told(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.xml": f"<a b='{'x' * 99_999}'>{'y' * 99_999}</a>"})
    begun, ended = views(tmp_path).documents.xml("a.xml")
    assert (begun.attributes, ended.text) == ({"b": "x" * 10_000}, "y" * 10_000)


def test_without_git_the_folder_is_walked_past_what_is_never_the_project(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.py": "", "src/b.py": "", ".venv/lib/c.py": "", "node_modules/d.js": "",
                       ".trl4ml/store/state.json": "", "x/.trl4ml/y": ""})  # fmt: skip
    assert views(tmp_path).files.all() == ("a.py", "src/b.py")


def test_in_git_what_is_ignored_is_not_seen_and_what_is_deleted_is_gone(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.py": "", "b.py": "", "c.log": "", ".gitignore": "*.log"}, git=True)
    (tmp_path / "b.py").unlink()
    (tmp_path / "new.py").touch()
    assert views(tmp_path).files.all() == (".gitignore", "a.py", "new.py")
    assert views(tmp_path).files.present("*.log") == ("c.log",)


def test_a_folder_inside_a_repository_sees_only_itself(tmp_path: Path) -> None:
    lay_out(tmp_path, {"top.py": "", "part/a.py": ""}, git=True)
    assert views(tmp_path / "part").files.all() == ("a.py",)
    assert views(tmp_path / "part").git.tracked() == frozenset({"a.py"})


def test_a_component_sees_what_no_other_component_claims(tmp_path: Path) -> None:
    lay_out(tmp_path, {"LICENSE": "", "a/x.py": "", "b/y.py": "", "bb/z.py": "", "c.py": ""})
    seen = views(tmp_path, other=["b", "c.py"]).files
    assert seen.all() == ("LICENSE", "a/x.py", "bb/z.py")
    assert seen.present("*/*.py") == ("a/x.py", "bb/z.py")


def test_of_nested_claims_the_longest_path_counts(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a/x": "", "a/b/y": "", "a/b/c/z": "", "d": ""})
    assert views(tmp_path, own=["a"], other=["a/b"]).files.all() == ("a/x", "d")
    assert views(tmp_path, own=["a/b"], other=["a"]).files.all() == ("a/b/c/z", "a/b/y", "d")
    assert views(tmp_path, own=["a/b"], other=["a/b"]).files.all() == views(tmp_path).files.all()


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside.txt", "../../../etc/passwd"])
def test_a_link_that_leaves_the_project_is_not_there(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "link").symlink_to(target)
    seen = views(inside).files
    assert seen.all() == ()
    assert seen.present("*") == ()
    with pytest.raises(Unreadable, match=r"link that leaves the project|No such file"):
        seen.text("link")


def test_a_link_to_a_folder_is_not_walked_and_a_link_to_a_file_inside_is_read(
    tmp_path: Path,
) -> None:
    lay_out(tmp_path, {"data/a.txt": "here"})
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "same.txt").symlink_to("data/a.txt")
    seen = views(tmp_path).files
    assert seen.all() == ("data/a.txt", "same.txt")
    assert seen.text("same.txt") == "here"


def test_a_folder_of_the_path_that_is_a_link_out_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "junit.xml").write_text("<x/>")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "reports").symlink_to(tmp_path / "out")
    seen = views(tmp_path / "in").files
    assert seen.present("reports/*.xml") == ()
    with pytest.raises(Unreadable, match="leaves the project"):
        seen.text("reports/junit.xml")


def test_a_tracked_path_behind_a_folder_that_became_a_link_out_is_not_read(tmp_path: Path) -> None:
    lay_out(tmp_path / "in", {"conf/key.py": "mine", "a.py": ""}, git=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "key.py").write_text("secret")
    (tmp_path / "in" / "conf" / "key.py").unlink()
    (tmp_path / "in" / "conf").rmdir()
    (tmp_path / "in" / "conf").symlink_to(tmp_path / "out")
    seen = views(tmp_path / "in").files
    assert seen.all() == ("a.py",)
    with pytest.raises(Unreadable, match="leaves the project"):
        seen.text("conf/key.py")


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 300, "\udcff", "a/" * 3000])
def test_a_name_that_no_file_has_is_unreadable(tmp_path: Path, name: str) -> None:
    seen = views(tmp_path).files
    for read in (seen.open, seen.text, seen.size):
        with pytest.raises(Unreadable):
            read(name)
    assert unknown(str(Unreadable(name, "no file has such a name"))).message


def test_pipes_and_sockets_are_not_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "LICENSE")
    seen = views(tmp_path).files
    assert seen.all() == ()
    with pytest.raises(Unreadable, match="not a regular file"):
        seen.text("LICENSE")


def test_a_name_that_is_not_utf8_is_shown_escaped_and_can_be_read(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "w") as file:
        file.write("au lait")
    seen = views(tmp_path).files
    assert seen.all() == (r"caf\xe9.txt",)
    assert seen.text(r"caf\xe9.txt") == "au lait"


def test_a_name_that_is_not_utf8_is_seen_in_git_too(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9\n.txt", "w") as file:
        file.write("")
    lay_out(tmp_path, {}, git=True)
    assert views(tmp_path).files.all() == ("caf\\xe9\n.txt",)


def test_only_the_first_bytes_of_a_huge_file_are_read(tmp_path: Path) -> None:
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(2_000_000_000)
    seen = views(tmp_path).files
    assert seen.size("model.bin") == 2_000_000_000
    assert len(seen.bytes("model.bin")) == 4_000_000


def test_a_file_that_changes_while_it_is_read_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("x")
    ticks = iter(range(100))
    monkeypatch.setattr(tree_module, "stamp", lambda entry: (next(ticks), 0, 0, 0))
    with pytest.raises(Unreadable, match="changes while it is read"):
        views(tmp_path).files.text("a")


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "**/x", "a/../b"])
def test_present_takes_only_patterns_inside(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(ValueError, match="takes patterns inside the project"):
        views(tmp_path).files.present(pattern)


@pytest.mark.parametrize(
    ("name", "content", "read", "says"),
    [
        ("a.json", "{,}", "json", "a.json:1: not JSON: "),
        ("a.json", "[" * 100_000, "json", "not JSON: "),
        ("a.json", "\0", "json", "it is not text"),
        ("a.toml", "a = ", "toml", "not TOML: "),
        ("a.yaml", "a: [", "yaml", "not YAML: "),
        ("a.yaml", "a: *b", "yaml", "a.yaml:1: not YAML: found undefined alias"),
        ("a.yaml", BOMB, "yaml", "not YAML: aliases make it too large or too deep"),
        ("a.yaml", "&a [*a]", "yaml", "not YAML: "),
        ("a.yaml", "[" * 100_000, "yaml", "not YAML: nested deeper than 40"),
        ("a.xml", "<a>", "xml", "a.xml:1: not XML: "),
        ("a.xml", "", "xml", "not XML: "),
        ("a.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "xml", "entities of its own"),
        ("a.xml", "<a>" * 300 + "</a>" * 300, "xml", "nested deeper than 200"),
        ("a.xml", "<!DOCTYPE a SYSTEM 'b'><a>&b;</a>", "xml", "not XML: undefined entity &b;"),
        ("a.xml", "\ufeff<a>".encode("utf-16").decode("latin-1"), "xml", "not XML: "),
        (
            "a.xml",
            "<a>" + "".join(f"<b{n}/>" for n in range(5_000)),
            "xml",
            "its tags and attributes have more than 1000 names",
        ),
        (
            "a.xml",
            "<a>" + "".join(f"<b xmlns:c{n}='d'/>" for n in range(5_000)),
            "xml",
            "its tags and attributes have more than 1000 names",
        ),
        ("a.xml", "<a " + "b='' " * 9_000, "xml", "a tag in it has more than 5000 attributes"),
        ("a.xml", "<a b='" + "x" * 1_100_000, "xml", "a tag in it is longer than 1 MB"),
        ("a.md", "---\na: 1\n", "front_matter", "a.md:1: the front matter that begins on line 1"),
        ("a.md", "---\n- a\n---\n", "front_matter", "a.md:2: the front matter is not a mapping"),
    ],
)
def test_a_document_that_is_not_what_its_name_says_is_unreadable(
    tmp_path: Path, name: str, content: str, read: str, says: str
) -> None:
    lay_out(tmp_path, {name: content})
    with pytest.raises(Unreadable) as caught:
        found = getattr(views(tmp_path).documents, read)(name)
        list(found)  # XML is read as it is asked for
    assert says in str(caught.value)


def test_anchors_merges_and_tags_of_other_tools_are_read_as_they_are_meant(tmp_path: Path) -> None:
    text = "base: &base {image: x, tags: [a]}\njob:\n  <<: *base\n  image: y\n  run: !reference [a, b]\n"
    lay_out(tmp_path, {".gitlab-ci.yml": text})
    assert views(tmp_path).documents.yaml(".gitlab-ci.yml")[0]["job"] == {
        "image": "y", "tags": ["a"], "run": ["a", "b"],
    }  # fmt: skip


def test_front_matter_is_told_from_the_text(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.md": "---\nlicense: mit\n---\n# Title\n", "b.md": "# Title\n"})
    documents = views(tmp_path).documents
    assert documents.front_matter("a.md") == ({"license": "mit"}, "# Title")
    assert documents.front_matter("b.md") == ({}, "# Title\n")


def test_nothing_of_a_hostile_repository_is_run(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.py": ""}, git=True)
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    git = ["git", "-C", str(tmp_path), "config"]
    for key, value in (("extensions.partialClone", "origin"), ("remote.origin.promisor", "true"),
                       ("remote.origin.url", "ssh://nowhere/x")):  # fmt: skip
        subprocess.run([*git, key, value], check=True)
    for key in ("core.fsmonitor", "core.pager", "core.hooksPath", "gpg.program", "core.sshCommand"):
        subprocess.run(["git", "-C", tmp_path, "config", key, str(trap)], check=True)
    seen = views(tmp_path)
    seen.files.all()
    seen.git.tags()
    for tree in (tmp_path / ".git" / "objects").glob("??/*"):
        tree.unlink()
    with suppress(Unreadable):
        views(tmp_path).git.authors()
    assert not (tmp_path / "sprung").exists()


def test_authors_are_the_fewest_who_made_the_share(tmp_path: Path) -> None:
    steps = [
        {"write": {"a": str(n)}, "commit": who} for n, who in enumerate(["Ada", "Ada", "Bo", "Cy"])
    ]
    lay_out(tmp_path, {}, git=[*steps, {"commit": "Di who touches nothing"}])
    git = views(tmp_path).git
    assert git.authors(0.5) == ("Ada",)
    assert git.authors(0.75) == ("Ada", "Bo")
    assert git.authors() == ("Ada", "Bo", "Cy")


def test_another_git_folder_in_the_environment_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path / "one", {"a": ""}, git=True)
    lay_out(tmp_path / "two", {"b": ""}, git=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "one" / ".git"))
    assert views(tmp_path / "two").files.all() == ("b",)


def test_who_is_who_and_how_deep_the_history_is_are_part_of_the_state(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        {},
        git=[{"write": {"a": "1"}, "commit": "Ada"}, {"write": {"a": "2"}, "commit": "A L"}],
    )
    seen = views(tmp_path)
    assert seen.git.authors() == ("A L", "Ada")
    trace = seen.trace()
    (tmp_path / ".mailmap").write_text("Ada <a.l@example.org>\n")
    assert changed(Part(Tree(tmp_path)), trace, parse_yaml)


def test_of_two_readings_of_a_file_the_longer_one_counts(tmp_path: Path) -> None:
    lay_out(tmp_path, {"a.txt": "0123456789 tail"})
    seen = views(tmp_path)
    seen.files.text("a.txt")
    seen.files.bytes("a.txt", 10)
    trace = seen.trace()
    (tmp_path / "a.txt").write_text("0123456789 TAIL")
    assert changed(Part(Tree(tmp_path)), trace, parse_yaml) == "a.txt changed"


def look(seen: Views) -> None:
    seen.files.matching("*.txt")
    seen.files.present("out/*.xml")
    seen.files.size("b.txt")
    seen.files.text("a.txt")
    seen.git.tags()
    seen.git.authors(0.5)


def commit(folder: Path, message: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(
        ["git", "-C", folder, *who, "commit", "-qam", message, "--allow-empty"], check=True
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: None, ""),
        (lambda f: (f / "c.md").write_text("not asked for"), ""),
        (lambda f: commit(f, "a commit that touches nothing asked for"), ""),
        (lambda f: os.utime(f / "a.txt", (1, 1)), ""),
        (lambda f: (f / "c.txt").write_text(""), "files matching *.txt came or went"),
        (lambda f: (f / "a.txt").write_text("two"), "a.txt changed"),
        (lambda f: (f / "b.txt").write_text("longer"), "b.txt changed its size"),
        (lambda f: (f / "out").mkdir() or (f / "out/x.xml").touch(),
         "files matching out/*.xml came or went"),
        (lambda f: subprocess.run(["git", "-C", f, "tag", "v1"], check=True),
         "the answer of git to 'tags' changed"),
    ],
)  # fmt: skip
def test_a_trace_tells_exactly_whether_the_probe_would_see_something_else(
    tmp_path: Path, change: object, says: str
) -> None:
    lay_out(tmp_path, {"a.txt": "one", "b.txt": "b"}, git=True)
    seen = views(tmp_path)
    look(seen)
    trace = seen.trace()
    change(tmp_path)  # type: ignore[operator]
    assert changed(Part(Tree(tmp_path)), trace, parse_yaml) == says


def test_a_content_is_hashed_again_when_only_its_times_can_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    first = Tree(tmp_path)
    before = first.digest("a.txt", None)
    path.write_text("two")
    later = Tree(tmp_path, first.known, saved_ns=2**63 - 1)
    assert later.digest("a.txt", None) != before


def test_a_content_written_as_the_index_was_saved_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    entry = path.stat()
    forged = {"a.txt": (tree_module.stamp(entry), "forged")}
    trusted = Tree(tmp_path, dict(forged), saved_ns=entry.st_ctime_ns + 10**9)
    racy = Tree(tmp_path, dict(forged), saved_ns=entry.st_ctime_ns)
    assert trusted.digest("a.txt", None) == "forged"
    assert racy.digest("a.txt", None) != "forged"


def test_what_a_folder_is_called_is_not_taken_for_gits_advice() -> None:
    advice = "\tgit config --global --add safe.directory"
    one = ["fatal: whose? at '/a'", "To add an exception, call:", "", f"{advice} /a"]
    assert remedied("whose?", one) == f"whose?; if you trust what is in it: {advice.strip()} /a"
    two = ["fatal: whose? at '/a", f"{advice} /b; rm x'", "To add an exception, call:", "", f"{advice} '/a"]  # fmt: skip
    assert remedied("whose?", two) == "whose?"
