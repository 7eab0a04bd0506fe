"""Many runs of many recipes, made into one table."""
