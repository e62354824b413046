"""The time, as notes have it: UTC, to the second."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def said(at: datetime) -> str:
    """As in 2026-11-21T09:00:00Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
