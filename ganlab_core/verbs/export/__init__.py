"""What `ganlab export` hands on: weights, programs that run without ganlab, and a card that says what they are."""
