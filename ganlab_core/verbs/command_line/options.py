"""Options of several verbs: those by which a recipe is put together, and those of verbs that look at a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab_core.verbs.command_line.numbers import MEGAPIXELS_RANGE, SEED, STEPS
from ganlab_core.verbs.command_line.say import keep_stdout_for_json

if TYPE_CHECKING:
    from ganlab_core.plugins import Plugins
    from ganlab_core.recipe.settings import Recipe

_OPTIONS = (
    click.argument("recipes", nargs=-1, metavar="[RECIPE]..."),
    click.option("--prior", metavar="NAME", help="The class code's prior, with what it is usually used with."),
    click.option(
        "--network",
        "networks",
        multiple=True,
        metavar="NAME",
        help="Networks, in every role that NAME fills.",
    ),
    click.option("--loss", "losses", multiple=True, metavar="NAME", help="A loss, in the place that it usually takes."),
    click.option("--dataset", metavar="NAME", help="The data set."),
    click.option("--features", metavar="NAME", help="A frozen feature network that looks at the data."),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change one value; +KEY=VALUE adds, ~KEY drops.",
    ),
    click.option("--seed", type=SEED, help="Short for --set seed=N."),
    click.option("--steps", type=STEPS, help="Short for --set steps=N."),
    click.option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:N or mps; short for --set device=NAME."),
)


def recipe_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the recipe options to a verb."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def recipe_from_options(
    plugins: Plugins,
    *,
    recipes: tuple[str, ...],
    overrides: tuple[str, ...],
    seed: int | None,
    steps: int | None,
    device: str | None,
    **shorthands: Any,
) -> Recipe:
    """The checked recipe that the options describe."""
    from ganlab_core.recipe.load import load_recipe

    short = {"seed": seed, "steps": steps, "device": device}
    overrides += tuple(f"{key}={value}" for key, value in short.items() if value is not None)
    return load_recipe(*recipes, overrides=overrides, plugins=plugins, **shorthands)


def require_suffix(path: Path, *allowed: str, option: str) -> str:
    """The suffix of a file to write, in lower case; a file that is called otherwise is a wrong use of the option."""
    suffix = path.suffix.lower()
    if suffix not in allowed:
        raise click.UsageError(
            f"{option} ends in {suffix or 'nothing'}; name a file that ends in {' or '.join(allowed)}"
        )
    return suffix


def json_option(says: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--json`, the argument `as_json`: stdout is then the JSON's alone, printed with `say_json`."""
    return click.option("--json", "as_json", is_flag=True, callback=keep_stdout_for_json, help=says)


RUN = click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
SOURCE = click.argument("source", required=False, metavar="[FOLDER|DATASET]")
DEVICE = click.option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:N or mps; else the recipe's.")
MOVED = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=PATH",
    help="Where files of RUN lie by now, which hold what they held: dataset.root=FOLDER.",
)
BY = click.option(
    "--by",
    type=click.Choice(["features", "recognition"]),
    help="Read codes in a frozen network's features of the images, or in the images; else as RUN was trained.",
)
MEGAPIXELS = click.option(
    "--megapixels",
    type=MEGAPIXELS_RANGE,
    metavar="N",
    help="The most that a picture may hold, in millions of pixels; else as RUN's data set has it, 90 by default. "
    "Larger JPEGs are read smaller. Decoding takes up to 12 MB of memory for each.",
)
FOLLOW_LINKS = click.option(
    "--follow-links", is_flag=True, help="Enter folders that are links, and read files that are links from elsewhere."
)
JSON = json_option("One JSON object, for programs.")
