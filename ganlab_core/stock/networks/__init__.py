"""Stock networks, one family a file."""
