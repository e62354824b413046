"""Whose bytes are these: manifests of model files, and OpenSSF model signatures.

    from trl4ml.provenance.disk import OnDisk
    from trl4ml.provenance.manifest import compare, make, read
    print(compare(read(text), make(OnDisk("model"))))

A signature says that every covered file is byte for byte what the holder of a key signed. It says
nothing about what the files do when they are loaded. Importing this package costs nothing.
"""
