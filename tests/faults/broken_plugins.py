"""Row 11: plugins that break, at import, in a hook, in a run."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tests.faults.harness import Bench, ganlab
from tests.plugins.conftest import PREAMBLE
from tests.plugins.test_broken_plugins import BROKEN

_IN_A_RUN = """
@hookimpl
def {hook}(event):
    {body}
"""
_HOOKS = ("ganlab_run_started", "ganlab_step_finished", "ganlab_checkpoint_saved", "ganlab_run_finished")


def broken_plugins(bench: Bench) -> None:
    """The plugin, its distribution and the hook are named, `ganlab plugins` shows it, and all else works."""
    folder = bench.new("plugins")
    for name, (source, reason) in bench.some(list(BROKEN.items()), 0):
        with bench.case(name):
            root = install(folder / name.replace(" ", "-").replace("'", ""), source)
            listed = ganlab(folder, "plugins", paths=[root], GANLAB_PLUGINS="broken")
            said = listed.out + listed.err
            assert listed.code == 0, said
            assert "Traceback" not in said, said
            assert "broken" in said
            assert "fake-broken" in said
            assert "".join(reason.split()) in "".join(said.split()).replace("│", ""), f"{reason!r} not in {said}"
    for hook in _HOOKS:
        for body in ("1 / 0", "raise SystemExit(3)"):
            with bench.case(f"{hook}: {body}"):
                root = install(folder / f"{hook}{len(body)}", _IN_A_RUN.format(hook=hook, body=body))
                run = f"run-{hook}-{len(body)}"
                outcome = ganlab(folder, "train", "tiny.yaml", "--run", run, paths=[root], GANLAB_PLUGINS="broken")
                outcome.require_done()
                assert "Traceback" not in outcome.err, outcome.err
                assert "broken" in outcome.err, outcome.err
                assert hook in outcome.err, outcome.err
                assert (folder / run / "checkpoints" / "00000004").is_dir()
    with bench.case("a plugin changes the recipe that it is told"):
        body = "event.recipe['steps'] = 1; event.recipe['losses'].clear()"
        root = install(folder / "changes", _IN_A_RUN.format(hook="ganlab_run_started", body=body))
        ganlab(folder, "train", "tiny.yaml", "--run", "plain").require_done()
        outcome = ganlab(folder, "train", "tiny.yaml", "--run", "changed", paths=[root], GANLAB_PLUGINS="broken")
        outcome.require_done()
        assert (folder / "changed" / "recipe.yaml").read_text() == (folder / "plain" / "recipe.yaml").read_text()
        assert (folder / "changed" / "checkpoints" / "00000004").is_dir()


def install(root: Path, source: str) -> Path:
    """A distribution `fake-broken` whose entry point `broken` is a module with this source."""
    (root / "fake_broken").mkdir(parents=True)
    (root / "fake_broken" / "__init__.py").touch()
    (root / "fake_broken" / "plugin.py").write_text(PREAMBLE + dedent(source))
    info = root / "fake_broken-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-broken\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[ganlab]\nbroken = fake_broken.plugin\n")
    return root
