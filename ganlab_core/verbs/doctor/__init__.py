"""What `ganlab doctor` looks at, one thing a file. Nothing here writes."""
