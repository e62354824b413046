"""The type of arrays of numbers; docstrings give their shapes."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
"""Whole or real numbers: counts become sums of weights where rows are weighted."""
