"""What `collections.py` is made of: draws of a collection, the rivals, `ganlab discover` as users run it, and the figures.

Shape suffixes: N images, D features, K codes, L classes, and H, W, C of pixels.
"""
