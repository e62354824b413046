"""The application: routes inside, the guard outside, and how it is run."""

import errno
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from trl4ml.errors import WrongInput
from trl4ml.server import connections, entering, routes
from trl4ml.server.guard import Guard
from trl4ml.server.index import said
from trl4ml.server.limits import Refusal
from trl4ml.server.pages import Pages, own
from trl4ml.server.settings import Settings
from trl4ml.server.setup import Server

SOCKET_MODE = 0o660
GRACE_S = 15
BACKLOG = 2048


def app(server: Server) -> ASGIApp:
    """The whole server as one ASGI application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        server.start()
        yield
        server.stop()

    inner = Starlette(
        routes=_routes(server), lifespan=lifespan,
        exception_handlers={
            Refusal: _refused, HTTPException: _http, SQLAlchemyError: _unanswered, Exception: _broken,
        },
    )  # fmt: skip
    inner.router.redirect_slashes = False
    inner.state.server = server
    return Guard(inner, server.settings)


def _routes(server: Server) -> list[Route | Mount]:
    found: list[Route | Mount] = []
    for number, one in enumerate(server.projects):
        present, post = routes.about(number)
        found += [Route(f"{one.prefix}/api/now", present, methods=["GET"]),
                  Route(f"{one.prefix}/api/notes", post, methods=["POST"])]  # fmt: skip
    found += [
        Route("/queue", routes.queue, methods=["GET"]),
        Route("/healthz", routes.health, methods=["GET"]),
        Route("/enrol/{token}", entering.enrol_page, methods=["GET"]),
        Route("/enrol/{token}", entering.enrol, methods=["POST"]),
        Route("/-/{name}", own, methods=["GET"]),
    ]
    if server.settings.private:
        found += [
            Route("/sign-in", entering.sign_in_page, methods=["GET"]),
            Route("/sign-in", entering.sign_in, methods=["POST"]),
            Route("/sign-in/challenge", entering.challenge, methods=["POST"]),
            Route("/sign-out", entering.sign_out, methods=["POST"]),
        ]
    return [*found, Mount("/", app=Pages(server))]


async def _refused(_: Request, why: Exception) -> Response:
    assert isinstance(why, Refusal)
    return JSONResponse({"says": why.says}, why.status, headers=why.headers)


async def _http(_: Request, why: Exception) -> Response:
    assert isinstance(why, HTTPException)
    return JSONResponse({"says": why.detail}, why.status_code, headers=why.headers)


async def _unanswered(request: Request, why: Exception) -> Response:
    assert isinstance(why, SQLAlchemyError)
    routes.of(request).log.tell("fault", says=said(why))
    return JSONResponse({"says": "the server's index does not answer; try again later"}, 503)


async def _broken(_: Request, why: Exception) -> Response:
    return JSONResponse({"says": "the server made a mistake; try again later"}, 500)


def run(server: Server, listening: socket.socket) -> None:
    """Answer until interrupted or told to end; what is under way is finished first."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # what strangers send is no event
    connections.Connection.most = connections.room()
    uvicorn.Server(uvicorn.Config(
        app(server), proxy_headers=False, server_header=False, access_log=False, log_config=None,
        http=connections.Connection, ws="none", lifespan="on", backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )).run(sockets=[listening])  # fmt: skip


def listening(settings: Settings) -> socket.socket:
    """The socket, bound: nobody is answered before everything else is ready. Raises WrongInput."""
    try:
        if settings.socket is not None:
            return _unix(settings.socket)
        host = "127.0.0.1" if settings.host == "localhost" else settings.host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, settings.port))
    except OSError as error:
        raise _taken(settings, error) from None
    return bound


def opened(settings: Settings, bound: socket.socket) -> None:
    """From now on who asks is heard, and waits until all is ready. Raises WrongInput."""
    try:
        bound.listen(BACKLOG)
    except OSError as error:  # two may bind one port, but not listen there
        raise _taken(settings, error) from None


def _taken(settings: Settings, error: OSError) -> WrongInput:
    where = (
        f"--socket {settings.socket}"
        if settings.socket
        else f"--host {settings.host} --port {settings.port}"
    )
    return WrongInput(f"{where}: {error.strerror or error}; name another")


def _unix(path: Path) -> socket.socket:
    """For its owner and group alone; what a killed server left there is replaced."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as tried:
            if tried.connect_ex(str(path)) == 0:
                raise OSError(errno.EADDRINUSE, "another server listens there")
        path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    before = os.umask(0o777 & ~SOCKET_MODE)
    try:
        bound.bind(str(path))
    finally:
        os.umask(before)
    return bound


def ready(settings: Settings, listening: socket.socket) -> Settings:
    """The settings with the port that the system gave."""
    return settings if settings.socket else settings._replace(port=listening.getsockname()[1])
