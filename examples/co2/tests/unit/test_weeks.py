"""The feed takes the weeks as they were published, and refuses any others."""

from datetime import date
from pathlib import Path

import pytest

from feed.weeks import Week, load, read

SCHEMA = {"properties": {"co2": {"minimum": 300.0, "maximum": 400.0}}}
MOCK = ["date,co2", "19580329,316.1", "19580405,", "19580412,317.6"]


@pytest.mark.item("mock-and-test-data")
def test_a_week_without_a_value_was_not_measured() -> None:
    assert read(MOCK, SCHEMA)[1] == Week(date(1958, 4, 5), None)


@pytest.mark.item("input-schema-tested")
@pytest.mark.item("corner-cases")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("19580413,317.6", "line 4: 1958-04-13 does not follow 1958-04-05 by a week"),
        ("19580405,317.6", "line 4: 1958-04-05 does not follow 1958-04-05 by a week"),
        ("19580412,-99.99", "line 4: -99.99 ppm is outside the schema"),
        ("19580412,400.1", "line 4: 400.1 ppm is outside the schema"),
        ("19580231,317.6", "line 4: '19580231' is no day"),
        ("19580412,nan", "line 4: nan ppm is outside the schema"),
    ],
)
def test_a_line_that_is_not_as_agreed_is_named(line: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read([*MOCK[:3], line], SCHEMA)


def test_a_record_with_one_changed_byte_is_refused(root: Path, tmp_path: Path) -> None:
    for name in ("SHA256SUMS", "mauna_loa.csv"):
        (tmp_path / name).write_bytes((root / "data" / name).read_bytes())
    changed = tmp_path / "mauna_loa.csv"
    changed.write_text(changed.read_text().replace("316.1", "316.2", 1))
    with pytest.raises(ValueError, match=r"mauna_loa\.csv: sha256 is"):
        load(changed, root / "schema" / "week.schema.json")


@pytest.mark.item("data-profiled")
@pytest.mark.lab
def test_the_record_is_what_the_datasheet_says(weeks: list[Week]) -> None:
    values = [week.ppm for week in weeks if week.ppm is not None]
    assert (len(weeks), len(values)) == (2284, 2225)
    assert (weeks[0].day, weeks[-1].day) == (date(1958, 3, 29), date(2001, 12, 29))
    assert (min(values), max(values)) == (313.0, 373.9)
    assert {week.day.strftime("%A") for week in weeks} == {"Saturday"}
