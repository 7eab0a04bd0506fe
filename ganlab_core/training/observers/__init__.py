"""What watches a run through the lifecycle hooks: console, `metrics.jsonl`, TensorBoard."""
