"""Tables for regulators: Local Law 144, the four-fifths policy, and checks of published tables."""

from trl4ml.slices.regulatory.applicants import ll144_of
from trl4ml.slices.regulatory.audit import Audit, Particulars, Scores, ll144
from trl4ml.slices.regulatory.four_fifths import POLICY, FourFifths, four_fifths
from trl4ml.slices.regulatory.impact import AuditTable, Row, impact
from trl4ml.slices.regulatory.published import Printed, check_margins, check_published, selected

__all__ = [
    "POLICY",
    "Audit",
    "AuditTable",
    "FourFifths",
    "Particulars",
    "Printed",
    "Row",
    "Scores",
    "check_margins",
    "check_published",
    "four_fifths",
    "impact",
    "ll144",
    "ll144_of",
    "selected",
]
