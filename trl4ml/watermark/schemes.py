"""Which schemes there are, what each reads, and what its key is fixed by."""

import inspect
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from trl4ml.watermark import keys
from trl4ml.watermark.custody import Secret
from trl4ml.watermark.errors import Refused
from trl4ml.watermark.keys import Key


class Scheme(NamedTuple):
    """`reads` is what verification looks at: weights, scores, labels, text …"""

    name: str
    reads: str
    about: str


SCHEMES = (
    Scheme("uchida", "weights", "A message in the weights of one layer."),
    Scheme("gradsigns", "scores", "A message in the input gradient, read through scores alone."),
    Scheme("trigger-set", "labels", "Inputs with secret labels; the top class suffices."),
    Scheme("greenlist", "text", "Green lists in generated text (KGW)."),
    Scheme("synthid", "text", "Tournament sampling in generated text (SynthID-Text)."),
    Scheme("gumbel", "text", "Exponential sampling in generated text (Aaronson)."),
    Scheme("radioactive", "features", "Marked training images; verified from Python only."),
    Scheme("fingerprint", "references", "Answers near the boundary; verified from Python only."),
)


def scheme(name: str) -> Scheme:
    """The scheme of that name. Raises Refused, which lists them."""
    for one in SCHEMES:
        if one.name == name:
            return one
    raise Refused(f"There is no scheme {name}: take one of {', '.join(s.name for s in SCHEMES)}.")


def module(name: str) -> ModuleType:
    """The scheme's module, with keygen and verify. Raises Refused."""
    return import_module(f"trl4ml.watermark.{scheme(name).name.replace('-', '_')}")


def terms(name: str) -> dict[str, str]:
    """What a key of the scheme is fixed by: each term with its default, empty where it is needed."""
    found = inspect.signature(module(name).keygen).parameters.values()
    own = [one for one in found if one.kind is one.KEYWORD_ONLY and one.name != "salt"]
    return {one.name: "" if one.default is one.empty else repr(one.default) for one in own}


def grown(name: str, seed: bytes, salt: bytes, given: Mapping[str, Any]) -> Key:
    """The key of the scheme under these terms; texts such as `64` or `64,128` are read as numbers.

    Raises Refused, which names the terms.
    """
    keygen = module(name).keygen
    known = inspect.signature(keygen).parameters
    needed = {term for term, default in terms(name).items() if not default}
    odd, missing = sorted(set(given) - set(terms(name))), sorted(needed - set(given))
    if odd or missing:
        faults = [f"{', '.join(odd)} is no term of it"] if odd else []
        faults += [f"{', '.join(missing)} is missing"] if missing else []
        says = ", ".join(f"{k}={v}" if v else k for k, v in terms(name).items())
        raise Refused(f"A key of {name}: {' and '.join(faults)}; its terms are {says}.")
    values = {term: _read(term, value, known[term]) for term, value in given.items()}
    return keys.grow(keygen, name, seed, salt, values)


def regrown(secret: Secret) -> Key:
    """The key that a secret holds. Raises Refused."""
    if secret.seed is None:
        return secret.key()
    if secret.version != module(secret.scheme).VERSION:
        raise Refused(
            f"The key is of version {secret.version} of {secret.scheme}, this is version "
            f"{module(secret.scheme).VERSION}: verify it with the release that made it."
        )
    return grown(secret.scheme, secret.seed, secret.salt, secret.terms)


def _read(term: str, value: Any, parameter: inspect.Parameter) -> Any:
    """The value of a term as its parameter wants it."""
    if not isinstance(value, str):
        return value
    wants = str(parameter.annotation)
    try:
        if "Sequence" in wants:
            return [float(p) if "float" in wants else int(p) for p in value.split(",")]
        if "float" in wants:
            return float(value)
        return int(value) if "int" in wants else value
    except ValueError:
        kind = "numbers with commas" if "Sequence" in wants else "a number"
        raise Refused(f"The term {term} is {value!r}; give {kind}.") from None


def listed() -> Sequence[dict[str, Any]]:
    """Every scheme with its terms, as plain data."""
    return [{**one._asdict(), "terms": terms(one.name)} for one in SCHEMES]
