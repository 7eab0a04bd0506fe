"""Stock data sets and what makes them imbalanced."""
