"""`python -m ganlab_core` is the `ganlab` command."""

from ganlab_core.verbs.main import main

main()
