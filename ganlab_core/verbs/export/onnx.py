"""A traced network as ONNX, for programs in other languages."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import torch
from torch import Tensor
from torch.export import ExportedProgram

from ganlab_core.interface.errors import GanlabError
from ganlab_core.verbs.export.networks import Exported
from ganlab_core.verbs.export.program import Run

_NEEDED = ("onnx", "onnxscript", "onnxruntime")


def require_onnx() -> None:
    """Check that what ONNX takes is installed.

    Raises:
        GanlabError: it is not.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise GanlabError(f"--onnx needs {', '.join(missing)}: pip install 'ganlab[onnx]'")


def save_onnx(network: Exported, program: ExportedProgram, path: Path) -> Run:
    """Write a traced network as one ONNX file, and give a function that runs what it holds.

    Raises:
        GanlabError: it has an operation that ONNX has not.
        OSError: the file cannot be written.
    """
    import onnxruntime

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's and onnxscript's own, about their own insides
            traced = torch.onnx.export(
                program,
                input_names=[network.input],
                output_names=list(network.outputs),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        assert traced is not None
        content = traced.model_proto.SerializeToString()
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # torch's, onnxscript's and onnxruntime's, of many kinds
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise GanlabError(f"{network.name} cannot be written as ONNX: {reason}; export it without --onnx") from error
    path.write_bytes(content)

    def run(inputs: Tensor) -> dict[str, Tensor]:
        found = session.run(list(network.outputs), {network.input: inputs.numpy()})
        return {name: torch.from_numpy(value) for name, value in zip(network.outputs, found, strict=True)}

    return run
