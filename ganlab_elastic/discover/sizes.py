"""Sizes on offer; a file of its own, since every start of `ganlab` reads it for the verb's help."""

SIZES = (8, 16, 28, 32, 64, 128)
