"""What a network of each role must give."""

from __future__ import annotations

from torch import Tensor, nn

from ganlab_core.interface.latent import Recognition
from ganlab_core.interface.specs import DiscriminatorSpec, GeneratorSpec, RecognitionSpec, TrunkSpec
from ganlab_core.testing.subject import Subject

Spec = GeneratorSpec | TrunkSpec | DiscriminatorSpec | RecognitionSpec


def output_tensors(output: object) -> list[Tensor]:
    """Every tensor of a network's output."""
    if isinstance(output, Recognition):
        return [*output.parameters.values(), output.embedding_ND, *output.extras.values()]
    return [output] if isinstance(output, Tensor) else []


def check_output(subject: Subject, spec: Spec, network: nn.Module, output: object, *, rows: int) -> None:
    """Shapes, types and ranges of a batch's output.

    Raises:
        AssertionError: says what it gives and what its role asks for.
    """
    if isinstance(spec, RecognitionSpec):
        _check_recognition(subject, spec, output, rows)
    elif isinstance(spec, GeneratorSpec):
        images_NCHW = _tensor(subject, output, (rows, *spec.image_shape), "images (N, C, H, W)")
        subject.require(bool((images_NCHW.abs() <= 1).all()), "gives images outside of -1 to 1: end with a tanh")
    elif isinstance(spec, DiscriminatorSpec):
        _tensor(subject, output, (rows,), "logits (N,)")
    else:
        features = getattr(network, "features", None)
        subject.require(isinstance(features, int), "has no integer attribute `features`, the width of its output")
        assert isinstance(features, int)
        _tensor(subject, output, (rows, features), "features (N, module.features)")


def _check_recognition(subject: Subject, spec: RecognitionSpec, output: object, rows: int) -> None:
    if not isinstance(output, Recognition):
        subject.fail(f"gives a {type(output).__name__}, not a Recognition")
    found, wanted = sorted(output.parameters), sorted(spec.codes)
    subject.require(found == wanted, f"gives parameters of the codes {found}, and the prior has {wanted}")
    for code, width in spec.codes.items():
        _tensor(subject, output.parameters[code], (rows, width), f"parameters (N, {width}) of {code!r}")
    embedding_ND = output.embedding_ND
    subject.require(
        isinstance(embedding_ND, Tensor) and embedding_ND.dim() == 2 and len(embedding_ND) == rows,
        "gives an embedding that is not (N, D)",
    )


def _tensor(subject: Subject, value: object, shape: tuple[int, ...], what: str) -> Tensor:
    if not isinstance(value, Tensor):
        subject.fail(f"gives a {type(value).__name__}, and not {what}")
    found = tuple(value.shape)
    subject.require(found == shape, f"gives shape {found} where {what} of shape {shape} are asked for")
    subject.require(value.is_floating_point(), f"gives {value.dtype}, not floats")
    subject.require(bool(value.isfinite().all()), "gives values that are not finite")
    return value
