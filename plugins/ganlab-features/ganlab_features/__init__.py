"""Frozen image backbones as feature networks of ganlab.

Shapes: N images, C channels, H rows, W columns, D features of each image.
"""
