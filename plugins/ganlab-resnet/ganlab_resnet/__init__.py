"""SNGAN's residual networks for ganlab (Miyato et al. 2018, arXiv 1802.05957, appendix B)."""
