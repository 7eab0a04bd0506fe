"""Stock metrics, one a file."""
