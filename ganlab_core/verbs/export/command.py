"""`ganlab export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganlab_core.interface.errors import GanlabError
from ganlab_core.verbs.command_line.options import JSON, RUN
from ganlab_core.verbs.command_line.say import say, say_json

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins


@click.command("export", epilog="Examples: `ganlab export RUN --out model`, `ganlab export RUN --out model --onnx`.")
@RUN
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER",
    help="The folder to make; it must be new.",
)
@click.option("--onnx", is_flag=True, help="ONNX files as well; needs `pip install 'ganlab[onnx]'`.")
@JSON
@click.pass_obj
def command(plugins: Plugins, run: Path, out: Path, onnx: bool, as_json: bool) -> None:
    """Hand on the generator and the recognition network of RUN: weights, programs that need no ganlab, model card.

    Weights are safetensors, with a description in JSON; programs are torch.export's, and ONNX if asked for. Each
    program is compared with its network on random inputs.
    """
    from ganlab_core.runs.loaded import load_run
    from ganlab_core.verbs.export.write import export_run

    made = export_run(load_run(run, device="cpu", plugins=plugins), out, onnx=onnx)
    if as_json:
        values = {"folder": str(out), "differences": made.differences, "failures": made.failures}
        say_json(values)
    else:
        for file, difference in made.differences.items():
            say(f"{file:<20} differs from the network by at most {difference:.1e}")
        say(f"model card           {out / 'README.md'}")
    if made.failures:
        raise GanlabError(*made.failures, f"weights and description are in {out} all the same")
