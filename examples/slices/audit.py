"""Two public data sets, slice by slice: who gets good credit, and who earns more than 50,000 dollars.

    python examples/slices/audit.py [FOLDER]

The folder holds `credit-g.csv` (German credit) and `ACSIncome.test.parquet` (US census, ACS); when it
is not named it is `../shared/data` beside this repository. What is not there is left out, and said.
Nothing is trained: the outcomes in the data are audited as they are, and then one plain rule stands
for a model, so that there are errors to look at.
"""

import sys
from pathlib import Path

from trl4ml.slices import Attribute, Comparison, measure, scan
from trl4ml.slices.search import search

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"
COLLEGE = 21
"""SCHL of 21 and more is a bachelor's degree or beyond."""


def credit(path: Path) -> None:
    """The same people, cut at 25 in two ways: one is below four fifths, the other is above."""
    import duckdb

    people = duckdb.sql(
        f"""select age, class, case when personal_status like '%female%' then 'female' else 'male' end as sex
            from read_csv('{path}')"""
    )
    for closed, rule in (("right", "age > 25"), ("left", "age >= 25")):
        cube = scan(
            people, [Attribute.cut("age", 25, closed=closed), "sex"], label="class", positive="good"
        )
        table = measure(cube, ["base_rate"])
        (ratio,) = table.compare("base_rate", ["age"], "ratio_between_groups")
        print(f"{rule:9}  {told(ratio)}  below four fifths: {ratio.below('4/5')}")
    print(measure(cube, ["base_rate"]).frame("sex"), end="\n\n")


def income(path: Path) -> None:
    """The outcomes by sex and race, then a rule that knows of schooling alone, and where it fails."""
    import duckdb

    people = duckdb.sql(
        f"select SEX, RAC1P, AGEP, PINCP, (SCHL >= {COLLEGE})::int as rule from read_parquet('{path}')"
    )
    by = ["SEX", "RAC1P", Attribute.cut("AGEP", 25, 45, 65)]
    cube = scan(people, by, label="PINCP", prediction="rule")
    table = measure(cube, ["base_rate", "true_positive_rate", "false_positive_rate"])
    for metric in ("base_rate", "true_positive_rate", "false_positive_rate"):
        for column in ("SEX", "RAC1P", "AGEP"):
            (ratio,) = table.compare(metric, [column], "ratio_between_groups")
            print(f"{metric:20} {column:6} {told(ratio)}")
    print("\nwhere the rule is wrong most often:")
    for one in search(cube, "error_rate").findings:
        print(f"  {one!s:50} {one.rate:.3f} [{one.lower:.3f}, {one.upper:.3f}] of {one.n:,}")


def told(one: Comparison) -> str:
    """`0.7948 [0.6991, 0.9037]: age=(-inf, 25] against age=(25, inf]`."""
    ends = " against ".join(", ".join(str(v.group) for v in end) for end in (one.of, one.against))
    return f"{one.value:.4f} [{one.lower:.4f}, {one.upper:.4f}]: {ends}"


def main(folder: Path) -> None:
    """Audit what is there."""
    for name, audit in (("credit-g.csv", credit), ("ACSIncome.test.parquet", income)):
        path = folder / name
        print(f"== {name}" + ("" if path.is_file() else f": not in {folder}, left out"))
        if path.is_file():
            audit(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else BESIDE)
