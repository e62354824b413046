"""Watermarks: is this model derived from mine? One file per scheme; a key and a model in, a verdict out.

A scheme is a module with `keygen(seed, …) -> Key` and `verify(…, key, commitment, …) -> Verdict`.
The seed gives the whole key, the commitment says that the key was fixed before the model was
public, and `deciding.decide` turns the hits into a status. Training lives in `training`, which
alone needs PyTorch. A missing mark is not proof of independence.
"""
