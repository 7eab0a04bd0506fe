"""The one place that holds the version, of ganlab and of what it promises to plugins."""

__version__ = "0.1.0"
API_VERSION = "1.2"
"""Of the hooks and of what `ganlab_core` exports: the major number grows when a plugin must change, the minor one when
there is more than before."""
