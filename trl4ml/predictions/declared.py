"""What each column of a table of predictions stands for."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trl4ml.core.noun import Noun, Scalar, wrong
from trl4ml.predictions.groupings import NotGrouping, groupings

Rows = Annotated[int, Field(ge=1)]
Replicates = Annotated[int, Field(ge=0, le=100_000)]
Seed = Annotated[int, Field(ge=0)]
Bins = Annotated[int, Field(ge=0, le=1_000_000)]


class Declared(Noun):
    """The columns by their meaning, and the slices that are asked for."""

    predictions: tuple[str, ...] = ()
    """Patterns of the files with the predictions, such as predictions/*.parquet: one table."""
    task: Literal["binary", "classes", "regression"] = "binary"
    """What is predicted: one of two values, one of several classes, or a number."""
    label: str | None = None
    """The column with what was true."""
    prediction: str | None = None
    """The column with what the model decided."""
    score: str | None = None
    """The column with the model's score; a probability for calibration, Brier score and log loss."""
    threshold: float | None = None
    """Without `prediction`: a score of at least this is a positive decision."""
    positive: Scalar | tuple[Scalar, ...] = 1
    """The value of the label that counts as positive, such as 1 or `>50K`; or several."""
    predicted: Scalar | tuple[Scalar, ...] | None = None
    """The same for the prediction, where it is written in another way than the label."""
    query: str | None = None
    """Of ranked lists: the column that says which list a row is in, ranked by `rank` or by `score`."""
    rank: str | None = None
    """The column with the place of a row in its list, from 1."""
    weight: str | None = None
    """The column with the weight of each row."""
    weights: Literal["sampling", "frequency"] = "sampling"
    """What a weight is: one of a survey (`sampling`), or how often the row counts (`frequency`)."""
    by: tuple[str, ...] = ()
    """The slices: `sex`, `sex,race` (each, and crossed), `age:25,45` (cut above 25 and above 45)."""
    missing: tuple[str, ...] = ()
    """Texts that stand for a missing value, such as `?`; empty cells are missing anyway."""
    sensitive: str | None = None
    """Another file that holds columns of `by`; its rows are joined by `key`."""
    key: str | tuple[str, ...] | None = None
    """The column, or the columns, that the two files have in common."""
    bins: Bins | None = None
    """In how many bins scores are kept; unless said, 1,000 above 1,000,000 rows. 0: as they are."""
    max_levels: Rows = 1000
    """A column of more levels than this is refused: cut it, or keep its largest with `zip:top=20`."""
    min_n: Rows = 30
    """A rate on fewer rows than this is shown, with its interval, and compared with nothing."""
    reference: str | dict[str, str] = "largest"
    """Whom groups are compared with: `largest`, `highest`, `lowest`, or a level as in {sex: male}."""

    metrics: tuple[str, ...] = ()
    """What is measured in every slice."""
    replicates: Replicates = 1000
    """How often the counts are drawn again for intervals that have no formula."""
    seed: Seed = 0
    """Of these draws."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        try:
            groupings(self.by)
        except NotGrouping as error:
            raise wrong(str(error), "by", error.at) from None
        if bool(self.sensitive) is not bool(self.key):
            raise wrong("`sensitive` and `key` are given together", "sensitive")
        if self.query and not (self.rank or self.score):
            raise wrong("a list is ranked by `rank` or by `score`; name one of them", "query")
        if self.threshold is not None and self.score is None:
            raise wrong("a threshold needs the column of the score", "threshold")
        return self
