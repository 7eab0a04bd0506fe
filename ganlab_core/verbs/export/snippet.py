"""Ten lines that draw an image of a class with torch or onnxruntime and numpy, and without ganlab."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_TORCH = 'generator = torch.export.load("generator.pt2").module()'
_ONNX = 'generator = onnxruntime.InferenceSession("generator.onnx")'
_RUN_TORCH = 'generator(torch.from_numpy(vector))["images"][0].numpy()'
_RUN_ONNX = 'generator.run(["images"], {"latent": vector})[0][0]'

_DRAW = """\
import json
import numpy as np
import {library}
{load}
about, rng = json.load(open("export.json")), np.random.default_rng(0)
latent = {{{latent}}}
vector = np.concatenate([latent[factor["name"]] for factor in about["prior"]])[None].astype(np.float32)
image = {run}  # (C, H, W) in [-1, 1]
pixels = ((image.transpose(1, 2, 0) + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
open("{file}", "wb").write(b"{magic} %d %d 255\\n" % (pixels.shape[1], pixels.shape[0]) + pixels.tobytes())"""


def snippet(about: Mapping[str, Any], *, onnx: bool = False, category: int = 0) -> str:
    """Python that writes one image of a category, or any image where there are none, beside the files of an export.

    Args:
        about: what `export.json` says.
        onnx: with onnxruntime in place of torch.
        category: of the class code.
    """
    is_colour = about["images"]["channels"] == 3
    code = next((factor["name"] for factor in about["prior"] if factor["kind"] == "categorical"), None)
    latent = ", ".join(
        f"{json.dumps(factor['name'])}: {_value(factor, place, category if factor['name'] == code else 0)}"
        for place, factor in enumerate(about["prior"])
    )
    return _DRAW.format(
        library="onnxruntime" if onnx else "torch",
        load=_ONNX if onnx else _TORCH,
        run=_RUN_ONNX if onnx else _RUN_TORCH,
        latent=latent,
        file=("image" if code is None else f"{code}-{category}") + (".ppm" if is_colour else ".pgm"),
        magic="P6" if is_colour else "P5",
    )


def _value(factor: Mapping[str, Any], place: int, category: int) -> str:
    """An expression for one factor's part of the latent vector."""
    width = factor["width"]
    if factor["kind"] == "categorical" and factor["vectors"] == "one-hot":
        return f"np.eye({width})[{category}]"
    if factor["kind"] == "categorical":
        return f'about["prior"][{place}]["vectors"][{category}]'
    if factor["kind"] == "continuous":
        return f"rng.uniform({factor['low']!r}, {factor['high']!r}, {width})"
    if factor["kind"] == "normal":
        return f"rng.standard_normal({width})"
    return f'rng.choice(about["prior"][{place}]["draws"])'
