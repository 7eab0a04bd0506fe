"""A network as a `torch.export` program: its mathematics for any batch size, without the Python that made it."""

from __future__ import annotations

import io
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from ganlab_core.interface.errors import GanlabError
from ganlab_core.verbs.export.networks import Exported

_BATCHES = (1, 2, 7)
_CLOSE = 1e-3  # of images in [-1, 1], and of parameters of codes: what another order of summing never comes near

Run = Callable[[Tensor], Mapping[str, Tensor]]


def trace(network: Exported) -> ExportedProgram:
    """Trace a network.

    Raises:
        GanlabError: `torch.export` cannot; the text names the module that it did not get through.
    """
    try:
        return _traced(network, strict=False)
    except Exception as error:  # what tracing raises is of many kinds, and its modules are anybody's
        with suppress(Exception):
            return _traced(network, strict=True)
        raise GanlabError(
            f"{network.name}: torch.export cannot trace {_culprit(error, network.module)}: {_first_line(error)}; its "
            "forward must not branch on values or leave torch"
        ) from error


def _traced(network: Exported, *, strict: bool) -> ExportedProgram:
    """Trace by running the network, or, `strict`, by reading its code.

    Running gets through more of Python, but takes `len(batch)` for a constant, where reading knows what is meant.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, about its own insides
        return torch.export.export(
            network.module, (network.inputs(2, seed=0),), dynamic_shapes=({0: Dim("batch")},), strict=strict
        )


def save_program(network: Exported, program: ExportedProgram, path: Path) -> Run:
    """Write a traced network, and give the function that the file holds.

    By way of memory: torch, given a path, ends the process where the disk is full or the path is no text.

    Raises:
        GanlabError: torch has no way to write it, or cannot read it back.
        OSError: the file cannot be written.
    """
    content = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.export.save(program, content)
            content.seek(0)
            loaded: Run = torch.export.load(content).module()
    except RuntimeError as error:
        raise GanlabError(f"{network.name}: its program cannot be written: {_first_line(error)}") from error
    path.write_bytes(content.getbuffer())
    return loaded


@torch.no_grad()
def difference(network: Exported, run: Run) -> float:
    """The largest difference between what a network gives and what a function gives, on random inputs of some sizes.

    Raises:
        GanlabError: they do not agree.
    """
    largest = 0.0
    for seed, count in enumerate(_BATCHES):
        inputs = network.inputs(count, seed=seed)
        wanted = network.module(inputs)
        try:
            found = run(inputs)
        except Exception as error:  # torch's or onnxruntime's
            raise GanlabError(
                f"{network.name}: its program fails in a batch of {count}: {_first_line(error)}"
            ) from error
        for name in network.outputs:
            if found[name].shape != wanted[name].shape:
                raise GanlabError(f"{network.name}: the program gives {name} another shape in a batch of {count}")
            largest = max(largest, (found[name] - wanted[name]).abs().max().item())
    if not largest <= _CLOSE:
        raise GanlabError(
            f"{network.name}: the program differs from the network by {largest:.2g}; a part of it may draw at random "
            "or keep state in eval mode"
        )
    return largest


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _culprit(error: BaseException, root: nn.Module) -> str:
    """The innermost of a network's own modules that was running when tracing failed, by place and class."""
    names = {id(module): name for name, module in root.named_modules()}
    inner = root
    for frame, _ in traceback.walk_tb(error.__traceback__):
        running = frame.f_locals.get("self")
        if isinstance(running, nn.Module) and id(running) in names:
            inner = running
    kind = f"{type(inner).__module__}.{type(inner).__qualname__}"
    return f"{names[id(inner)]} ({kind})" if names[id(inner)] else kind
