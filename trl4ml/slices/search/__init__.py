"""The slices on which a model is worst: every large enough slice, and what may be claimed of it.

`search` ranks slices by how far a rate lies from its value on all rows, `sliceline` by the
SliceLine score of the errors, and `every_slice` gives all of them as arrays. They take a cube, so
that they cost the same for a hundred thousand rows and for a hundred million.
"""

from trl4ml.slices.search.exploring import Slices, every_slice
from trl4ml.slices.search.findings import Finding, Search
from trl4ml.slices.search.scored import sliceline
from trl4ml.slices.search.search import search

__all__ = ["Finding", "Search", "Slices", "every_slice", "search", "sliceline"]
