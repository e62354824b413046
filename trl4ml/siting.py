"""`trl4ml site`: static pages from projects, reports and folders of pages; built beside, then swapped.

MkDocs dresses finished Markdown in the theme of `templates/site`. Nothing of it depends on the clock.
"""

import ctypes
import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from trl4ml import portfolio, resources
from trl4ml.errors import WrongInput, to_install
from trl4ml.render.portfolio import Unreadable

HERE = "127.0.0.1"
MARK, MADE = (
    ".trl4ml-site",
    "This folder is made by `trl4ml site build`, which replaces it whole.\n",
)
SETTINGS: dict[str, Any] = {
    "plugins": [], "use_directory_urls": False, "strict": True,
    "validation": {"omitted_files": "info", "absolute_links": "warn", "anchors": "warn"},
}  # fmt: skip
EXCHANGE, THIS_FOLDER = 2, -100
"""RENAME_EXCHANGE and AT_FDCWD of renameat2(2)."""


class Site(NamedTuple):
    """What was built: where it lies, of how many projects and pages, and what is not in it."""

    folder: Path
    projects: int
    pages: int
    left_out: tuple[Path, ...]
    unreadable: tuple[Unreadable, ...]


def build(
    named: Sequence[Path],
    patterns: Sequence[str],
    output: Path,
    progress: Callable[[str], None] = lambda _: None,
    base: str | None = None,
    trust: str | None = None,
) -> Site:
    """One site in `output` over all that is named; what lay there stays whole until it is done.

    Whose reviews count is read from the revision `base`, or from the folder `trust`.
    Raises WrongInput where a source is none, where a page leads nowhere, and where `output` holds
    something that no build made.
    """
    sources = portfolio.sources(named, patterns)
    try:
        output = _free(output)
        with _beside(output) as work:
            laid = portfolio.laid_out(sources.found, work / "docs", progress, base, trust)
            progress("dressing the pages")
            title = laid.rows[0].project if len(sources.found) == 1 else "Portfolio"
            dress(work / "docs", work / "site", title, laid.nav)
            (work / "site" / MARK).write_text(MADE, encoding="utf-8")
            _swap(work / "site", output)
    except OSError as error:
        raise WrongInput(f"{output}: cannot be written ({error.strerror})") from None
    pages = sum(1 for path in output.rglob("*.html") if path.name != "404.html")
    return Site(output, len(laid.rows), pages, sources.left_out, laid.unreadable)


def dress(docs: Path, site: Path, title: str, nav: Sequence[Any] | None = None) -> None:
    """The Markdown of one folder as pages of another, in the order of `nav`, MkDocs' own form.

    Raises WrongInput with every complaint.
    """
    try:
        from mkdocs.commands.build import build as build_site
        from mkdocs.config import load_config
        from mkdocs.exceptions import MkDocsException
    except ModuleNotFoundError as error:
        raise WrongInput(f"site {to_install((error.name or '').split('.')[0])}") from None
    custom = str(resources.folder("templates") / "site")
    theme = {"name": None, "custom_dir": custom}
    with TemporaryDirectory() as empty, _complaints() as said:
        settings = Path(empty) / "mkdocs.yml"
        settings.write_text("{}\n", encoding="utf-8")
        try:
            config = load_config(
                str(settings), site_name=title, docs_dir=str(docs), site_dir=str(site),
                nav=nav, theme=theme, **SETTINGS,
            )  # fmt: skip
            config.theme.dirs = [custom]
            config.theme.static_templates = {"404.html"}
            build_site(config)
        except MkDocsException as error:
            raise WrongInput("\n".join(said) or f"site: {error}") from None


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What MkDocs warns of, kept from the terminal."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("mkdocs")
    before, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


def _free(output: Path) -> Path:
    """The whole path of the output, which is not there, is empty, or is a site that was built."""
    output = output.resolve()
    if output.exists() and not output.is_dir():
        raise WrongInput(f"{output}: is a file; name a folder with --output")
    if output.is_dir() and any(output.iterdir()) and not (output / MARK).is_file():
        says = "holds files that no `trl4ml site build` made, and would be replaced"
        raise WrongInput(f"{output}: {says}; name another folder with --output, or empty it")
    return output


@contextmanager
def _beside(output: Path) -> Iterator[Path]:
    """An empty folder beside the output, held by this build alone; what a killed one left goes."""
    work = output.with_name(f".{output.name}.building")
    work.mkdir(parents=True, exist_ok=True)
    held = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise WrongInput(f"{output}: another build is at work on it; wait until it ends") from None
    try:
        for left in work.iterdir():
            shutil.rmtree(left)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(held)


def _swap(site: Path, output: Path) -> None:
    """The new site in the place of the old one, in one step where the system can."""
    if not output.exists():
        site.replace(output)
        return
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    paths = (THIS_FOLDER, bytes(site), THIS_FOLDER, bytes(output))
    if exchange is None or exchange(*paths, EXCHANGE) != 0:
        output.replace(site.with_name("old"))
        site.replace(output)


class Pages(SimpleHTTPRequestHandler):
    """Files of the site, to this machine's own names alone, and no listings of folders."""

    def send_head(self) -> Any:
        host = str(self.headers.get("Host")).partition(":")[0]
        if host not in (HERE, "localhost"):
            self.send_error(403, "This server answers to 127.0.0.1 and localhost alone")
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(site: Path, port: int, ready: Callable[[str], None]) -> None:
    """Show a site on this machine alone until interrupted; port 0 is any free one."""

    def pages(*args: Any) -> Pages:
        return Pages(*args, directory=str(site))

    try:
        server = ThreadingHTTPServer((HERE, port), pages)
    except OSError as error:
        raise WrongInput(f"--port {port}: {error.strerror}; name another, or 0 for any") from None
    with server:
        ready(f"http://{HERE}:{server.server_port}/")
        server.serve_forever()
