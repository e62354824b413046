"""The quantile of Student's t for whole degrees of freedom, without scipy.

Abramowitz and Stegun (1964), 26.7.3 and 26.7.4 (the finite series of the two-sided probability),
and 26.7.5 (the expansion by the normal quantile) from 100 degrees of freedom on.
"""

import math
from statistics import NormalDist


def quantile(freedom: int, level: float = 0.95) -> float:
    """The two-sided quantile: 4.3027 for 2 degrees of freedom at level .95."""
    if freedom < 1 or not 0 < level < 1:
        raise ValueError(f"no t quantile for {freedom} degrees of freedom at level {level}")
    if freedom >= 100:
        return _expanded(freedom, NormalDist().inv_cdf(0.5 + level / 2))
    low, high = 0.0, math.pi / 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(freedom, middle) < level else (low, middle)
    return math.sqrt(freedom) * math.tan(high)


def _within(freedom: int, angle: float) -> float:
    """P(|T| ≤ t), with t = √freedom · tan(angle)."""
    sine, square = math.sin(angle), math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(odd + 1, freedom, 2):
        total += term
        term *= square * k / (k + 1)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def _expanded(v: int, z: float) -> float:
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
