"""How well the codes of a trained model stand for the classes of its data; one figure a file, in the paper's terms."""
