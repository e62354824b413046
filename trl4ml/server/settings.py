"""How the server is set up, and what it refuses to be: open by mistake."""

import ipaddress
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from trl4ml.errors import WrongInput

AUTHOR = "trl4ml serve <serve@trl4ml.invalid>"
HERE = "127.0.0.1"
LOOPBACK = (HERE, "::1", "localhost")
UNIX = "unix"
ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
WHO = re.compile(r"[^<>\x00-\x1f\x7f]{1,100} <[^<>\s\x00-\x1f\x7f]{1,120}>")
TAKEN = ("-", "api", "enrol", "healthz", "queue", "sign-in", "sign-out")
"""First parts of the server's own addresses: no project of several may have such a name."""


class Settings(NamedTuple):
    projects: tuple[Path, ...]
    data: Path
    """The server's own folder: the site as it was built, the index, the audit log."""
    host: str = HERE
    port: int = 8000
    socket: Path | None = None
    """A Unix socket to listen on instead."""
    database: str = ""
    origin: str = ""
    """The address that browsers see, as in https://reviews.example.org."""
    git_author: str = AUTHOR
    commit: bool = True
    proxy_header: str = ""
    proxy_from: tuple[str, ...] = ()
    private: bool = False
    base: str | None = None
    trust: str | None = None
    refresh: float = 30
    """Seconds between two looks at the projects."""
    rate: int = 120
    """Notes and other changes that one address may send in a minute."""

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'index.sqlite3'}"

    @property
    def origins(self) -> tuple[str, ...]:
        """The addresses under which a browser may be here; passkeys know no IP address."""
        return (
            (self.origin,)
            if self.origin
            else (f"http://localhost:{self.port}", f"http://{HERE}:{self.port}")
        )

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(urlsplit(one).netloc for one in self.origins)

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")


def checked(given: Settings) -> Settings:
    """The settings, if they are safe. Raises WrongInput with the remedy."""
    if given.origin and not ORIGIN.fullmatch(given.origin):
        raise WrongInput(
            f"--origin {given.origin}: write it as https://reviews.example.org, without a path"
        )
    if given.origin.endswith(":443"):
        raise WrongInput(f"--origin {given.origin}: leave out :443, as browsers do")
    if given.socket is None and given.host not in LOOPBACK and not given.origin:
        says = "others could listen in, and passkeys need https"
        remedy = "put a proxy with TLS before it and name its address with --origin https://…"
        raise WrongInput(f"--host {given.host}: {says}; {remedy}")
    if given.socket is not None and not given.origin:
        raise WrongInput("--socket: name the address of the proxy with --origin https://…")
    if bool(given.proxy_header) is not bool(given.proxy_from) and given.proxy_header:
        raise WrongInput(
            "--proxy-header: anybody could send it; name the proxy with --proxy-from IP, or unix"
        )
    if given.proxy_header and not HEADER.fullmatch(given.proxy_header):
        raise WrongInput(
            f"--proxy-header {given.proxy_header}: is no name of a header, as in X-Forwarded-Email"
        )
    for peer in given.proxy_from:
        if peer != UNIX and not _address(peer):
            raise WrongInput(f"--proxy-from {peer}: is neither an IP address nor {UNIX}")
    file = Path(given.database.removeprefix("sqlite:///")).resolve()
    if given.database.startswith("sqlite:///") and any(map(file.is_relative_to, given.projects)):
        raise WrongInput(
            f"--database {given.database}: lies in a project; name a file outside of it"
        )
    name = given.git_author.partition(" <")[0]
    if not WHO.fullmatch(given.git_author) or not any(map(str.isalnum, name)):
        raise WrongInput(f"--git-author {given.git_author}: write it as Name <name@example.org>")
    return given._replace(proxy_from=tuple(map(plain, given.proxy_from)))


def plain(peer: str) -> str:
    """An address in the one form in which addresses are compared."""
    return str(ipaddress.ip_address(peer)) if _address(peer) else peer


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
