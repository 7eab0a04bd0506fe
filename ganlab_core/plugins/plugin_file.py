"""`PluginFile`: one Python file as a plugin, `ganlab --plugin mine.py`, for an experiment that is no package yet."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.discovery import NAME
from ganlab_core.system.regular_files import read_regular

_LONGEST = 90  # characters of a name, which becomes a file's in a run folder
FOLDER = "plugins"
"""Where a run folder keeps the plugin files that it was trained with."""


@dataclass(frozen=True)
class PluginFile:
    """The file as it was read; what is loaded, hashed and kept in a run folder is always this text."""

    path: Path
    source: bytes

    @classmethod
    def read(cls, path: Path) -> PluginFile:
        """Read the file; none of it runs yet.

        Raises:
            GanlabError: there is no such file, or its name can't be a plugin's.
        """
        if path.suffix != ".py" or not NAME.fullmatch(_plugin_name(path)) or len(path.stem) > _LONGEST:
            raise GanlabError(
                f"--plugin {path}: a plugin file is called NAME.py, where NAME, the plugin's name, is lower-case words "
                f"and digits joined by underscores or hyphens, {_LONGEST} characters at most; rename it"
            )
        try:
            return cls(path, read_regular(path, follow=True))
        except OSError as error:
            raise GanlabError(f"--plugin {path}: it can't be read: {error.strerror}; give a Python file") from error

    @property
    def name(self) -> str:
        """The plugin's name: `my-loss` for `my_loss.py`."""
        return _plugin_name(self.path)

    @cached_property
    def sha256(self) -> str:
        """Of the file's bytes, in hexadecimal."""
        import hashlib

        return hashlib.sha256(self.source).hexdigest()

    def load(self) -> ModuleType:
        """Run the file as a module of its own; raises what its code raises."""
        # The hash keeps two files of one name apart. `sys.modules` must hold it: dataclasses and type hints look there.
        module = ModuleType(f"ganlab_plugin_file_{self.name.replace('-', '_')}_{self.sha256[:12]}")
        module.__file__ = str(self.path)
        sys.modules[module.__name__] = module
        try:
            exec(compile(self.source, str(self.path), "exec", dont_inherit=True), module.__dict__)
        except BaseException:
            del sys.modules[module.__name__]
            raise
        return module


def _plugin_name(path: Path) -> str:
    return path.stem.replace("_", "-")
