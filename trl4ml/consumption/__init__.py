"""What a project holds about energy, between the library `energy` and the probes that ask about it.

Records are read over the views of a probe, and each is held against the model file that is there;
candidates are read from a table, and compared on quality and on what they cost.
"""
