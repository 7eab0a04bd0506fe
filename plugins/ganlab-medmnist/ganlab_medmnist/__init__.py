"""MedMNIST (Yang et al. 2023, Scientific Data 10, arXiv 2110.14795) as a data set of ganlab."""
