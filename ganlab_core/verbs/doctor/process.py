"""Whether this process would compute the bits that the one did which a run began in."""

from __future__ import annotations

import torch

from ganlab_core.interface.check import Finding
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.settings import Recipe
from ganlab_core.runs.environment import made_with, read_made_with
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.device import choose_device
from ganlab_core.system.process_settings import THREADS
from ganlab_core.training.as_begun import differing, process_now


def look_at_process(folder: RunFolder, recipe: Recipe, plugins: Plugins) -> Finding:
    """The threads that a resume takes, and what else is otherwise than when the run began."""
    try:
        then = read_made_with(folder.environment)
        device = choose_device(recipe.device)
    except GanlabError as error:
        return Finding(name="same bits", text=f"cannot be told: {error}", state="note")
    if THREADS not in then:
        text = f"the run does not say with how many threads it began; here it takes {torch.get_num_threads()}"
        return Finding(name="same bits", text=text, state="note")
    others = differing(then, made_with(process_now(plugins, device=device)))
    if recipe.threads != "auto" and str(recipe.threads) != then[THREADS]:
        others.insert(0, f"{THREADS} {then[THREADS][:20]!r}, and its recipe asks for {recipe.threads}")
    if others:
        text = f"not from here on: the run began with {'; '.join(others)}"
        return Finding(name="same bits", text=text, state="note", value=others)
    return Finding(name="same bits", text=f"as the run began, as many threads included: {then[THREADS]}", value=[])
