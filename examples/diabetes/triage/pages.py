"""The numbers in the pages a person reads are filled in from the results, never typed.

A block lies between `<!-- name -->` and `<!-- /name -->`, in front matter between `# name` and
`# /name`. What stands outside the blocks is prose and stays as it was written.
"""

import re
from typing import Any

from triage.data import FEATURES, TARGET
from triage.evaluate import METRICS

PAGES = ("README.md", "MODEL_CARD.md", "DATASHEET.md")
HUB_NAMES = {
    "auc": "roc_auc",
    "accuracy": "accuracy",
    "recall": "recall",
    "precision": "precision",
    "brier": "brier_score",
}
TITLES = {"auc": "AUC", "brier": "Brier score", "selection_rate": "Share flagged"}
SMALL = 30
Results = dict[str, Any]


def fill(text: str, blocks: dict[str, str]) -> str:
    """The page with the body of every block replaced by the one given."""
    for name, body in blocks.items():
        fences = rf"(<!-- {name} -->|# {name})\n.*?( *)(<!-- /{name} -->|# /{name})\n"
        text = re.sub(fences, rf"\g<1>\n{body}\n\g<2>\g<3>\n", text, flags=re.DOTALL)
    return text


def blocks(data: Results, selection: Results, metrics: Results) -> dict[str, str]:
    """Every block by name, from the three result files."""
    return {
        "model-index": model_index(metrics["overall"]),
        "overall": overall(metrics["overall"]),
        "groups": groups(metrics),
        "selection": candidates(selection),
        "split": parts(data["split"]),
        "columns": ranges(data["observed"]),
    }


def model_index(group: Results) -> str:
    """Values for the front matter, under the names the Hugging Face hub knows."""
    return "\n".join(
        f"    - type: {hub}\n      value: {group[name]['value']:.4f}"
        for name, hub in HUB_NAMES.items()
    )


def overall(group: Results) -> str:
    """One metric a row."""
    rows = [[title(name), number(group[name]), group[name].get("method", "")] for name in METRICS]
    counts = "Counts: {tp} true flags, {fp} false, {fn} patients missed, {tn} rightly left."
    head = ["Metric", "Value [95 % interval]", "Kind of interval"]
    return f"{table(head, rows)}\n\n{counts.format(**group)}"


def groups(metrics: Results) -> str:
    """One group a row."""
    named = {"all": metrics["overall"]}
    named |= {f"sex {code}": group for code, group in metrics["by_sex"].items()}
    named |= {f"age {ages}": group for ages, group in metrics["by_age"].items()}
    rows = [[who, *(number(group[name]) for name in METRICS)] for who, group in named.items()]
    return table(["Group", *map(title, METRICS)], rows)


def candidates(selection: Results) -> str:
    """One candidate a row, mean and spread over the folds."""
    rows = [
        [name, *("{mean:.4f} ± {sd_over_folds:.4f}".format(**found) for found in measured.values())]
        for name, measured in selection["candidates"].items()
    ]
    return table(["Candidate", "AUC", "Accuracy", "Brier score"], rows)


def parts(split: Results) -> str:
    """One part of the split a row."""
    rows = [
        [part, str(split[part]["n"]), str(split[part]["high"])] for part in ("train", "holdout")
    ]
    return table(["Part", "Patients", f"Progression above {split['threshold']}"], rows)


def ranges(observed: Results) -> str:
    """One column a row."""
    rows = [[f"`{name}`", *map(str, observed[name])] for name in (*FEATURES, TARGET)]
    return table(["Column", "Smallest", "Largest"], rows)


def number(estimate: Results) -> str:
    """Value, interval and n; a dagger where n is too small to lean on."""
    if "reason" in estimate:
        return f"undefined: {estimate['reason']}"
    dagger = "†" if estimate["n"] < SMALL else ""
    return "{value:.4f} [{lower:.4f}, {upper:.4f}], n = {n}".format(**estimate) + dagger


def title(name: str) -> str:
    """A metric's name as a heading."""
    return TITLES.get(name, name.capitalize())


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
