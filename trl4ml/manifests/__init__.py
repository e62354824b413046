"""What a Python project declares that it needs, and what its lock files fix of that.

`kinds` says of a path how to read it; `requirements`, `pyproject`, `setuptools`, `conda` and `locks`
read one family each into a Source; `sources` makes an Account of those of a folder. Text and plain
data in, frozen results out: nothing is opened, run or imported. A file that is not
what its name says raises ValueError.
"""
