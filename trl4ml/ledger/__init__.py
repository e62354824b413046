"""The ledger of reviews: signed notes, who may sign them, and what each check found.

    from trl4ml.ledger import keys, sshsig
    grade = keys.verify(sshsig.parsed(text), payload, "signoff@trl4ml", origins=())

A signature says that a key was used on these bytes. It does not say that a report was read.
Importing this package costs nothing.
"""
