"""`ganlab discover` on real images whose labels are hidden, beside what others make of the same images.

    pip install '.[rivals]'
    python tests/benchmarks/collections.py --collections FOLDER --keep examples/results/collections
        [--names NAME ...] [--draws 0-4] [--minutes 10] [--told | --counted | --both] [--features NAME|none ...]
        [--rivals yes|no|only] [--draw | --judge-drawn] [--workers 1] [--device cuda] [--runs FOLDER] [--table]

FOLDER holds NAME.tar.xz of NAME/CLASS/IMAGE, or such folders. Each draw is a flat folder of images in a long tail, the
largest class ten times the smallest where the collection has none of its own. Rivals, each on pixels at 32 x 32 and on
the features: k-means, UMAP with a Gaussian mixture or with HDBSCAN, average linkage, Leiden on a neighbour graph. What
is kept is not run again; results of several machines are merged by appending their .jsonl files; `--table` writes the
tables anew.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))

# Python searches a script's folder first, and would take this file for the standard library's `collections`.
if sys.path and os.path.abspath(sys.path[0]) == _FOLDER:
    sys.path.append(sys.path.pop(0))

if __name__ == "collections":  # it did, for a script beside this one: here is the one that was asked for
    del sys.modules["collections"]
    import collections  # noqa: F401
elif __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(_FOLDER)))
    from tests.benchmarks.on_collections.command import main

    main(__doc__)
