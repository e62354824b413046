"""The site: the same bytes every time, whole at every moment, and no address outside itself."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.conftest import ROOT, Run
from tests.making import evidence, item, report
from tests.test_render import HOSTILE, whole
from trl4ml.core.report import Report
from trl4ml.errors import WrongInput
from trl4ml.render.charts import figure
from trl4ml.render.figures import Bar, Figure
from trl4ml.render.markdown import escaped
from trl4ml.resources import folder
from trl4ml.run import render
from trl4ml.siting import MARK, build, dress

CSP = "default-src 'none'; style-src 'self'; img-src 'self'"
FETCHED = re.compile(r"""(?:\ssrc=|<link[^>]*\shref=|url\(|@import\s+)["']?(?:https?:)?//""", re.I)


class Page(HTMLParser):
    """What a page has: its tags with their attributes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def links(self) -> list[str]:
        found = [one.get("href") or one.get("src") for _, one in self.tags]
        return [link for link in found if link and not link.startswith("data:")]

    def ids(self) -> list[str]:
        return [str(one["id"]) for _, one in self.tags if "id" in one]


def saved(path: Path, one: Report) -> Path:
    path.write_text(render(one, "json"), encoding="utf-8")
    return path


def named(project: str) -> Report:
    return whole().model_copy(update={"project": project})


def digest(site: Path) -> str:
    files = sorted(path for path in site.rglob("*") if path.is_file())
    parts = [f"{path.relative_to(site)} {sha256(path.read_bytes()).hexdigest()}" for path in files]
    return sha256("\n".join(parts).encode()).hexdigest()


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of one report."""
    here = tmp_path_factory.mktemp("one")
    return build([saved(here / "p.json", whole())], [], here / "site").folder


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of two reports."""
    here = tmp_path_factory.mktemp("many")
    files = [saved(here / f"{name}.json", named(name)) for name in ("alpha", "beta")]
    return build(files, [], here / "site").folder


def pages(site: Path) -> dict[str, Page]:
    return {str(path.relative_to(site)): Page(path) for path in sorted(site.rglob("*.html"))}


def test_a_site_is_built_from_a_report(trl4ml: Run, tmp_path: Path) -> None:
    saved(tmp_path / "p.json", whole())
    done = trl4ml("site", "build", "p.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert re.fullmatch(r"\d+ pages: site/index.html\n", done.stderr)
    text = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "<h1" in text
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("which", ["one", "many"])
def test_every_page_says_what_it_may_load(which: str, request: pytest.FixtureRequest) -> None:
    for name, page in pages(request.getfixturevalue(which)).items():
        (policy,) = (
            m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"
        )
        allowed = str(policy["content"])
        if name == "404.html":
            assert allowed.startswith("default-src 'none'; img-src data:;")
            continue
        assert allowed.startswith(CSP), name
        assert (
            ("script-src" in allowed)
            == bool(page.all("script"))
            == (name == "index.html" and which == "many")
        )
        assert not [
            tag
            for tag, own in page.tags
            if "style" in own or any(key.startswith("on") for key in own)
        ]
        assert [link["href"] for link in page.all("link") if link["rel"] == "stylesheet"]


@pytest.mark.parametrize("which", ["one", "many"])
def test_nothing_is_fetched_from_another_host(which: str, request: pytest.FixtureRequest) -> None:
    site: Path = request.getfixturevalue(which)
    for path in site.rglob("*"):
        if path.suffix in (".html", ".css", ".js", ".svg"):
            assert not FETCHED.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("which", ["one", "many"])
def test_links_work_from_a_disk_and_under_any_address(
    which: str, request: pytest.FixtureRequest
) -> None:
    site: Path = request.getfixturevalue(which)
    every = pages(site)
    assert len(every) > 3
    for name, page in every.items():
        for link in page.links():
            to = urlsplit(link)
            if to.scheme in ("http", "https"):
                continue
            assert not to.scheme, f"{name}: {link}"
            assert not link.startswith("/"), f"{name}: {link}"
            path = (site / name).parent / unquote(to.path) if to.path else site / name
            assert path.is_file(), f"{name}: {link}"
            assert path.resolve().is_relative_to(site.resolve()), f"{name}: {link}"
            if to.fragment and path.suffix == ".html":
                there = every[str(path.resolve().relative_to(site.resolve()))]
                assert unquote(to.fragment) in there.ids(), f"{name}: {link}"


@pytest.mark.parametrize("which", ["one", "many"])
def test_a_page_reads_well_to_those_who_do_not_see_it(
    which: str, request: pytest.FixtureRequest
) -> None:
    for name, page in pages(request.getfixturevalue(which)).items():
        assert page.all("html")[0]["lang"] == "en"
        assert len(page.all("title")) >= 1
        assert len(page.all("h1")) == 1, name
        assert len(page.ids()) == len(set(page.ids())), name
        if name != "404.html":
            assert page.links()[:3][-1] == "#main" or "#main" in page.links()[:4], name
            assert {"main", "header", "nav"} <= {tag for tag, _ in page.tags}
            assert all(
                table["tabindex"] == "0"
                for table in page.all("div")
                if table.get("class") == "scroll"
            )


def test_a_table_of_projects_leads_to_each(many: Path) -> None:
    page = pages(many)["index.html"]
    assert {"alpha/index.html", "beta/index.html"} <= set(page.links())
    assert "Portfolio" in (many / "alpha/index.html").read_text(encoding="utf-8")


def test_two_builds_are_the_same_whatever_the_clock_says(trl4ml: Run, tmp_path: Path) -> None:
    saved(tmp_path / "p.json", whole())
    for name, epoch in (("a", "1700000000"), ("b", "1800000000")):
        done = trl4ml(
            "site", "build", "p.json", "--output", name, cwd=tmp_path, SOURCE_DATE_EPOCH=epoch
        )
        assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def own_site(engine: str, site: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", engine, "build", "--strict", "--quiet", "--site-dir", site],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return site


@pytest.mark.slow
def test_mkdocs_and_properdocs_make_the_same_site_of_this_repository(tmp_path: Path) -> None:
    made = [own_site(engine, tmp_path / engine) for engine in ("mkdocs", "properdocs")]
    first, again = digest(made[0]), digest(own_site("mkdocs", tmp_path / "again"))
    assert first == again, "two builds under SOURCE_DATE_EPOCH differ"
    assert first == digest(made[1]), "ProperDocs builds another site"
    for name, page in pages(made[0]).items():
        assert (
            any(CSP in str(meta.get("content")) for meta in page.all("meta")) or name == "404.html"
        )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_headings_stay_text_in_every_part_of_a_page(text: str, tmp_path: Path) -> None:
    words = text.encode("utf-8", "backslashreplace").decode()

    def tags(own: str, where: Path) -> list[str]:
        docs = where / "docs"
        docs.mkdir(parents=True)
        rows = (Bar(own, 1.0), Bar("other", 2.0))
        drawn = figure(Figure("bars", own, own, "", rows), folder("templates"))
        (docs / "index.md").write_text(
            f"# {escaped(own)}\n\n## A {escaped(own)}\n\n{drawn}\n## B {escaped(own)}\n", encoding="utf-8"
        )  # fmt: skip
        titled = f"---\ntitle: {json.dumps(own)}\n---\n# {escaped(own)}\n"
        (docs / "other.md").write_text(titled, encoding="utf-8")
        dress(docs, where / "site", own)
        return [
            f"{tag} {sorted(own)}"
            for page in pages(where / "site").values()
            for tag, own in page.tags
        ]

    assert tags(words, tmp_path / "hostile") == tags("calm", tmp_path / "calm")


def test_a_link_that_leads_nowhere_names_its_page(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# A\n\n[b](b.md) and [c](#c)\n")
    with pytest.raises(WrongInput) as wrong:
        dress(tmp_path / "docs", tmp_path / "site", "t")
    assert "'index.md' contains a link 'b.md'" in str(wrong.value)
    assert "'index.md' contains a link '#c'" in str(wrong.value)


def test_without_mkdocs_the_line_to_install_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "mkdocs"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mkdocs", None)  # as if it were not installed
    with pytest.raises(
        WrongInput, match=r"site needs the extra 'site': pip install 'trl4ml\[site\]'"
    ):
        build([saved(tmp_path / "p.json", whole())], [], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def foreign(here: Path) -> None:
    (here / "site").mkdir()
    (here / "site/thesis.tex").write_text("years of work")


@pytest.mark.parametrize(
    ("make", "arguments", "says"),
    [
        (foreign, ("p.json",), "site: holds files that no `trl4ml site build` made, and would be replaced; name another folder with --output, or empty it"),
        (lambda here: (here / "site").write_text(""), ("p.json",), "site: is a file; name a folder with --output"),
        (lambda here: None, ("missing",), "missing: does not exist"),
        (lambda here: None, ("p.json", "--output", "p.json/site"), "p.json/site: cannot be written (Not a directory)"),
        (lambda here: None, ("--projects", "x/*"), "--projects x/*: nothing matches"),
        (lambda here: None, (), ": is no project and no report"),
    ],
    ids=["foreign", "file", "missing", "unwritable", "pattern", "nothing"],
)  # fmt: skip
def test_what_cannot_be_built_is_said_in_one_sentence(
    make: Callable[[Path], object], arguments: tuple[str, ...], says: str, trl4ml: Run, tmp_path: Path
) -> None:  # fmt: skip
    saved(tmp_path / "p.json", whole())
    make(tmp_path)
    before = digest(tmp_path)
    done = trl4ml("site", "build", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert digest(tmp_path) == before


def test_a_new_site_replaces_the_old_one_whole(tmp_path: Path) -> None:
    here = saved(tmp_path / "p.json", whole())
    site = build([here], [], tmp_path / "site").folder
    (site / "stale.html").write_text("of an older build")
    first = saved(here, report([item("a", 0)], [evidence("probe-a")]))
    build([first], [], site)
    assert not (site / "stale.html").exists()
    assert (site / MARK).is_file()
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_leaves_the_old_site_and_no_rest(tmp_path: Path) -> None:
    here = saved(tmp_path / "p.json", whole())
    before = digest(build([here], [], tmp_path / "site").folder)
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 8; exec {sys.executable} -m trl4ml site build p.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be written (File too large)" in done.stderr
    assert digest(tmp_path / "site") == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["../../evil", "/evil", "..", "a/b", ""])
def test_the_name_of_a_project_never_leads_out_of_the_site(name: str, tmp_path: Path) -> None:
    here = tmp_path / "deep/er"
    here.mkdir(parents=True)
    files = [saved(here / "p.json", named(name)), saved(here / "q.json", named("calm"))]
    (refused,) = build(files, [], here / "site").unreadable
    assert "project: String should match pattern" in refused.says
    every = {path.relative_to(tmp_path).parts[:3] for path in tmp_path.rglob("*") if path.is_file()}
    assert every <= {("deep", "er", "p.json"), ("deep", "er", "q.json"), ("deep", "er", "site")}
    assert not Path("/evil").exists()


def test_two_builds_of_one_folder_do_not_mix(tmp_path: Path) -> None:
    here = saved(tmp_path / "p.json", whole())
    work = tmp_path / ".site.building"
    work.mkdir()
    other = os.open(work, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(WrongInput, match="another build is at work on it; wait until it ends"):
        build([here], [], tmp_path / "site")
    os.close(other)
    build([here], [], tmp_path / "site")


def test_a_killed_build_leaves_the_old_site_whole(tmp_path: Path) -> None:
    here = saved(tmp_path / "p.json", whole())
    site = build([here], [], tmp_path / "site").folder
    before = digest(site)
    saved(here, named("other"))
    after = digest(build([here], [], tmp_path / "other").folder)
    for wait in (0.0, 0.02, 0.1, 0.3):
        build_it = subprocess.Popen(
            [sys.executable, "-m", "trl4ml", "site", "build", "p.json"], cwd=tmp_path, stderr=subprocess.DEVNULL
        )  # fmt: skip
        while build_it.poll() is None and not (tmp_path / ".site.building").exists():
            time.sleep(0.002)
        time.sleep(wait)
        build_it.kill()
        build_it.wait()
        assert digest(site) in (before, after)
    assert build([here], [], site).pages > 3
    assert digest(site) == after
    assert not (tmp_path / ".site.building").exists()


def test_a_reader_finds_the_site_at_every_moment_of_a_build(tmp_path: Path) -> None:
    here = saved(tmp_path / "p.json", whole())
    site = build([here], [], tmp_path / "site").folder
    anew = subprocess.Popen(
        [sys.executable, "-m", "trl4ml", "site", "build", "p.json"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    looked = 0
    while anew.poll() is None:
        assert (site / "index.html").read_bytes()
        looked += 1
    assert anew.returncode == 0
    assert looked > 100


@pytest.fixture
def served(tmp_path: Path) -> Iterator["Served"]:
    saved(tmp_path / "p.json", whole())
    shown = subprocess.Popen(
        [sys.executable, "-m", "trl4ml", "site", "serve", "p.json", "--port", "0"],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert shown.stderr
    line = shown.stderr.readline()
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/ until Ctrl-C\n", line)
    assert found, line
    yield shown, int(found[1])
    shown.kill()
    shown.wait()
    shown.stderr.close()


Served = tuple[subprocess.Popen[str], int]


def asked(port: int, path: str, host: str | None = None) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, dict(answer.getheaders())


def test_a_site_is_served_to_this_machine_until_interrupted(served: Served) -> None:
    process, port = served
    status, text, headers = asked(port, "/")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert "<h1" in text
    assert asked(port, "/style.css", f"localhost:{port}")[0] == 200
    assert asked(port, "/", "evil.example")[0] == 403
    assert asked(port, "/data/")[0] == 404, "a folder is not listed"
    assert asked(port, "/../p.json")[0] == 404
    assert asked(port, "/%2e%2e/p.json")[0] == 404
    with socket.socket() as outside:
        assert outside.connect_ex((own_address(), port)) or own_address() == "127.0.0.1"
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def own_address() -> str:
    """This machine's address on its network; 127.0.0.1 where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def test_a_port_in_use_is_said(trl4ml: Run, tmp_path: Path) -> None:
    saved(tmp_path / "p.json", whole())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = trl4ml("site", "serve", "p.json", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    assert (
        done.stderr
        == f"trl4ml: --port {port}: Address already in use; name another, or 0 for any\n"
    )
