"""The fixtures of plugins' tests."""

pytest_plugins = ["ganlab_core.testing.fixtures"]
