"""`trl4ml slices`: every table that cannot be measured is one sentence with the remedy."""

from pathlib import Path

import pytest

from tests.test_slices_command import EIGHTEEN, GIVEN, as_json, made, slices

MANY = "y,p,group\n" + "".join(f"{i % 2},{i % 2},g{i}\n" for i in range(10_000))
WORDS = EIGHTEEN.replace("\n1,", "\ngood,").replace("\n0,", "\nbad,")
BAD: list[tuple[str, str, tuple[str, ...], str]] = [
    ("none", "", GIVEN, "none.csv does not exist; give a file, a folder or a glob"),
    ("a.csv", EIGHTEEN, (*GIVEN[:4], "--by", "sex"), "a.csv: the table has no column 'sex'; it has 'y', 'p', 'group'"),
    ("a.csv", EIGHTEEN, ("--label", "yy", "--by", "group"), "a.csv: the table has no column 'yy'; did you mean 'y'?"),
    ("a.csv", WORDS, GIVEN, "a.csv: label 'y' holds 'bad', 'good' but not '1'; name its positive value with --positive"),
    ("a.csv", WORDS, (*GIVEN, "--positive", "good"), "a.csv: prediction 'p' holds '0', '1' but not 'good'; name its positive value with --predicted"),
    ("a.csv", "y,p,group\n0,0,a\n1,1,b\n2,1,b\n", GIVEN, "a.csv: label 'y' is not binary: it holds '0', '1', '2'; name the favourable values with --positive, or ask for --task classes"),
    ("a.csv", "y,p,group\n0,0.2,a\n1,0.7,b\n", GIVEN, "a.csv: prediction 'p' holds probabilities or scores (such as 0.2); give it as score with a threshold"),
    ("a.csv", "y,s,group\n0,0.2,a\n1,high,b\n", ("--label", "y", "--score", "s", "--by", "group"), "a.csv: score 's' holds string and not numbers; convert the column"),
    ("a.csv", "y,p,group\n", GIVEN, "a.csv: the table has no rows; give one that has some"),
    ("a.csv", "", GIVEN, "a.csv is empty; give a table with a header and rows"),
    ("a.csv", MANY, GIVEN, "a.csv: column 'group' has … levels or more (at most 1,000); give bins, or its largest levels with COLUMN:top=20, or raise --max-levels"),
    ("a.csv", "y,p,group\n1,1,2020-01-01\n0,0,2020-01-02\n", GIVEN, "a.csv: column 'group' holds dates or times; derive a column of periods to slice by"),
    ("a.csv", "y,p,group,w\n1,1,a,-1\n0,1,b,2\n", (*GIVEN, "--weight", "w"), "a.csv: weight 'w' is negative or infinite in some rows; it begins at 0"),
    ("a.json", '[{"y": 1, "p": 1, "group": "a"}, {"y": "x", "p": 0, "group": "b"}, {"y": {"a": 1}, "p": 0, "group": "b"}]', GIVEN, "a.json: column 'y' mixes types; make it one type"),
    ("a.json", "[]", GIVEN, "a.json has no rows; give one that has some"),
    ("a.json", "[1, 2]", GIVEN, 'a.json holds no records; write rows as in [{"sex": "f", "label": 1}]'),
    ("a.json", '[{"y": 1, "p": 1, "group": "a"},', GIVEN, "a.json ends within its rows; write it again"),
    ("a.csv", " \n\n", GIVEN, "a.csv is empty; give a table with a header and rows"),
    ("a.csv", "y,p,group\n0,0\n1,1,b,c\n", GIVEN, "a.csv does not begin with a header of as many columns as its rows have; remove what stands above it, or repair the rows"),
    ("a.csv", "y,p,group,group\n0,0,a,b\n", GIVEN, "a.csv has two columns 'group'; rename one"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--positive", ""), "a.csv: the positive value of label 'y' is empty; name one with --positive"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--by", "y:inf"), "--by: 'y:inf' has an edge of y that is not finite, inf; give numbers"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--metric", "mae"), "a.csv: the cube has no numbers; ask for --task regression"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--task", "regression", "--search"), "a.csv: a search compares rates, and a regression has none; leave it out"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--ll144", "--sex", "group", "--race", "group"), "--race: names the column of --sex, 'group'; give two"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--sensitive", "none.csv", "--key", "id"), "none.csv does not exist; give a file, a folder or a glob"),
    ("a.csv", "y,s,group\n0,-3,a\n1,2,b\n", (*GIVEN[:2], "--score", "s", "--bins", "10", "--by", "group"), "a.csv: a histogram of scores needs them in [0, 1]; some are outside: rescale, or ask for --bins 0"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--query", "group"), "--query: a list is ranked by `rank` or by `score`; name one of them"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--rank", "y"), "a.csv: rank 'y' is no place in 6 rows; places are whole numbers from 1"),
    ("a.parquet", EIGHTEEN, GIVEN, "a.parquet is not what its suffix says: it is not a whole Parquet file; write it again or rename it"),
    ("a.csv", "PAR1xxxxPAR1", GIVEN, "a.csv is not what its suffix says: it holds Parquet; rename or convert it"),
    ("a.json", EIGHTEEN, GIVEN, "a.json is not what its suffix says: JSON begins with [ or {; rename or convert it"),
    ("a.txt", EIGHTEEN, GIVEN, "a.txt is not a table that can be read; give Parquet (.parquet), CSV (.csv, .tsv) or JSON (.json, .jsonl, .ndjson)"),
    ("a.csv", EIGHTEEN, ("--by", "group"), "a.csv: nothing to measure; name a label, a prediction or a score column"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--metric", "fairness"), "a.csv: metric 'fairness' is not known; take"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--by", "group,"), "--by: 'group,' has an empty part; write it as in sex,race or age:25,45"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--sensitive", "s.csv"), "--sensitive: `sensitive` and `key` are given together"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--threshold", "0.5"), "--threshold: a threshold needs the column of the score"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--reference", "group=z"), "a.csv: 'group' has no level 'z'; its levels are 'a', 'b', 'c'"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--reference", "best"), "a.csv: reference 'best' is not known; take"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--ll144"), "a.csv: 'sex' is not among the columns of --by; it has 'group'"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--ll144", "--particulars", "day=1"), "--particulars: 'day' is not one of date, source, period, distributed; give it as in date=2026-11-01"),
    ("a.csv", EIGHTEEN, (*GIVEN, "--replicates", "1000000"), "--replicates: Input should be less than or equal to 100000"),
    ("a.csv", "y,p,\x1b[31mgroup\n1,1,a\n", (*GIVEN[:4], "--by", "sex"), "a.csv: the table has no column 'sex'; it has 'y', 'p', '\\x1b[31mgroup'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "options", "says"), BAD, ids=[b[3][:60] for b in BAD])
def test_a_table_that_cannot_be_measured_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str,
    options: tuple[str, ...], says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    if name == "none":
        name = "none.csv"
    else:
        made(tmp_path, text, name)
    code, out, err = slices(name, *options)
    assert (code, out) == (2, "")
    first, _, last = says.partition("…")
    assert err.startswith(f"trl4ml: {first}"), err
    assert last in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (
            "y,s,group\n0,nan,a\n1,0.7,b\n1,,b\n",
            ("--label", "y", "--score", "s"),
            "note: 2 of 3 rows have no score ('s')",
        ),
        (
            "y,p,group\n1,1,a\n1,0,b\n",
            ("--label", "y", "--prediction", "p"),
            "note: every label ('y') is positive: rates that need the other are undefined",
        ),
        (
            "y,p,group\n1,1,a\n0,0,a\n1,0,b\n",
            ("--label", "y", "--prediction", "p", "--min-n", "2", "--metric", "accuracy"),
            "b      0.0000  [0.0000, 0.7935]  0/1      -1.0000  0.3333  too few to compare",
        ),
    ],
    ids=["missing scores", "one class", "a group of one"],
)
def test_what_can_be_measured_only_in_part_says_what_is_missing(
    tmp_path: Path, text: str, options: tuple[str, ...], says: str
) -> None:
    code, out, err = slices(made(tmp_path, text), *options, "--by", "group")
    assert (code, err) == (0, "")
    assert says in out


def test_the_groups_may_lie_in_another_file_with_one_row_for_each_key(tmp_path: Path) -> None:
    file = made(tmp_path, "id,y,p\n1,1,1\n2,0,0\n3,1,0\n")
    beside = made(tmp_path, "id,sex\n1,f\n2,m\n", "people.csv")
    given = ("--label", "y", "--prediction", "p", "--by", "sex", "--sensitive", str(beside))
    found = as_json(file, *given, "--key", "id", "--min-n", "1", "--metric", "accuracy")
    assert [one["slice"] for one in found["values"]] == ["sex=f", "sex=m", "sex=(missing)"]
    beside.write_text("id,sex\n1,f\n1,m\n")
    assert slices(file, *given, "--key", "id") == (2, "", (
        f"trl4ml: {beside}: the table of sensitive columns repeats 1 keys of 'id'; "
        "keep one row per key\n"
    ))  # fmt: skip
    beside.write_text("id,sex\na,f\n")
    assert slices(file, *given, "--key", "id") == (2, "", (
        f"trl4ml: {file}: key 'id' is of two types, int64 and string; make it one type\n"
    ))  # fmt: skip
