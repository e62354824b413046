"""Files of the site as it was built last, to whom they may be shown."""

import os
from collections.abc import Mapping
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from trl4ml import resources
from trl4ml.server.limits import NO_PAGE, Refusal
from trl4ml.server.readers import Reader, may_read, reader
from trl4ml.server.setup import Server

SHARED = (".css", ".js", ".svg")
OWN: Mapping[str, tuple[str, str]] = {
    "style.css": ("site", "text/css"), "icon.svg": ("site", "image/svg+xml"),
    "sshsig.js": ("site", "text/javascript"), "passkey.js": ("site", "text/javascript"),
    "sign-in.js": ("server", "text/javascript"), "enrol-link.js": ("server", "text/javascript"),
}  # fmt: skip
"""What the server's own pages need, also before somebody signed in; by name, and from where."""


class Whole(StaticFiles):
    """Files that are read before a byte of them is sent: what is swapped meanwhile has another length."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope,
        status_code: int = 200,
    ) -> Response:  # fmt: skip
        """The file as it is now. Raises Refusal when a swap has just taken it away."""
        try:
            content = Path(full_path).read_bytes()
        except OSError:
            raise Refusal(404, NO_PAGE) from None
        kind = guess_type(full_path)[0] or "application/octet-stream"
        headers = {"etag": f'"{sha256(content).hexdigest()}"'}
        response = Response(content, status_code, headers, kind)
        unchanged = self.is_not_modified(response.headers, Headers(scope=scope))
        return NotModifiedResponse(response.headers) if unchanged else response


class Pages:
    """The site. It is swapped as a whole while this serves it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._files = Whole(directory=server.site, html=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if self._server.settings.private:
            who = await run_in_threadpool(
                reader, request, self._server.settings, self._server.engine
            )
            if who is None:
                await self._to_sign_in(request)(scope, receive, send)
                return
            if not self._may(who, self._files.get_path(scope)):
                raise Refusal(404, NO_PAGE)
        await self._files(scope, receive, send)

    def _may(self, who: Reader, path: str) -> bool:
        """`path` is as the files know it: without `.` and `..`, and without a slash before it."""
        projects, settings = self._server.projects, self._server.settings
        first = path.partition("/")[0]
        named = [one for one in projects if one.prefix == f"/{first}"]
        if not named and path.endswith(SHARED):
            return any(may_read(who, one, settings) for one in projects)
        return all(may_read(who, one, settings) for one in named or projects)

    def _to_sign_in(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD") and request.url.path.endswith(("/", ".html")):
            return RedirectResponse("/sign-in", 303)
        raise Refusal(401, "sign in first")


async def own(request: Request) -> Response:
    """A file of the server's own pages."""
    found = OWN.get(request.path_params["name"])
    if found is None:
        raise Refusal(404, NO_PAGE)
    folder, kind = found
    path: Path = resources.folder("templates") / folder / request.path_params["name"]
    return FileResponse(path, media_type=kind)
