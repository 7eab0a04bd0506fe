"""The core's verbs and the doctor's checks, through the hooks that every plugin uses; nothing is imported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ganlab_core.interface.hookspecs import hookimpl
from ganlab_core.interface.verb import Verb

if TYPE_CHECKING:
    from ganlab_core.interface.check import Check

_VERBS = {
    "train": ("ganlab_core.verbs.train", "Train a recipe, or go on with a run."),
    "evaluate": ("ganlab_core.verbs.evaluate", "Print the metrics of a trained run."),
    "sample": ("ganlab_core.verbs.sample", "Draw images from a trained run."),
    "traverse": ("ganlab_core.verbs.traverse", "Show what codes and noise do, in a grid or an animated GIF."),
    "assign": ("ganlab_core.verbs.assign.command", "Give each image of a folder or data set its class."),
    "balance": (
        "ganlab_core.verbs.balance.command",
        "Make a balanced folder of real images, topped up with generated ones.",
    ),
    "report": (
        "ganlab_core.verbs.report.command",
        "Show runs in one HTML file: classes, proportions, curves, recipe.",
    ),
    "compare": ("ganlab_core.verbs.compare.command", "Show what differs between runs, in recipe and in metrics."),
    "export": ("ganlab_core.verbs.export.command", "Hand a run's networks on, to be used without ganlab."),
    "benchmark": ("ganlab_core.verbs.benchmark.command", "Run recipes over splits and seeds, and make a table."),
    "list": ("ganlab_core.verbs.list", "List the parts and recipes that recipes can name."),
    "show": ("ganlab_core.verbs.show", "Show one part: what it is, who gives it, what it takes."),
    "plugins": ("ganlab_core.verbs.plugins", "List the plugins, what they give, and what is wrong with them."),
    "doctor": ("ganlab_core.verbs.doctor.command", "Say what would stop a run, and whether one can go on."),
    "new": ("ganlab_core.verbs.new.command", "Start a plugin package of your own."),
    "validate": ("ganlab_core.verbs.validate", "Check a recipe without training it."),
    "schema": ("ganlab_core.verbs.schema", "Print the JSON Schema of recipes, for editors."),
}
_CHECKS = {
    "versions": "ganlab_core.verbs.doctor.versions:look_at_versions",
    "devices": "ganlab_core.verbs.doctor.devices:look_at_devices",
    "threads": "ganlab_core.verbs.doctor.threads:look_at_threads",
    "plugins": "ganlab_core.verbs.doctor.plugins:look_at_plugins",
    "disk": "ganlab_core.verbs.doctor.disk:look_where_runs_go",
    "run": "ganlab_core.verbs.doctor.run_folder:look_at_run",
}


@hookimpl
def ganlab_verbs() -> Iterable[Verb]:
    """In the order that a newcomer needs them."""
    for name, (module, summary) in _VERBS.items():
        yield Verb(name=name, summary=summary, command=f"{module}:command")


@hookimpl
def ganlab_checks() -> Iterable[Check]:
    """This machine, then a run."""
    from ganlab_core.interface.check import Check

    for section, look in _CHECKS.items():
        yield Check(section=section, look=look)
