"""Reviews above the rooms: whose count, and what `sign`, `verify`, `reviewers` and their like do.

Begin with `reviewing`: trust and ledger of the base branch, held against the report of now.
"""
