"""Training of networks without TensorFlow: forward pass, backward pass and optimizer, compiled by Numba.

`program` turns a network spec into a table of operations, and `functions` has the code that runs it, for each cell. An
array has a last axis of lanes, and every lane is a network. There are two widths: small networks are computed with
`LANES` networks in one vector register, and larger ones have a single lane, with rows and units in the vectors. The
width depends on the spec and the batch size only, and lanes do not influence each other, so a network has the same bits
alone and among others.
"""
