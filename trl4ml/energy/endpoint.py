"""An HTTP endpoint as a callable, for `inference.measure`: asked only because somebody said so."""

import weakref
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from trl4ml.energy.errors import Refused


def endpoint(
    url: str,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 60.0,
    here: bool = False,
) -> Callable[[], Any]:
    """A function that asks once and gives the JSON (or the text) of the answer.

    With a body it is posted as JSON, else fetched. The endpoint has to run on this machine, since
    that is what the meter sees; `here` says so where its name does not. Raises Refused, also from
    the function when the endpoint does not answer with success.
    """
    try:
        import httpx
    except ImportError:
        raise Refused("httpx is not installed: pip install 'trl4ml[energy]'") from None
    host = _host(url)
    if not here and not _on_this_machine(host):
        raise Refused(
            f"{host} is another machine, and its energy cannot be read from this one: measure "
            "there, or estimate the calls from their log"
        )
    client = httpx.Client(timeout=timeout_s, headers=dict(headers or {}), trust_env=False)

    def ask() -> Any:
        try:
            answer = client.get(url) if body is None else client.post(url, json=dict(body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Refused(f"{url} does not answer: {error}; is the server running?") from None
        if not answer.is_success:
            raise Refused(f"{url} answers {answer.status_code}; put the request right first")
        try:
            return answer.json()
        except (ValueError, RecursionError):
            return answer.text

    weakref.finalize(ask, client.close)
    return ask


def usage(answer: Any) -> tuple[int, int]:
    """Prompt and output tokens of an answer in the OpenAI or the Ollama shape. Raises Refused."""
    told = answer if isinstance(answer, Mapping) else {}
    told = told.get("usage", told)
    for prompt, output in (
        ("prompt_tokens", "completion_tokens"),
        ("input_tokens", "output_tokens"),
        ("prompt_eval_count", "eval_count"),
    ):
        pair = (told.get(prompt, 0), told.get(output)) if isinstance(told, Mapping) else (0, None)
        if all(isinstance(one, int) and one >= 0 for one in pair):
            return int(pair[0]), int(pair[1] or 0)
    raise Refused(
        "the answer has no token counts: neither usage.completion_tokens, usage.output_tokens nor "
        "eval_count; count them yourself, or ask for energy per request only"
    )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise Refused(f"'{url}' is no address; give one like http://localhost:8000/v1/completions")
    return host


def _on_this_machine(host: str) -> bool:
    """By name or number alone, without asking a name server."""
    if host == "localhost":
        return True
    try:
        if ip_address(host).is_loopback:
            return True
    except ValueError:
        return False
    try:
        import psutil
    except ImportError:
        return False
    return host in {one.address for several in psutil.net_if_addrs().values() for one in several}
