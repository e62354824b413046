"""trl4ml: is this machine-learning system ready, and who says so?

>>> from trl4ml import audit
>>> audit("examples/diabetes").report.supported  # doctest: +SKIP
2
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trl4ml.run import audit

__version__ = "0.1.0"
__all__ = ["__version__", "audit"]


def __getattr__(name: str) -> object:
    if name == "audit":
        from trl4ml.run import audit

        return audit
    raise AttributeError(f"module 'trl4ml' has no attribute {name!r}")
