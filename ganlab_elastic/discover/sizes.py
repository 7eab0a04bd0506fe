"""Sizes on offer, and what may be asked for; a file of its own, since every start of `ganlab` may read it for help."""

SIZES = (8, 16, 28, 32, 64, 128)
MOST_CLASSES = 1000  # each with several clusters, all of which are compared with one another
FEWEST_A_CLASS = 2  # images, on average
MOST_MINUTES = 60 * 24 * 30.0
