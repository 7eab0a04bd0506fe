"""Plugins: discovered, loaded and called one by one, so that a broken one harms nobody else."""

from __future__ import annotations

from ganlab_core.plugins.loaded import Plugins, load_plugins
from ganlab_core.plugins.status import PluginStatus

__all__ = ["PluginStatus", "Plugins", "load_plugins"]
