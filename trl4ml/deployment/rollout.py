"""How a service is rolled out and kept alive: canary, shadow, scale to zero, checks, limits."""

import re
from typing import Any

from trl4ml.deployment.data import Pair, mappings, whole_number

NAMES = ("canary", "shadow", "scale_to_zero", "health_check", "resource_limits")
SPLITS = frozenset(
    {"canary", "route", "traffic", "predictors", "candidates", "backendRefs", "backends"}
)
SHARES = ("weight", "percent", "traffic", "trafficPercent")
KEYS = {
    "shadow": "mirror mirrors mirrorpercentage mirrorpercent mirrortraffic requestmirror shadow",
    "health_check": "readinessprobe livenessprobe startupprobe healthcheck healthcheckpath "
    "readinesscheck livenesscheck healthcheckperiods checks",
    "resource_limits": "memlimit memorysize",
}
NAME_OF = {key: name for name, keys in KEYS.items() for key in keys.split()}
LEAST = frozenset({"minreplicas", "minreplicacount", "minscale"})
MOST = frozenset(
    {"replicas", "maxreplicas", "maxreplicacount", "numreplicas", "replicacount", "maxscale"}
)


def features(pair: Pair) -> set[str]:
    """Which of NAMES a key and its value declare."""
    above, key, value = pair
    word = plain(key)
    given = bool(value) and value not in ("{}", "[]", "null", "false")
    off = isinstance(value, dict) and value.get("disable") is True
    told = {
        "canary": is_canary(pair, given),
        "scale_to_zero": word in LEAST and whole_number(value) == 0,
        "resource_limits": above == "resources" and key == "limits" and given,
        NAME_OF.get(word, ""): given and not off,
    }
    return {name for name, holds in told.items() if holds and name}


def replicas(pair: Pair) -> int | None:
    """How many of it there may be, if that is what it declares."""
    return whole_number(pair.value) if plain(pair.key) in MOST else None


def is_canary(pair: Pair, given: bool) -> bool:
    above, key, value = pair
    return (
        (key == "canaryTrafficPercent" and 0 < (whole_number(value) or 0) < 100)
        or ((above, key) == ("canary", "steps") and given)
        or (above, key, value) == ("", "kind", "Canary")
        or (key.endswith("/canary") and str(value).lower() == "true")
        or is_split(key, value)
    )


def is_split(key: str, value: Any) -> bool:
    """Whether it sends shares of the traffic two ways, as a list or as a mapping of percentages."""
    if isinstance(value, dict):
        shares = [whole_number(share) or 0 for share in value.values()]
        return key == "traffic" and max(shares, default=0) < 100 == sum(shares)
    if key not in SPLITS:
        return False
    shares = [whole_number(one[s]) or 0 for one in mappings(value) for s in SHARES if s in one]
    return sum(share > 0 for share in shares) > (key != "canary")


def plain(key: str) -> str:
    """`autoscaling.knative.dev/max-scale` → `maxscale`, `min_replicas` → `minreplicas`."""
    return re.sub(r"[^a-z]", "", key.lower().rpartition("/")[2])
