"""Reading, merging, checking and freezing recipes."""
