"""The parts of `plugins/README.md` that follow from the code; `python -m plugins.readme` writes them."""
