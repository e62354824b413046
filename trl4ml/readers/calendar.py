"""Today, as one probe sees it; and what the cache asks of registers without reading them."""

from collections.abc import Mapping
from datetime import date
from typing import Any


class CalendarView:
    def __init__(self, today: date) -> None:
        self._today = today
        self.asked: dict[str, bool] = {}

    def reached(self, day: date) -> bool:
        self.asked[day.isoformat()] = self._today >= day
        return self._today >= day


def register_digest(declared: Mapping[str, Any], name: str) -> str:
    """Of the register as it was declared, and of the text that its lines are counted in."""
    one = declared.get(name)
    return f"{one.digest} {one.text_digest}" if one else "not declared"
