"""The optional team server: the site, the queue of reviews, and a door for signed notes.

It believes nothing but what was signed. What it stores are the note files of the ledger; the
database is an index that can be made again from them.
"""
