"""Stock prior factors, one a file."""
