"""The verb `ganlab discover`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab_core import FiniteRange, json_option, say, say_json
from ganlab_elastic.discover.sizes import MOST_CLASSES, MOST_MINUTES, SIZES

if TYPE_CHECKING:
    from ganlab_core import Plugins
    from ganlab_elastic.discover.discover import Discovered
    from ganlab_elastic.discover.wish import Wish

_WITH_RESUME = ("minutes", "no_draw", "overrides", "as_json")


@click.command(
    "discover",
    epilog="Examples: `ganlab discover photos`, `ganlab discover photos --classes 12 --minutes 30 --flip`, "
    "`ganlab discover --resume runs/photos --minutes 10`.",
)
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option(
    "--classes", type=click.IntRange(2, MOST_CLASSES), metavar="K", help="How many classes; else they are counted."
)
@click.option(
    "--features",
    metavar="NAME|auto|none",
    help="Find classes in what a frozen network sees (`ganlab list features`); auto, the default, takes an "
    "installed one for photographs.",
)
@click.option(
    "--size",
    type=click.Choice([str(size) for size in SIZES]),
    help="Pixels that images are brought to; else what fits.",
)
@click.option(
    "--fit",
    type=click.Choice(["auto", "pad", "crop", "stretch"]),
    help="How pictures become square; auto, the default, goes by their shapes and borders.",
)
@click.option(
    "--minutes",
    type=FiniteRange(0, MOST_MINUTES, min_open=True),
    metavar="M",
    help="Time for all of it, 10 if left out; with --resume, time to go on for.",
)
@click.option(
    "--run", type=click.Path(path_type=Path), metavar="RUN", help="The run folder to make; else one under runs/."
)
@click.option(
    "--resume",
    "resumed",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with this run, and renew its table and report.",
)
@click.option("--no-draw", is_flag=True, help="Stop once the classes are found; --resume draws them later.")
@click.option(
    "--megapixels",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="The most that a picture may hold, in millions of pixels, 90 if left out; larger JPEGs are read smaller.",
)
@click.option("--follow-links", is_flag=True, help="Enter folders that are links, and read files from elsewhere.")
@click.option("--flip", is_flag=True, help="Mirror images show the same: true of cars, not of letters.")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe that is chosen, as for train: features.weights=FILE; with --resume, say where the images "
    "lie by now: dataset.root=FOLDER.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="What is drawn at random, 0 if left out.")
@json_option("One JSON object, for programs; progress goes to stderr.")
@click.pass_obj
def command(plugins: Plugins, /, folder: Path | None, resumed: Path | None, **options: Any) -> None:
    """Find the classes of the images in FOLDER, which need no labels, and give each image its class.

    Looks at the images, chooses a recipe that fits them and the time, and finds classes. RUN/assignments.csv and
    RUN/report.html are there as soon as the classes are. Then it learns to draw them, and renews both. The recipe lies
    in RUN too, to be changed and trained again.
    """
    from ganlab_core import plain_console
    from ganlab_elastic.discover.discover import discover_classes, go_on

    _require_one(folder, resumed, options)
    console = plain_console(stderr=options["as_json"])
    if resumed is not None:
        minutes, draw, elsewhere = options["minutes"], not options["no_draw"], options["overrides"]
        found = go_on(resumed, minutes=minutes, draw=draw, overrides=elsewhere, plugins=plugins, console=console)
    else:
        assert folder is not None
        found = discover_classes(_wish(folder, **options), plugins=plugins, console=console)
    if options["as_json"]:
        say_json(_values(found))
    else:
        _print(found)


def _require_one(folder: Path | None, resumed: Path | None, options: dict[str, Any]) -> None:
    if folder is None and resumed is None:
        raise click.UsageError("name a FOLDER of images, or a run to go on with: --resume RUN")
    if resumed is None:
        return
    given = [
        f"--{name}"
        for name, value in options.items()
        if name not in _WITH_RESUME and value is not None and value is not False and value != ()
    ]
    if folder is not None:
        given.insert(0, f"FOLDER '{folder}'")
    if given:
        raise click.UsageError(f"--resume takes the run's own images and recipe; drop {', '.join(given)}")


def _wish(folder: Path, **options: Any) -> Wish:
    """What is left out of the options stands in `Wish`."""
    from ganlab_elastic.discover.wish import Wish

    size, fit = options["size"], options["fit"]
    names = ("classes", "features", "minutes", "run", "flip", "overrides", "seed", "megapixels", "follow_links")
    named = {name: options[name] for name in names}
    given = {name: value for name, value in named.items() if value is not None}
    return Wish(
        folder=folder,
        size=None if size is None else int(size),
        fit=None if fit == "auto" else fit,
        draw=not options["no_draw"],
        **given,
    )


def _values(found: Discovered) -> dict[str, Any]:
    return {
        "run": str(found.run),
        "report": str(found.report),
        "resume": found.resume,
        "repeat": found.repeat,
        "assignments": found.assignments.values(),
        "found": asdict(found.found),
        "seconds": round(found.seconds, 1),
    }


def _print(found: Discovered) -> None:
    from ganlab_core import print_assignments

    print_assignments(found.assignments)
    said = found.found
    say(f"found         {said.sentence}")
    for advice in said.advice:
        say(f"try           {advice}")
    for missing in said.given_up:
        say(f"given up      {missing}")
    say(f"report        {found.report}")
    say(f"go on         {found.resume} --minutes M")
    say(f"again         {found.repeat}")
    say(f"took          {found.seconds / 60:.1f} minutes")
