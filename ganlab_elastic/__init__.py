"""Elastic-InfoGAN (Ojha et al., arXiv 1910.01112) as a plugin of ganlab."""
