"""FID, KID, and precision and recall as metrics of ganlab.

Shapes: N real images, M generated ones, D features of each, C channels, H rows, W columns.
"""
