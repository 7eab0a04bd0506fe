"""What `ganlab assign` costs against a bare loop over the same files, and whether its memory stays flat.

    python tests/benchmarks/assign.py RUN [--images 100000] [--batch-size 256] [--folder FOLDER]

Writes PNGs of the run's size, noise of their own, into a temporary folder, a thousand a subfolder (FOLDER keeps them).
The bare loop decodes, stacks and recognises batch after batch in one thread and keeps the codes in a list; both use the
same decoder, network and batch size, each in a process of its own. Prints images a second of both, their ratio, and the
peak resident memory after a tenth of the images and at the end. A RUN of a minute: `ganlab train --prior elastic`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ganlab_core import load_run
from ganlab_core.image_files.decode import read_picture
from ganlab_core.image_files.walk import walk_images
from ganlab_core.interface.image_data import to_unit_range
from ganlab_core.verbs.assign.sources import folder_source
from ganlab_core.verbs.assign.stream import Outputs, assign_to_files

Watch = Callable[[int], None]
Loop = Callable[[Path, Path, int, Watch], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary, "images")
        if not folder.is_dir():
            _write_images(folder, options.images, shape=load_run(options.run).facts.image_shape)
        rates = {
            loop.__name__.strip("_"): _in_own_process(loop, options.run, folder, options.images, options.batch_size)
            for loop in (_bare, _assign)
        }
    print(f"ratio    {rates['bare'] / rates['assign']:.2f} (time of assign over time of the bare loop)")


def _in_own_process(loop: Loop, run: Path, folder: Path, images: int, batch: int) -> float:
    """Images a second; prints them with the process's peak memory on the way."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_measured, args=(loop, run, folder, images, batch, theirs))
    process.start()
    theirs.close()
    rate, at_tenth, at_end = ours.recv()
    process.join()
    name = loop.__name__.strip("_")
    print(f"{name:<8} {rate:,.0f} images/s, peak memory {at_tenth:.0f} MB at 10 %, {at_end:.0f} MB at 100 %")
    return float(rate)


def _measured(
    loop: Loop,
    run: Path,
    folder: Path,
    images: int,
    batch: int,
    pipe: Connection,
) -> None:
    marks: dict[str, float] = {}
    seen = 0

    def watch(done: int) -> None:
        nonlocal seen
        seen = done
        if done >= images / 10:
            marks.setdefault("tenth", _peak_megabytes())

    started = time.perf_counter()
    loop(run, folder, batch, watch)
    pipe.send((seen / (time.perf_counter() - started), marks["tenth"], _peak_megabytes()))


def _bare(run: Path, folder: Path, batch: int, watch: Watch) -> None:
    loaded = load_run(run)
    (channels, size, _), networks = loaded.facts.image_shape, loaded.model.networks
    code = loaded.prior.class_code
    assert networks.recognition is not None
    assert code is not None
    codes: list[int] = []
    paths = walk_images(folder)
    while chunk := list(islice(paths, batch)):
        images_NCHW = torch.stack([read_picture(path, size=size, channels=channels) for path in chunk])
        with torch.no_grad():
            (recognition,) = networks.recognise([to_unit_range(images_NCHW.to(loaded.device))])
        codes += recognition.parameters[code].argmax(dim=1).tolist()
        watch(len(codes))


def _assign(run: Path, folder: Path, batch: int, watch: Watch) -> None:
    loaded = load_run(run)
    with tempfile.TemporaryDirectory() as temporary:
        source = folder_source(folder, loaded, batch_size=batch)
        assign_to_files(loaded, source, Outputs(table=Path(temporary, "codes.csv")), watch=watch)


def _write_images(folder: Path, count: int, *, shape: tuple[int, int, int]) -> None:
    random = np.random.default_rng(0)
    channels, height, width = shape
    for index in range(count):
        place = folder / f"{index // 1000:04d}"
        if index % 1000 == 0:
            place.mkdir(parents=True)
        pixels_HWC = random.integers(0, 256, (height, width, channels), dtype=np.uint8)
        Image.fromarray(pixels_HWC.squeeze(2) if channels == 1 else pixels_HWC).save(place / f"{index:07d}.png")


def _peak_megabytes() -> float:
    """The largest resident size so far; macOS counts in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


if __name__ == "__main__":
    main()
