"""Which commands the files of a project run: pre-commit hooks, CI steps, make, tox, nox and so on.

`places` says where such files lie, `lines` makes commands of what they hold, `tasks` follows a
command such as `make test` to what stands behind it, and `runners` knows what runs tests. Text and
plain data in, text out: nothing is opened or run.
"""
