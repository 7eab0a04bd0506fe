"""Networks that find classes."""
