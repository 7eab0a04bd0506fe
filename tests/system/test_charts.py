"""matplotlib in surroundings that would end other programs: settings of anybody, no home folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab_core.system.cache_folder import default_cache
from ganlab_core.system.charts import pixels, plain_charts

_DRAW = """
import os
os.environ.pop("HOME", None)
import pwd
pwd.getpwuid = lambda uid: {}[uid]  # a user whom the system does not know, as in many containers
from ganlab_core.system.charts import pixels, plain_charts
with plain_charts():
    from matplotlib.figure import Figure
    figure = Figure(figsize=(2, 2))
    figure.subplots().set_title("text")
    print(tuple(pixels(figure).shape))
"""


@pytest.mark.parametrize("content", [b"\xff\xfe nonsense", None])
def test_a_chart_is_drawn_in_a_folder_with_settings_and_without_a_home(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "matplotlibrc"
    os.mkfifo(path) if content is None else path.write_bytes(content)  # a pipe would be read for ever
    kept = {name: value for name, value in os.environ.items() if name not in ("XDG_CONFIG_HOME", "MPLCONFIGDIR")}
    told = {"MPLBACKEND": "no-such-backend", "MATPLOTLIBRC": str(path), "GANLAB_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", _DRAW], cwd=tmp_path, env=kept | told, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "(3, 200, 200)\n"), done.stderr[-2000:]


def test_dollars_in_a_name_are_no_mathematics() -> None:
    with plain_charts():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(2, 2))
        figure.subplots().set_title(r"$\nothing_")
        assert pixels(figure).shape == (3, 200, 200)


def test_without_a_home_folder_the_cache_is_this_process_s_own(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("GANLAB_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", unknown)
    found = default_cache()
    assert found.is_dir()
    assert found == default_cache()
    assert "name a folder for that in GANLAB_CACHE" in caplog.text
