"""Functions that a service answers requests with."""

import ast
import re
from collections.abc import Iterator

from trl4ml.source.functions import Function, decorating_calls, functions, parameters
from trl4ml.source.names import last
from trl4ml.source.trees import near_imports, nodes

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}
METHODS |= {"publish", "subscribe"}
ROUTES = METHODS | {"api_route", "route", "websocket"}
TAKING = {"post", "put", "patch", "api", "api_route", "route", "websocket", "endpoint"}
SERVERS = b"fastapi bentoml litestar flask robyn ninja ray.serve modal".split()
MARK = re.compile(rf"@[\w. ]*\b({'|'.join(sorted(TAKING))})\b".encode())
OWN_ARGUMENTS = {"self", "request"}
SAYS_ANSWER = {"response_model", "response"}
SAYS_INPUT = {"input", "input_spec"}


def typed_handlers(tree: ast.AST) -> list[bool]:
    """Of each handler of a route whether it states all types."""
    handlers = (f for f in functions(tree) if any(map(_is_route, f.decorator_list)))
    return [_is_typed(handler) for handler in handlers]


def has_version(tree: ast.AST) -> bool:
    """Whether an app is made with a version."""
    made = (
        n for n in nodes(tree) if isinstance(n, ast.Call) and last(n) in ("FastAPI", "NinjaAPI")
    )
    return any(keyword.arg == "version" for call in made for keyword in call.keywords)


def may_take_data(content: bytes) -> bool:
    """A quick look, so that only few files are parsed."""
    if not MARK.search(content):
        return False
    near = near_imports(content)
    return any(server in near for server in SERVERS)


def types_taken(tree: ast.AST) -> set[str]:
    """The names of all types in what the handlers that receive data take."""
    found: set[str] = set()
    for function in functions(tree):
        if any(last(one) in TAKING for one in function.decorator_list):
            found.update(*map(names_in, _inputs(function)))
    return found


def names_in(node: ast.AST) -> set[str]:
    """Every name in an annotation, also in one that is written as text."""
    every = list(nodes(node))
    texts = (str(one.value) for one in every if isinstance(one, ast.Constant))
    return {*map(last, every)}.union(*(re.findall(r"\w+", text) for text in texts))


def _inputs(function: Function) -> Iterator[ast.expr]:
    yield from (one.annotation for one in parameters(function) if one.annotation)
    for call in decorating_calls(function):
        yield from (keyword.value for keyword in call.keywords if keyword.arg in SAYS_INPUT)


def _is_route(decorator: ast.expr) -> bool:
    first = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
    path = first.value if isinstance(first, ast.Constant) else None
    at_a_path = isinstance(path, str) and path[:1] in ("", "/")
    return last(decorator) == "api" or (last(decorator) in ROUTES and at_a_path)


def _is_typed(handler: Function) -> bool:
    """Whether it states what it returns and the type of each argument without a default."""
    stated = {keyword.arg for call in decorating_calls(handler) for keyword in call.keywords}
    args = handler.args.args[: len(handler.args.args) - len(handler.args.defaults)]
    typed = all(arg.annotation or arg.arg in OWN_ARGUMENTS for arg in args)
    return typed and bool(handler.returns or stated & SAYS_ANSWER)
