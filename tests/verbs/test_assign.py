"""`ganlab assign`: tables, embeddings and sorted folders, of folders and of data sets."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab_core import assign_folder, load_run
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.stock.datasets.image_folder import image_folder
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.assign.sources import folder_source
from tests.verbs.coded_run import coded_run, digit_files, said_by_head


@pytest.fixture
def run(ganlab: Ganlab, tiny: dict[str, Any]) -> Path:
    """A run in the folder where `ganlab` is called."""
    return coded_run(tiny, Path("run"))


def rows(path: str | Path) -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_help_has_an_example(ganlab: Ganlab) -> None:
    assert "Examples: `ganlab assign RUN photos --out codes.csv`" in ganlab("assign", "--help").out


def test_a_folder_gives_a_row_a_file_with_what_the_head_says_of_it(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    outcome = ganlab("assign", run, "photos", "--out", "codes.csv", "--batch-size", 5)
    assert outcome.code == 0, outcome.err
    assert "12 images in" in outcome.out
    found = rows("codes.csv")
    assert list(found[0]) == ["path", "code", "confidence", "runner_up"]
    order = [f"photos/a/{index:02d}.png" for index in range(0, 12, 2)]
    assert [row["path"] for row in found] == order + [f"photos/b/{index:02d}.png" for index in range(1, 12, 2)]

    in_order = [int(Path(row["path"]).stem) for row in found]
    probabilities_NK = said_by_head(run, digits(size=16).images_NCHW[in_order])
    for row, one_K in zip(found, probabilities_NK, strict=True):
        best, second = sorted(range(3), key=lambda code: -one_K[code])[:2]
        assert (int(row["code"]), int(row["runner_up"])) == (best, second)
        assert float(row["confidence"]) == pytest.approx(one_K[best].item(), abs=1e-4)


def test_from_python_a_folder_gives_the_same_table_and_says_what_the_verb_says(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    said = json.loads(ganlab("assign", run, "photos", "--out", "verb.csv", "--json").out)
    summary = assign_folder(load_run(run), Path("photos"), table=Path("python.csv"))
    assert rows("python.csv") == rows("verb.csv")
    changing = ("table", "seconds", "images_per_second")
    assert {**summary.values(), **dict.fromkeys(changing)} == {**said, **dict.fromkeys(changing)}
    assert (summary.table, summary.values()["table"]) == (Path("python.csv"), "python.csv")


def test_the_runs_own_data_set_is_named_by_index(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("assign", run, "--out", "own.csv", "--json")
    assert outcome.code == 0, outcome.err
    said = json.loads(outcome.out)
    found = rows("own.csv")
    assert list(found[0]) == ["index", "code", "confidence", "runner_up"]
    assert [int(row["index"]) for row in found] == list(range(load_run(run).facts.size))
    assert said["images"] == sum(said["counts"]) == len(found)
    assert said["counts"] == [sum(row["code"] == str(code) for row in found) for code in range(3)]


def test_the_own_images_of_a_run_on_a_folder_have_index_and_path(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    photos = Path("photos").absolute()
    paths = digit_files(photos)
    dataset = {"use": "image-folder", "root": "photos", "size": 16, "channels": 1}
    coded_run(tiny, Path("run"), dataset=dataset | {"imbalance": {"counts": (6, 4)}})
    assert ganlab("assign", "run", "--out", "own.csv").code == 0
    found = rows("own.csv")
    kept = [Path(row["path"]) for row in found]
    assert list(found[0]) == ["index", "path", "code", "confidence", "runner_up"]
    assert len(kept) == 10
    assert kept == sorted(set(kept) & set(paths))
    assert ganlab("assign", "run", photos, "--out", "all.csv").code == 0
    codes = {row["path"]: row["code"] for row in rows("all.csv")}
    assert all(codes[row["path"]] == row["code"] for row in found)


def test_files_are_fitted_as_the_runs_own_were(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    Path("photos").mkdir()
    for index in range(12):
        Image.effect_noise((12 + 6 * index, 30), 60).save(f"photos/{index:02d}.png")
    dataset = {"use": "image-folder", "root": "photos", "size": 16, "channels": 1, "classes": "none", "fit": "pad"}
    coded_run(tiny, Path("run"), dataset=dataset)
    run = load_run(Path("run"))
    own_NCHW = image_folder(root="photos", size=16, channels=1, fit="pad").images_NCHW
    with folder_source(Path("photos"), run).opened() as batches:
        (batch,) = batches
    assert torch.equal(batch.images_NCHW, own_NCHW)
    assert not torch.equal(own_NCHW, image_folder(root="photos", size=16, channels=1).images_NCHW)


@pytest.mark.parametrize("name", ["o[red].csv", "o[/bold].csv", "o:rat:.csv", "caf\udce9.csv"])
def test_names_are_printed_as_they_are(ganlab: Ganlab, run: Path, name: str) -> None:
    outcome = ganlab("assign", run, "--out", name)
    assert outcome.code == 0, outcome.err
    printed = name.encode(errors="backslashreplace").decode()
    assert f"table         {printed}\n" in outcome.out


def test_another_data_set_and_changes_to_it_can_be_named(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("assign", run, "digits", "--out", "all.csv", "--set", "~dataset.imbalance", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["images"] == 1797


def test_files_that_cannot_be_read_are_listed_and_the_others_assigned(ganlab: Ganlab, run: Path) -> None:
    good = digit_files(Path("photos"), 4)
    Path("photos/a/cut.png").write_bytes(good[0].read_bytes()[:60])
    Path("photos/a/notes.txt").write_text("no image, and not taken for one")
    outcome = ganlab("assign", run, "photos", "--out", "codes.csv", "--batch-size", 1)
    assert outcome.code == 0, outcome.err
    assert "1 files, listed in codes.unreadable.csv" in outcome.out
    (listed,) = rows("codes.unreadable.csv")
    assert listed["path"] == "photos/a/cut.png"
    assert listed["reason"]
    assert [Path(row["path"]) for row in rows("codes.csv")] == good

    Path("photos/a/cut.png").unlink()
    assert ganlab("assign", run, "photos", "--out", "codes.csv").code == 0
    assert not Path("codes.unreadable.csv").exists()


def test_embeddings_have_the_tables_rows(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    outcome = ganlab("assign", run, "photos", "--out", "c.csv", "--embeddings", "e.npz", "--batch-size", 5)
    assert outcome.code == 0, outcome.err
    with np.load("e.npz", allow_pickle=False) as archive:
        embeddings_ND = archive["embeddings"]
    assert (embeddings_ND.shape, embeddings_ND.dtype) == ((12, 6), np.float32)
    in_order = [int(Path(row["path"]).stem) for row in rows("c.csv")]
    loaded = load_run(run)
    networks = loaded.model.networks
    assert networks.recognition is not None
    with torch.no_grad():
        images_NCHW = digits(size=16).images_NCHW[in_order].float() / 127.5 - 1
        wanted = networks.recognition(networks.trunk(images_NCHW)).embedding_ND
    np.testing.assert_allclose(embeddings_ND, wanted.numpy(), atol=1e-5)


def test_images_are_linked_into_a_folder_for_each_code(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    outcome = ganlab("assign", run, "photos", "--out", "c.csv", "--sort-into", "sorted")
    assert outcome.code == 0, outcome.err
    for row in rows("c.csv"):
        link = Path("sorted", f"code-{row['code']}", Path(row["path"]).name)
        assert link.is_symlink()
        assert link.resolve() == Path(row["path"]).resolve()
    again = ganlab("assign", run, "photos", "--out", "c.csv", "--sort-into", "sorted")
    assert (again.code, again.err) == (
        1,
        "error: --sort-into sorted is not empty; name a folder that does not exist\n",
    )


def test_a_folder_of_links_is_not_read_and_one_of_copies_is(ganlab: Ganlab, run: Path) -> None:
    digit_files(Path("photos"))
    assert ganlab("assign", run, "photos", "--out", "c.csv", "--sort-into", "links").code == 0
    refused = ganlab("assign", run, "links", "--out", "d.csv")
    assert refused.code == 1
    assert "'links' holds no image file; give a folder of images" in refused.err
    assert "passed over 12 links that lead out of 'links': follow them (`--follow-links`)" in refused.err
    assert ganlab("assign", run, "links", "--out", "d.csv", "--follow-links").code == 0
    assert "--sort-into FOLDER --copy" in refused.err
    assert ganlab("assign", run, "photos", "--out", "c.csv", "--sort-into", "copies", "--copy").code == 0
    assert ganlab("assign", run, "copies", "--out", "d.csv").code == 0
    assert len(rows("d.csv")) == 12


def test_files_of_one_name_do_not_clobber_one_another(ganlab: Ganlab, run: Path) -> None:
    first = digit_files(Path("photos"), 2)[0]
    for folder in "cdef":
        Path("photos", folder).mkdir()
        Path("photos", folder, "same.png").write_bytes(first.read_bytes())
    assert ganlab("assign", run, "photos", "--out", "c.csv", "--sort-into", "sorted", "--copy").code == 0
    copies = [path for path in Path("sorted").glob("*/*.png") if path.stem.startswith("same")]
    assert len(copies) == 4
    assert all(not path.is_symlink() and path.read_bytes() == first.read_bytes() for path in copies)


def test_images_without_files_are_sorted_as_pictures(ganlab: Ganlab, run: Path) -> None:
    assert ganlab("assign", run, "--out", "c.csv", "--sort-into", "sorted").code == 0
    row = rows("c.csv")[7]
    with Image.open(Path("sorted", f"code-{row['code']}", "000007.png")) as picture:
        assert picture.size == (16, 16)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "'nowhere' is neither a folder nor a data set; give a folder of images, or one of "),
        (["empty"], "'empty' holds no image file; give a folder of images"),
        (["photos", "--set", "dataset.size=8"], "--set dataset.size=8 is about a data set, and 'photos' is a folder"),
        (["photos", "--sort-into", "photos/sorted"], "--sort-into photos/sorted lies in photos, whose images are read"),
        (["photos", "--sort-into", "."], "--sort-into . is the folder that ganlab was called in"),
        (["photos", "--embeddings", "new/e.npz", "--sort-into", "new"], "new/e.npz lies in --sort-into new"),
        (["--set", "dataset.size=8"], "images of 8 x 8 x 1, and run takes 16 x 16 x 1; set its size (`--set dataset."),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    ganlab: Ganlab, run: Path, arguments: list[str], message: str
) -> None:
    digit_files(Path("photos"), 2)
    Path("empty").mkdir()
    before = sorted(Path().rglob("*"))
    outcome = ganlab("assign", run, *arguments, "--out", "c.csv")
    assert outcome.code == 1
    assert outcome.err.startswith("error: ")
    assert message in outcome.err
    assert sorted(Path().rglob("*")) == before


def test_copy_is_about_sorting(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("assign", run, "--out", "c.csv", "--copy")
    assert outcome.code == 2
    assert "--copy is about --sort-into; name a folder" in outcome.err


def test_a_run_without_a_code_is_refused(ganlab: Ganlab, tiny_file: Path) -> None:
    assert ganlab("train", tiny_file, "--run", "plain").code == 0
    outcome = ganlab("assign", "plain", "--out", "c.csv")
    assert outcome.code == 1
    assert "plain: its prior has no categorical code, so images cannot be given one" in outcome.err
