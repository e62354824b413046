"""What a project, or a command line, says of a table of predictions, and how it is counted.

Between the probes and the command on one side and the library `slices` on the other: nothing is
read here, and nothing is judged.
"""
