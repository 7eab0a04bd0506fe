"""`ganlab discover` on real digits whose labels are hidden, beside what scikit-learn makes of the same images.

    python tests/benchmarks/discover.py --data data [--minutes 5] [--images 3000] [--classes K] [--seed 0] [--run RUN]

Draws MNIST digits in a long tail, the largest class ten times the smallest, and writes them as PNGs with names that say
nothing. Runs `ganlab discover` on them (or takes a RUN that did, of the same images), and compares its assignments with
the hidden labels: ACC after one-to-one matching of codes and digits, and the mean relative error of class sizes. Beside
it k-means and a Gaussian mixture on 50 principal components of the pixels, which are told how many classes there are.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import normalized_mutual_info_score
from sklearn.mixture import GaussianMixture

from ganlab_core import Imbalance, draw_imbalanced
from ganlab_core.image_files.write import save_png
from ganlab_core.interface.image_data import ImageData
from ganlab_core.stock.datasets.torchvision_sets import mnist

_COMPONENTS = 50
_RATIO = 10.0
_DIGITS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="where MNIST's files lie, as `dataset.root` takes it")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--classes", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", type=Path, help="the run to make, or one made before")
    parser.add_argument("--folder", type=Path, help="where the images are written")
    options = parser.parse_args()
    data = _long_tail(options.data, images=options.images, seed=options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary, "digits")
        run = options.run or Path(temporary, "run")
        _write(data, folder)
        if not (run / "assignments.csv").exists():
            arguments = [str(folder), "--minutes", str(options.minutes), "--run", str(run), "--seed", str(options.seed)]
            arguments += [] if options.classes is None else ["--classes", str(options.classes)]
            subprocess.run([sys.executable, "-m", "ganlab_core", "discover", *arguments], check=True)
        found = {"ganlab discover": _assignments(run / "assignments.csv"), **_baselines(data, seed=options.seed)}
    assert data.labels_N is not None
    print(f"\nclass sizes: {', '.join(map(str, data.class_counts or ()))}\n")
    print("| method | classes | ACC | NMI | mean relative error of class sizes |\n|---|---:|---:|---:|---:|")
    for name, codes_N in found.items():
        print(_table_row(name, codes_N, data.labels_N.numpy()))


def _long_tail(root: str, *, images: int, seed: int) -> ImageData:
    """So many digits; sizes fall geometrically by a factor of ten, in an order of classes that the seed decides."""
    shares = _RATIO ** -(np.arange(_DIGITS) / (_DIGITS - 1))
    sizes = np.floor(images * shares / shares.sum()).astype(int)
    sizes[0] += images - sizes.sum()
    counts = tuple(int(size) for size in np.random.default_rng(seed).permutation(sizes))
    return draw_imbalanced(mnist(root=root), Imbalance(counts=counts, seed=seed))


def _write(data: ImageData, folder: Path) -> None:
    """A file an image, in the data's order, which is not that of the labels."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, image_CHW in enumerate(data.images_NCHW):
        save_png(image_CHW, folder / f"{index:05d}.png")


def _assignments(table: Path) -> NDArray[np.int64]:
    """The codes in the order of the files' names."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = sorted((Path(row["path"]).name, int(row["code"])) for row in csv.DictReader(file))
    return np.array([code for _, code in rows])


def _baselines(data: ImageData, *, seed: int) -> dict[str, NDArray[np.int64]]:
    pixels_ND = data.images_NCHW.flatten(1).to(torch.float64).numpy() / 255
    components_NC = PCA(_COMPONENTS, random_state=seed).fit_transform(pixels_ND)
    means = KMeans(_DIGITS, n_init=10, random_state=seed)
    mixture = GaussianMixture(_DIGITS, n_init=3, reg_covar=1e-3, random_state=seed)
    return {
        f"k-means on {_COMPONENTS} components": means.fit_predict(components_NC),
        f"Gaussian mixture on {_COMPONENTS} components": mixture.fit_predict(components_NC),
    }


def _table_row(name: str, codes_N: NDArray[np.int64], labels_N: NDArray[np.int64]) -> str:
    """Codes that are matched to no digit count as wrong; a digit without a code has an error of 100 %."""
    counts_KL = np.zeros((max(int(codes_N.max()) + 1, _DIGITS), _DIGITS), dtype=np.int64)
    np.add.at(counts_KL, (codes_N, labels_N), 1)
    codes_L, matched_L = linear_sum_assignment(counts_KL, maximize=True)
    accuracy = counts_KL[codes_L, matched_L].sum() / len(labels_N)
    true_L = counts_KL.sum(axis=0)[matched_L]
    error = np.mean(np.abs(counts_KL[codes_L].sum(axis=1) - true_L) / true_L)
    nmi = normalized_mutual_info_score(labels_N, codes_N)
    used = len(np.unique(codes_N))
    return f"| {name} | {used} | {accuracy:.3f} | {nmi:.3f} | {error:.1%} |"


if __name__ == "__main__":
    main()
