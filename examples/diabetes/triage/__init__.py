"""Flag patients whose diabetes is likely to progress more than the median within a year."""

__version__ = "0.1.0"
