"""Stock losses, one idea a file."""
