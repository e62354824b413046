"""The addresses of the server, beside the pages of the site.

Every answer that is not a page is JSON; every refusal is `{"says": "…"}`. Nothing of a request is
put into an answer but what was checked, and pages escape all of it.
"""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from trl4ml import resources
from trl4ml.server import due, invitations, notes
from trl4ml.server.clock import now
from trl4ml.server.limits import NO_PAGE, Refusal, address, body
from trl4ml.server.readers import Reader, may_read, reader
from trl4ml.server.setup import Server
from trl4ml.server.watching import Watched

SECRET = {"cache-control": "no-store"}


def of(request: Request) -> Server:
    found: Server = request.app.state.server
    return found


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(resources.folder("templates") / "server"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def page(name: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(_templates().get_template(name).render(values), headers=SECRET)


async def asking(request: Request) -> Reader | None:
    """Who asks, where that matters."""
    server = of(request)
    if not server.settings.private:
        return None
    return await run_in_threadpool(reader, request, server.settings, server.engine)


async def allowed(request: Request, one: Watched) -> Reader | None:
    who = await asking(request)
    if not may_read(who, one, of(request).settings):
        raise Refusal(401, "sign in first") if who is None else Refusal(404, NO_PAGE)
    return who


def about(number: int) -> tuple[Callable[[Request], Any], Callable[[Request], Any]]:
    """The two routes of one project: what there is to sign now, and where notes are sent."""

    async def present(request: Request) -> Response:
        one = of(request).projects[number]
        await allowed(request, one)
        seen = one.reviews
        last = max((note.number for note in seen.verified.notes if note.digest), default=0)
        return JSONResponse({
            "server": "trl4ml", "project": one.name, "report": seen.report, "policy": seen.policy.digest,
            "tip": seen.verified.tip, "next_number": last + 1,
        }, headers=SECRET)  # fmt: skip

    async def post(request: Request) -> Response:
        server = of(request)
        one = server.projects[number]
        await allowed(request, one)
        who = address(request, server.settings)
        server.rate.take(who)
        offered = notes.read(await body(request))
        try:
            await run_in_threadpool(notes.signed, offered, one.reviews)
            answer = await asyncio.wrap_future(server.intakes[number].offer(offered))
        except Refusal as why:
            server.log.tell(
                "refused", project=one.name, address=who, digest=offered.digest, status=why.status
            )
            raise
        if answer.status >= 400:
            server.log.tell(
                "refused",
                project=one.name,
                address=who,
                digest=offered.digest,
                status=answer.status,
            )
        return JSONResponse(answer.body, answer.status, headers=SECRET)

    return present, post


async def queue(request: Request) -> Response:
    """Who must still review what: a page, or JSON for whoever accepts nothing else."""
    server, who = of(request), await asking(request)
    if server.settings.private and who is None:
        return RedirectResponse("/sign-in", 303)
    seen = [one for one in server.projects if may_read(who, one, server.settings)]
    told = await run_in_threadpool(_queued, server, seen)
    if request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse({"projects": told}, headers=SECRET)
    problem = server.refreshing.problem if len(seen) == len(server.projects) else ""
    return page("queue.html.j2", projects=told, who=who.principal if who else "", problem=problem)


def _queued(server: Server, seen: list[Watched]) -> list[dict[str, Any]]:
    found = []
    for one in seen:
        told = due.queued(one, invitations.enrolled(server.engine, one.name), now())
        late = server.committing.problems.get(one.root) if server.committing else None
        told["problems"] += [late] if late else []
        found.append(told)
    return found


async def health(request: Request) -> Response:
    """Whether the index answers; for whoever watches the server."""

    def asked() -> bool:
        try:
            with of(request).engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    well = await run_in_threadpool(asked)
    return JSONResponse({"well": well}, 200 if well else 503, headers=SECRET)
