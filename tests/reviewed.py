"""A report with reviews in force, for pages that show them."""

from typing import Any

from tests.making import TODAY
from trl4ml.core.canonical import digest
from trl4ml.core.panel import ReviewPolicy
from trl4ml.core.project import Component
from trl4ml.core.report import Report
from trl4ml.core.standing import Verified
from trl4ml.presenting import Found
from trl4ml.render.pages.reviews import Reviewed

CAROL, DAN = "carol@example.org", "dan@example.org"
POLICY = ReviewPolicy(roles={"engineering": (CAROL,), "product": (DAN, CAROL)}, from_level=1)


def found(one: Report, shown: Report | None = None, **more: Any) -> Found:
    """The report with reviews in force."""
    given = {
        "policy": POLICY,
        "trusted_from": "main",
        "manifests": {},
        "verified": Verified(),
        **more,
    }
    parts = tuple(Component(name=c.name, kind=c.kind) for c in one.components)
    reviewed = Reviewed(report=one, digest=digest(one), **given)
    return Found(shown or one, lambda of, name: None, parts, TODAY, (), reviewed)
