"""`python -m feed`: data/mauna_loa.csv, checked and filled, becomes data/weekly.csv."""

import sys
from pathlib import Path

from feed.gaps import fill
from feed.weeks import load


def build(root: Path) -> None:
    """Write every week with its value and whether it was measured or filled."""
    weeks = load(root / "data" / "mauna_loa.csv", root / "schema" / "week.schema.json")
    values = fill([week.ppm for week in weeks])
    rows = [
        f"{week.day},{value},{'filled' if week.ppm is None else 'measured'}"
        for week, value in zip(weeks, values, strict=True)
    ]
    text = "\n".join(("week,co2,origin", *rows)) + "\n"
    (root / "data" / "weekly.csv").write_text(text, encoding="utf-8")
    counted = sum(week.ppm is None for week in weeks)
    print(f"{len(weeks)} weeks, {counted} of them filled, none dropped")


if __name__ == "__main__":
    build(Path(__file__).resolve().parents[1])
    sys.exit(0)
