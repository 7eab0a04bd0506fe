"""`torchvision` and `timm`: any backbone of theirs, with weights from a file that the user gives."""

from __future__ import annotations

import difflib
import importlib
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from pydantic import Field
from torch import nn

from ganlab_core import GanlabError
from ganlab_features.frozen import IMAGENET, FrozenNetwork, Normalisation
from ganlab_features.weights import Weights, fit, read_weights

Sha256 = Annotated[str, Field(pattern="^[0-9A-Fa-f]{64}$")]
Size = Annotated[int, Field(ge=16)]
_CLASSES = 1000  # of a network that torchvision builds
_log = logging.getLogger(__name__)


def torchvision_backbone(
    *, network: str, weights: str, sha256: Sha256 | None = None, size: Size = 224
) -> FrozenNetwork:
    """A classifier of torchvision without its last layer, with weights from a file; nothing is downloaded.

    Images are normalised as torchvision's own weights are trained with.

    Args:
        network: such as resnet50, convnext_tiny or vit_b_16.
        weights: a .safetensors file, or a .pth of a state dict; of a pickle nothing but tensors is read.
        sha256: what the file's hash is to be; it is told in the log in any case.
        size: pixels of a side.

    Raises:
        GanlabError: no such network or file, another hash, weights of another network, or a size that it does not take.
    """
    models = importlib.import_module("torchvision.models")
    _require_known(network, models.list_models(module=models), "torchvision")
    built: nn.Module = models.get_model(network, weights=None, **_quiet(network))
    last = [name for name, module in built.named_modules() if _is_last(module)]
    if not last:
        raise GanlabError(f"network: {network!r} ends in no linear layer that could be left out; use another one")
    place, _, name = last[-1].rpartition(".")
    setattr(built.get_submodule(place), name, nn.Identity())
    found = _told(read_weights(Path(os.path.expanduser(weights)), sha256=sha256))
    fit(built, found, head=(f"{last[-1]}.",))
    return _frozen(built, f"torchvision {network}", found, size=size, normalisation=IMAGENET)


def timm_backbone(*, network: str, weights: str, sha256: Sha256 | None = None, size: Size = 224) -> FrozenNetwork:
    """A network of timm without its last layer, with weights from a file; nothing is downloaded.

    DINOv2's and CLIP's image towers are among them: vit_small_patch14_dinov2, vit_base_patch16_clip_224.openai. Images
    are normalised as timm says of the network. The weights are timm's own, or of a form that timm converts.

    Args:
        network: timm's name of it, with the tag of its weights where there are several.
        weights: a .safetensors file, or a .pth of a state dict; of a pickle nothing but tensors is read.
        sha256: what the file's hash is to be; it is told in the log in any case.
        size: pixels of a side; of a vision transformer a multiple of its patch.

    Raises:
        GanlabError: timm is not installed, no such network or file, another hash, weights of another network, or a size
            that it does not take.
    """
    timm = _timm()
    _require_known(network.partition(".")[0], timm.list_models(), "timm")
    try:
        built = _of_timm(timm, network)
    except RuntimeError as error:
        raise GanlabError(f"network: timm cannot build {network!r} ({error}); see `timm.list_models()`") from error
    found = _told(read_weights(Path(os.path.expanduser(weights)), sha256=sha256))
    config: Mapping[str, Any] = built.pretrained_cfg
    fit(built, _converted(found, built), head=_head(config))
    return _frozen(built, f"timm {network}", found, size=size, normalisation=_normalisation(config))


def _of_timm(timm: ModuleType, network: str) -> Any:
    try:  # positions for any size, which transformers alone know of
        return timm.create_model(network, pretrained=False, num_classes=0, dynamic_img_size=True)
    except TypeError:
        return timm.create_model(network, pretrained=False, num_classes=0)


def _timm() -> ModuleType:
    try:
        return importlib.import_module("timm")
    except ModuleNotFoundError as error:
        raise GanlabError("timm is not installed; `pip install 'ganlab-features[timm]'`") from error


def _converted(weights: Weights, network: nn.Module) -> Weights:
    """Weights as those who made them publish them under timm's names, where timm knows how."""
    convert = getattr(importlib.import_module(type(network).__module__), "checkpoint_filter_fn", None)
    if convert is None:
        return weights
    try:
        return replace(weights, tensors=convert(dict(weights.tensors), network))
    except (KeyError, RuntimeError, AttributeError):  # of another network: `fit` says what differs
        return weights


def _head(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The beginnings of the names of a timm network's last layers."""
    named = config.get("classifier") or ()
    return tuple(f"{name}." for name in ([named] if isinstance(named, str) else named))


def _normalisation(config: Mapping[str, Any]) -> Normalisation:
    return Normalisation(*(tuple(255.0 * value for value in config[name]) for name in ("mean", "std")))


def _frozen(
    network: nn.Module, named: str, weights: Weights, *, size: int, normalisation: Normalisation
) -> FrozenNetwork:
    return FrozenNetwork(network, size=size, normalisation=normalisation, named=f"{named}, weights {weights.sha256}")


def _told(weights: Weights) -> Weights:
    _log.info("weights '%s': SHA-256 %s", weights.path, weights.sha256)
    return weights


def _is_last(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) and module.out_features == _CLASSES


def _quiet(network: str) -> dict[str, bool]:
    """Two of torchvision's networks warn of how slowly they draw weights that are read from a file anyway."""
    return {"init_weights": False} if network in ("googlenet", "inception_v3") else {}


def _require_known(network: str, known: Iterable[str], where: str) -> None:
    names = set(known)
    if network not in names:
        near = difflib.get_close_matches(network, names, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; see `{where}.list_models()`"
        raise GanlabError(f"network: {where} has no {network!r}{hint}")
