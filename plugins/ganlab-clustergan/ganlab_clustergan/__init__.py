"""ClusterGAN (Mukherjee et al. 2019, arXiv 1809.03627) as a plugin of ganlab.

Shapes: N images of a batch, W numbers of the noise (also the columns that predict them), R parameters of a code.
"""
