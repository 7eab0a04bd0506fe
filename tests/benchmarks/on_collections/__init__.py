"""What `collections.py` is made of: draws of a collection, rivals, `ganlab discover` as users run it, and figures.

Shape suffixes: N images, D features, K codes, L classes, and H, W, C of pixels.
"""
