"""Rows 5 and 6: checkpoints that are damaged, and files made to run a command or to fill the memory."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from ganlab_core.runs.checkpoint_files import find_damage
from tests.faults.compare import checkpoint, require_equal
from tests.faults.harness import Bench, ganlab
from tests.runs.checkpoint_files import FILES, make_manifest_fit, put_earlier_optimisers

_MEMORY = 300.0  # MiB that a hostile file may cost beyond a healthy run's; each was made to cost a gigabyte or more


def damaged_newest(bench: Bench) -> None:
    """The newest checkpoint emptied, cut, with a flipped bit or a file less: the one before is used, and it is said."""
    folder = bench.new("damage")
    ganlab(folder, "train", "tiny.yaml", "--run", "run").require_done()
    newest = checkpoint(folder / "run", 4)
    damages = _damages(bench, newest)
    for name, file, content in damages:
        with bench.case(name):
            whole = file.read_bytes()
            _put(file, content)
            assert find_damage(newest) is not None, "the damage is not found"
            file.write_bytes(whole)
            assert find_damage(newest) is None, "a whole checkpoint is called damaged"
    for name, file, content in bench.some(damages, 1)[:: max(1, len(damages) // 10)]:
        with bench.case(f"resume after: {name}"):
            copy = bench.new("copy")
            shutil.copytree(folder / "run", copy / "run")
            _put(copy / file.relative_to(folder), content)
            outcome = ganlab(copy, "train", "--resume", "run")
            outcome.require_done()
            assert f"{newest.name} is damaged" in outcome.err, outcome.err
            assert "trying the one before" in outcome.err, outcome.err
            require_equal(copy / "run", folder / "run", number=4)


def _damages(bench: Bench, newest: Path) -> list[tuple[str, Path, bytes | None]]:
    """Name, file, and its new content, None for no file at all."""
    files = [newest / name for name in (*FILES, "manifest.json")]
    found: list[tuple[str, Path, bytes | None]] = []
    for file in files:
        found += [(f"{file.name} missing", file, None), (f"{file.name} empty", file, b"")]
    for number in range(20):
        file = files[number % len(files)]
        whole = file.read_bytes()
        at = bench.random.randrange(1, len(whole))
        found.append((f"{file.name} cut at {at}", file, whole[:at]))
    for number in range(60):
        file = files[number % len(FILES)]
        changed = bytearray(file.read_bytes())
        at = bench.random.randrange(len(changed))
        changed[at] ^= 1 << bench.random.randrange(8)
        found.append((f"{file.name} with a bit flipped in byte {at}", file, bytes(changed)))
    return found


def _put(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)


class _Command:
    """Unpickled, it makes a file."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return os.mkdir, (str(self._marker),)


def hostile_files(bench: Bench) -> None:
    """A run folder from elsewhere: nothing in it runs, memory stays bounded, and what is refused is one message."""
    folder = bench.new("hostile")
    ganlab(folder, "train", "tiny.yaml", "--run", "run").require_done()
    healthy = ganlab(folder, "train", "--resume", "run", "--steps", "5").peak
    for name, make in bench.some(list(_HOSTILE.items()), 5):
        with bench.case(name):
            copy = bench.new("copy")
            shutil.copytree(folder / "run", copy / "run")
            marker = copy / "marker"
            make(copy / "run", marker)
            outcome = ganlab(copy, "train", "--resume", "run", "--steps", "6")
            assert not marker.exists(), "it ran"
            if outcome.code:
                outcome.require_message("run")
            more = outcome.peak - healthy
            assert more < _MEMORY, f"it took {more:.0f} MiB more than a healthy run"


def _newest(run: Path) -> Path:
    return checkpoint(run, 5)


def _command_pickle(run: Path, marker: Path) -> None:
    (_newest(run) / "optimisers.pt").write_bytes(pickle.dumps(_Command(marker)))
    make_manifest_fit(_newest(run))


def _command_in_archive(run: Path, marker: Path) -> None:
    _put_pickle(run, pickle.dumps(_Command(marker)))


def _allocating_pickle(run: Path, marker: Path) -> None:
    _put_pickle(run, b"\x80\x02cbuiltins\nbytearray\n\x8a\x08" + struct.pack("<q", 2_000_000_000) + b"\x85R.")


def _remembering_pickle(run: Path, marker: Path) -> None:
    """Python's unpickler makes room for all places before the one that is named."""
    _put_pickle(run, b"\x80\x02Nr" + struct.pack("<I", 500_000_000) + b".")


def _put_pickle(run: Path, content: bytes) -> None:
    put_earlier_optimisers(_newest(run))
    file = _newest(run) / "optimisers.pt"
    with zipfile.ZipFile(file) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for entry, old in entries.items():
            archive.writestr(entry, content if entry.endswith("data.pkl") else old)
    make_manifest_fit(_newest(run))


def _command_as_weights(run: Path, marker: Path) -> None:
    (_newest(run) / "weights.safetensors").write_bytes(pickle.dumps(_Command(marker)))
    make_manifest_fit(_newest(run))


def _zip_bomb(run: Path, marker: Path) -> None:
    put_earlier_optimisers(_newest(run))
    file = _newest(run) / "optimisers.pt"
    with zipfile.ZipFile(file) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
        root = archive.namelist()[0].partition("/")[0]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
        with archive.open(f"{root}/data/99", "w", force_zip64=True) as bomb:
            for _ in range(1024):
                bomb.write(bytes(1 << 20))
    make_manifest_fit(_newest(run))


def _large_header(run: Path, marker: Path) -> None:
    _header(run, said=1 << 40, given=b"{}")


def _hundred_megabyte_header(run: Path, marker: Path) -> None:
    _header(run, said=120 << 20, given=b'{"a":"' + b" " * ((120 << 20) - 8) + b'"}')


def _header(run: Path, *, said: int, given: bytes) -> None:
    (_newest(run) / "weights.safetensors").write_bytes(struct.pack("<Q", said) + given)
    make_manifest_fit(_newest(run))


def _large_optimisers(run: Path, marker: Path) -> None:
    header = b'{"a":"' + b" " * ((120 << 20) - 8) + b'"}'
    (_newest(run) / "optimisers.pt").write_bytes(struct.pack("<Q", len(header)) + header)
    make_manifest_fit(_newest(run))


def _huge_tensor_in_header(run: Path, marker: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    _header(run, said=len(header), given=header)


def _text(name: str, text: str) -> Callable[[Path, Path], None]:
    """A file of the run folder with this text; `*` stands for the newest checkpoint, whose manifest is made to fit."""

    def make(run: Path, marker: Path) -> None:
        in_checkpoint = name.startswith("*/")
        file = _newest(run) / name.removeprefix("*/") if in_checkpoint else run / name
        file.write_text(text)
        if in_checkpoint and file.name != "manifest.json":
            make_manifest_fit(_newest(run))

    return make


def _deep_manifests(run: Path, marker: Path) -> None:
    for manifest in run.glob("checkpoints/*/manifest.json"):
        manifest.write_text(_DEEP)


_DEEP = "[" * 100_000 + "]" * 100_000
_DEEP_STATE = f'{{"number": 5, "random": {_DEEP}}}'
_HOSTILE: dict[str, Callable[[Path, Path], None]] = {
    "a pickle that runs a command, as optimisers": _command_pickle,
    "a pickle that runs a command, in a torch archive": _command_in_archive,
    "a pickle that runs a command, as weights": _command_as_weights,
    "a pickle that asks for two gigabytes": _allocating_pickle,
    "a pickle that remembers at a place far away": _remembering_pickle,
    "optimisers with a safetensors header of 120 MB": _large_optimisers,
    "a zip bomb of a gigabyte": _zip_bomb,
    "a safetensors header said to be of a terabyte": _large_header,
    "a safetensors header of 120 MB": _hundred_megabyte_header,
    "a tensor said to be of four terabytes": _huge_tensor_in_header,
    "state.json 100,000 deep": _text("*/state.json", _DEEP_STATE),
    "random states that are none": _text("*/state.json", '{"number": 5, "random": {"python": [3, [1], null]}}'),
    "random states of huge numbers": _text(
        "*/state.json", json.dumps({"number": 5, "random": {"python": [3, [1 << 70] * 625, None]}})
    ),
    "manifests 100,000 deep": _deep_manifests,
    "recipe.yaml with a Python object": _text("recipe.yaml", "!!python/object/apply:os.mkdir [marker]\n"),
    "recipe.yaml 3,000 deep": _text("recipe.yaml", "a: " + "[" * 3000 + "]" * 3000),
    "recipe.yaml of 10 MB": _text("recipe.yaml", "a: b\n" * 2_000_000),
    "data.json 100,000 deep": _text("data.json", _DEEP),
    "data.json that is no facts": _text("data.json", '{"image_shape": [1, 2], "class_counts": 3}'),
    "data.json of no use": _text("data.json", "null"),
    "rollbacks.json 100,000 deep": _text("rollbacks.json", _DEEP),
    "rollbacks.json of no rollbacks": _text("rollbacks.json", '[{"to": 1}]'),
    "rollbacks.json with a rate that is none": _text(
        "rollbacks.json", '[{"to": 1, "reason": "x", "learning_rate_scale": "y"}]'
    ),
    "metrics.jsonl with a deep line": _text("metrics.jsonl", _DEEP + "\n"),
}
