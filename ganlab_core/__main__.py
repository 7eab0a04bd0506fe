"""`python -m ganlab_core` is the `ganlab` command."""

from ganlab_core.cli import main

main()
