"""What Python source says, without running it.

`trees` parses, `names` resolves dotted names through the imports, `calls`, `functions` and `routes`
find those, `modules` says which files an import may mean, `paths` what a path is for, `notebooks`
gives a notebook's code. `randomness` and `seeding` know what draws at random and what seeds it,
`tracking` what logs to a tracker, `fields` and `schemas` what is written of the form of data.
Text and syntax trees in, plain results out: nothing is opened, run or imported.
"""
