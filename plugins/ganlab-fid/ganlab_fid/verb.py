"""`ganlab fid REAL GENERATED --weights FILE`: two folders of images compared."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab_core import Fit
    from ganlab_fid.inception import Inception
    from ganlab_fid.pair import FeaturePair

_BATCH = 100


@click.command(
    "fid",
    epilog="Example: `ganlab sample RUN --count 5000 --out drawn`, then `ganlab fid photos drawn --weights FILE`.",
)
@click.argument("real", type=click.Path(path_type=Path), metavar="REAL")
@click.argument("generated", type=click.Path(path_type=Path), metavar="GENERATED")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="safetensors file of torchvision's Inception-v3; nothing is downloaded.",
)
@click.option(
    "--fit",
    type=click.Choice(["pad", "crop", "stretch"]),
    default="crop",
    show_default=True,
    help="How images become square: as the run's data set has it (`dataset.fit`).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps.")
def fid(real: Path, generated: Path, weights: Path, fit: Fit, as_json: bool, device: str) -> None:
    """FID, KID, precision and recall of the images in the folder GENERATED against those in REAL.

    Subfolders are included; each image is made square and resized to 299 x 299.
    """
    from ganlab_core import choose_device
    from ganlab_fid.inception import load_inception
    from ganlab_fid.pair import FeaturePair

    network = load_inception(Path(os.path.expanduser(weights))).to(choose_device(device))
    figures = _figures(FeaturePair(_folder_features(real, network, fit), _folder_features(generated, network, fit)))
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        click.echo("\n".join(f"{name:<20} {value:.4g}" for name, value in figures.items()))


def _folder_features(folder: Path, network: Inception, fit: Fit) -> Tensor:
    """Features `(N, 2048)` of a folder's images; only a hundred of them are in memory at once."""
    import torch

    from ganlab_core import GanlabError, image_paths, read_images, to_unit_range
    from ganlab_fid.inception import SIDE

    if not folder.is_dir():
        raise GanlabError(f"fid: '{folder}' is no folder; give one that holds images")
    paths = image_paths(folder, asked_by="fid")
    if not paths:
        raise GanlabError(f"fid: '{folder}' holds no image; give a folder of images")
    features = []
    for start in range(0, len(paths), _BATCH):
        chunk = paths[start : start + _BATCH]
        read = read_images(chunk, size=SIDE, channels=3, fit=fit, unreadable="stop", asked_by="fid")
        features.append(network.features(to_unit_range(torch.stack(read.images_CHW))))
    return torch.cat(features)


def _figures(pair: FeaturePair) -> dict[str, float]:
    """All of them, in the order in which they are printed."""
    from ganlab_fid.fid import frechet_distance
    from ganlab_fid.kid import kernel_distance
    from ganlab_fid.precision_recall import coverage

    kernel, covered = kernel_distance(pair), coverage(pair)
    return {
        "real_images": len(pair.real_ND),
        "generated_images": len(pair.generated_MD),
        "fid": frechet_distance(pair),
        "kid": kernel.mean,
        "kid_std": kernel.std,
        "precision": covered.precision,
        "recall": covered.recall,
    }
