"""The addresses of enrolling a key, signing in and signing out."""

import base64
import binascii

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from trl4ml.server import due, invitations, passkeys, sessions
from trl4ml.server.clock import now
from trl4ml.server.limits import Refusal, address, fields
from trl4ml.server.readers import cookie
from trl4ml.server.routes import SECRET, of, page

OVER = "this link is not known, was used, or is over; ask for a new one"
MERGE = "a maintainer merges this line; until then your signature does not count"


async def enrol_page(request: Request) -> Response:
    token = request.path_params["token"]
    found = await run_in_threadpool(invitations.open_, of(request).engine, token, now())
    if found is None:
        return page("over.html.j2")
    proof = base64.b64encode(invitations.proof(found, token)).decode()
    return page("enrol.html.j2", invitation=found, proof=proof)


async def enrol(request: Request) -> Response:
    """Use an invitation: the new key signs, and the link is used up."""
    server, token = of(request), request.path_params["token"]
    server.rare.take(address(request, server.settings))
    given = await fields(request, "signature")
    found = await run_in_threadpool(invitations.open_, server.engine, token, now())
    over = Refusal(404, OVER)
    if found is None:
        raise over
    message = invitations.proof(found, token)
    origins = server.settings.origins
    key = await run_in_threadpool(
        passkeys.proven, given["signature"], message, invitations.NAMESPACE, origins
    )
    if not await run_in_threadpool(invitations.used, server.engine, token, key, now()):
        raise over
    server.log.tell("enrolled", project=found.project, principal=found.principal)
    told = due.line(found._replace(key=key))
    return JSONResponse(
        {**told, "next": MERGE},
        201,
        headers=SECRET,
    )


async def sign_in_page(request: Request) -> Response:
    return page("sign-in.html.j2")


async def challenge(request: Request) -> Response:
    server = of(request)
    server.rare.take(address(request, server.settings))
    made = server.challenges.new(server.settings.origins[0], now())
    return JSONResponse({"challenge": base64.b64encode(made).decode()}, headers=SECRET)


async def sign_in(request: Request) -> Response:
    """Begin a session for whoever signs a fresh challenge with a key that a project trusts."""
    server = of(request)
    who = address(request, server.settings)
    server.rare.take(who)
    given = await fields(request, "challenge", "signature")
    try:
        message = base64.b64decode(given["challenge"], validate=True)
    except (binascii.Error, ValueError):
        message = b""
    if not server.challenges.use(message, now()):
        raise Refusal(422, "this attempt is over; try again")
    known = [one for project in server.projects if project.reviews.trust
             for one in passkeys.valid(project.reviews.trust, now())]  # fmt: skip
    found = await run_in_threadpool(
        passkeys.whose,
        given["signature"],
        message,
        sessions.NAMESPACE,
        server.settings.origins,
        known,
    )
    if found is None:
        server.log.tell("sign-in refused", address=who)
        raise Refusal(403, "no project here knows this key; ask its maintainers to enrol you")
    made = await run_in_threadpool(sessions.begin, server.engine, found.principal, found.key, now())
    server.log.tell("signed in", principal=found.principal, address=who)
    answer = JSONResponse({"next": "/queue"}, headers=SECRET)
    answer.set_cookie(
        cookie(server.settings), made, max_age=int(sessions.LASTS.total_seconds()), path="/",
        secure=server.settings.secure, httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


async def sign_out(request: Request) -> Response:
    server = of(request)
    name = cookie(server.settings)
    await run_in_threadpool(sessions.end, server.engine, request.cookies.get(name, ""))
    answer = RedirectResponse("/sign-in", 303, headers=SECRET)
    answer.delete_cookie(
        name, path="/", secure=server.settings.secure, httponly=True, samesite="lax"
    )
    return answer
