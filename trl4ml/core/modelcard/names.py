"""One name for each metric, by the names that cards give it."""

import re

HUGGINGFACE = {
    "auc": "roc_auc", "true_positive_rate": "recall", "brier": "brier_score",
    "matthews": "matthews_correlation", "r2": "r_squared",
}  # fmt: skip
"""Our name → that of Hugging Face, where it is another."""
ALIASES = {
    "accuracy": ("acc", "accuracy score"),
    "balanced_accuracy": ("balanced accuracy",),
    "precision": ("ppv", "positive predictive value"),
    "true_positive_rate": ("recall", "sensitivity", "tpr", "hit rate"),
    "true_negative_rate": ("specificity", "tnr"),
    "false_positive_rate": ("fpr", "false positive rate"),
    "false_negative_rate": ("fnr", "miss rate", "false negative rate"),
    "negative_predictive_value": ("npv",),
    "error_rate": ("error rate", "classification error"),
    "selection_rate": ("selection rate", "share flagged", "positive rate"),
    "f1": ("f1 score", "f score", "f1 binary"),
    "matthews": ("matthews correlation", "matthews corrcoef", "mcc"),
    "auc": ("roc auc", "auroc", "auc roc", "roc auc score", "area under the curve"),
    "brier": ("brier score",),
    "log_loss": ("log loss", "logloss", "cross entropy"),
    "ece": ("expected calibration error",),
    "mae": ("mean absolute error",),
    "rmse": ("root mean squared error",),
    "r2": ("r squared", "r2 score", "coefficient of determination"),
}  # fmt: skip
OURS = {alias: name for name, every in ALIASES.items()
        for alias in (name.replace("_", " "), *every)}  # fmt: skip


def ours(title: str) -> str:
    """The metric that a title such as `ROC-AUC` names; empty where it names none that is known."""
    return OURS.get(" ".join(re.sub(r"[\W_]+", " ", title.lower()).split()), "")
