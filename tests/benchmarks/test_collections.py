"""The benchmark on collections: its draws, figures and kept results, and that its name stands in nobody's way."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.calibration import calibration_curve
from sklearn.datasets import make_blobs
from sklearn.metrics import accuracy_score, adjusted_rand_score, normalized_mutual_info_score

from tests.benchmarks.on_collections.command import missing
from tests.benchmarks.on_collections.draws import Images, collection_names, drawn, read_collection, write_draw
from tests.benchmarks.on_collections.found import Request, read_assignments
from tests.benchmarks.on_collections.inputs import components, pixels, squared
from tests.benchmarks.on_collections.kept import GANLAB, Kept, Key, Result
from tests.benchmarks.on_collections.options import numbers, parsed
from tests.benchmarks.on_collections.rivals import Embedding, average_linkage, k_means
from tests.benchmarks.on_collections.scores import calibration_error, scores
from tests.benchmarks.on_collections.tables import lines_of, markdown
from tests.conftest import REPOSITORY

SCRIPTS = REPOSITORY / "tests" / "benchmarks"


@pytest.fixture(name="collections")
def _collections(tmp_path: Path) -> Path:
    """`even`, an archive of three classes of twenty images, and `tailed`, a folder of one of twenty and one of two."""
    root = tmp_path / "collections"
    for name, sizes in (("even", {"ant": 20, "bee": 20, "cat": 20}), ("tailed", {"ant": 20, "bee": 2})):
        for label, size in sizes.items():
            for number in range(size):
                path = root / name / label / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (6, 4), (10 * number, len(label), ord(label[0]))).save(path)
    with tarfile.open(root / "even.tar.xz", "w:xz") as archive:
        archive.add(root / "even", arcname="even")
    return root


def drawn_as_written_down(paths: list[str], seed: int, *, tailed: bool) -> list[tuple[str, int]]:
    """The published order of a draw's random numbers, in plain words: classes' ranks, each class, then all."""
    names = sorted({path.split("/")[1] for path in paths})
    random = np.random.default_rng(seed)
    rank = random.permutation(len(names))
    kept = []
    for number, name in enumerate(names):
        own = sorted(path for path in paths if path.split("/")[1] == name)
        own = [own[place] for place in random.permutation(len(own))]
        if not tailed:
            own = own[: max(3, int(len(own) * 10.0 ** (-rank[number] / (len(names) - 1))))]
        kept += [(path, number) for path in own]
    return [kept[place] for place in random.permutation(len(kept))]


@pytest.mark.parametrize("name", ["even", "tailed"])
def test_a_draw_takes_the_images_that_its_seed_stands_for(name: str, collections: Path) -> None:
    collection = read_collection(collections, name)
    for seed in (0, 7):
        assert drawn(collection, seed=seed) == drawn_as_written_down(
            list(collection.files), seed, tailed=name == "tailed"
        )


def test_classes_of_like_size_are_made_ten_to_one_and_a_tail_is_left_alone(collections: Path) -> None:
    counts = {
        name: sorted(np.bincount([label for _, label in drawn(read_collection(collections, name), seed=0)]).tolist())
        for name in ("even", "tailed")
    }
    assert counts == {"even": [3, 6, 20], "tailed": [2, 20]}


def test_a_draw_is_a_flat_folder_whose_names_say_nothing(collections: Path, tmp_path: Path) -> None:
    collection = read_collection(collections, "even")
    images = write_draw(collection, tmp_path / "draw", seed=1)
    assert [path.name for path in sorted((tmp_path / "draw").iterdir())] == list(images.names)
    assert images.names[:2] == ("00000.png", "00001.png")
    for path, source, label in zip(images.paths, images.sources, images.labels_N, strict=True):
        assert path.read_bytes() == collection.files[source]
        assert collection.classes[label] == source.split("/")[1]


def test_collections_are_archives_and_folders_and_an_unknown_one_is_named(collections: Path) -> None:
    assert collection_names(collections) == ["even", "tailed"]
    with pytest.raises(SystemExit, match=r"no collection 'odd' in .*; there are: even, tailed$"):
        read_collection(collections, "odd")


def test_figures_are_those_of_scikit_learn_for_matched_codes() -> None:
    random = np.random.default_rng(0)
    labels_N = random.integers(0, 4, 300)
    renamed_K = np.array([2, 0, 3, 1])
    codes_N = np.where(random.random(300) < 0.8, renamed_K[labels_N], random.integers(0, 4, 300))
    found = scores(codes_N, labels_N, None)
    assert found["acc"] == pytest.approx(accuracy_score(renamed_K[labels_N], codes_N))
    assert found["nmi"] == pytest.approx(normalized_mutual_info_score(labels_N, codes_N))
    assert found["ari"] == pytest.approx(adjusted_rand_score(labels_N, codes_N))
    assert "ece" not in found


def test_a_class_without_a_code_is_wrong_and_its_size_all_off() -> None:
    labels_N = np.array([0, 0, 0, 1, 1, 2])
    found = scores(np.array([1, 1, 1, 0, 0, 0]), labels_N, None)
    assert found["acc"] == pytest.approx(5 / 6)
    assert found["sizes"] == pytest.approx((0 + 1 / 2 + 1) / 3)
    assert (found["largest_code"], found["largest_class"], found["codes"], found["classes"]) == (0.5, 0.5, 2, 3)


def test_more_codes_than_classes_leave_some_unmatched() -> None:
    found = scores(np.array([0, 0, 3, 3, 5, 5]), np.array([0, 0, 0, 0, 1, 1]), None)
    assert found["acc"] == pytest.approx(4 / 6)
    assert found["codes"] == 3


def test_the_calibration_error_is_the_gap_of_scikit_learns_curve_weighted_by_bins() -> None:
    random = np.random.default_rng(1)
    confidences_N = random.random(500)
    right_N = random.random(500) < confidences_N**2
    share_B, mean_B = calibration_curve(right_N, confidences_N, n_bins=10)
    weight_B = np.histogram(confidences_N, bins=10, range=(0, 1))[0] / 500
    assert calibration_error(right_N, confidences_N) == pytest.approx(float((weight_B * abs(share_B - mean_B)).sum()))
    assert calibration_error(np.array([True, False]), np.array([1.0, 1.0])) == pytest.approx(0.5)


def test_images_are_padded_to_squares_with_the_colour_of_their_edge(tmp_path: Path) -> None:
    picture = Image.new("RGB", (8, 4), (200, 10, 10))
    picture.putpixel((4, 2), (0, 0, 0))
    picture.save(tmp_path / "wide.png")
    array_HWC = squared(tmp_path / "wide.png", 16)
    assert array_HWC.shape == (16, 16, 3)
    assert (array_HWC[:3] == (200, 10, 10)).all()


def test_grey_images_are_seen_in_one_channel(tmp_path: Path) -> None:
    Image.new("L", (5, 5), 7).save(tmp_path / "grey.png")
    Image.new("RGB", (5, 5), (7, 9, 7)).save(tmp_path / "green.png")
    assert pixels([tmp_path / "grey.png"]).shape == (1, 32 * 32)
    assert pixels([tmp_path / "grey.png", tmp_path / "green.png"]).shape == (2, 3 * 32 * 32)


def test_rivals_find_blobs_that_lie_apart() -> None:
    values_ND, labels_N = make_blobs([30, 10, 5], n_features=6, cluster_std=0.3, random_state=0)
    embedding = Embedding(components(values_ND, unit=False, seed=0), metric="euclidean", seed=0)
    for rival in (k_means, average_linkage):
        assert scores(rival(embedding, 3).codes_N, labels_N, None)["acc"] == 1.0


@pytest.mark.slow
def test_rivals_of_the_extra_find_blobs_told_and_counting() -> None:
    pytest.importorskip("umap", reason="the extra `rivals` is not installed")
    script = (
        "from sklearn.datasets import make_blobs; from tests.benchmarks.on_collections.rivals import *;"
        "from tests.benchmarks.on_collections.scores import scores;"
        "values, labels = make_blobs([60, 30, 20], n_features=6, cluster_std=0.3, random_state=0);"
        "embedding = Embedding(values, metric='euclidean', seed=0);"
        "found = [TOLD[name](embedding, 3) for name in ('UMAP + Gaussian mixture', 'UMAP + HDBSCAN', 'Leiden')];"
        "found += [rival(embedding, None) for rival in COUNTING.values()];"
        "print([round(scores(one.codes_N, labels, None)['acc'], 1) for one in found])"
    )
    # In a process of its own: numba and UMAP warn of each other's ways.
    ran = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[1.0, 1.0, 1.0, 1.0, 1.0]"


def result(collection: str, draw: int, method: str, *, acc: float, told: bool = True) -> Result:
    """A result whose figures are made up."""
    figures = {"acc": acc, "nmi": acc, "ari": acc, "sizes": 0.25, "codes": 3, "classes": 3, "images": 40}
    figures |= {"largest_code": 0.5, "largest_class": 0.4}
    minutes = 3.0 if method == GANLAB else None
    return Result(Key(collection, draw, method, "pixels", told, minutes), figures, 1.5, made_on={"Python": "3"})


def test_of_what_is_kept_the_later_line_counts_and_files_of_two_machines_are_joined(tmp_path: Path) -> None:
    here, there = Kept(tmp_path / "here"), Kept(tmp_path / "there")
    for value in (0.5, 0.75):
        here.add(result("even", 0, "k-means", acc=value))
    there.add(result("even", 1, "k-means", acc=1.0))
    with (tmp_path / "here/even/rivals.jsonl").open("a") as file:
        file.write((tmp_path / "there/even/rivals.jsonl").read_text())
    assert [(one.key.draw, one.scores["acc"]) for one in here.results().values()] == [(0, 0.75), (1, 1.0)]


def test_ganlabs_results_and_those_of_rivals_are_files_of_their_own(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.add(result("even", 0, GANLAB, acc=1.0))
    kept.add(result("even", 0, "Leiden", acc=1.0))
    assert sorted(path.name for path in (tmp_path / "even").iterdir()) == ["ganlab.jsonl", "rivals.jsonl"]


def test_the_tables_give_mean_and_deviation_over_draws_and_means_over_collections_that_are_whole() -> None:
    results = [result("even", draw, "k-means", acc=0.5 + 0.1 * draw) for draw in (0, 1, 2)]
    results += [result("odd", 0, "k-means", acc=0.2), result("odd", 0, GANLAB, acc=0.9)]
    lines = markdown(results).splitlines()
    assert "| k-means | pixels | yes | 0.600 ± 0.100 | 0.200 | 0.400 | 0.400 | 25% |" in lines
    assert "| ganlab discover, 3 min | pixels | yes |  | 0.900 |  |  |  |" in lines
    assert "## even: 40 images of 3 classes, 40% of them of the largest" in lines
    assert any(line.startswith("| k-means | pixels | yes | 0.600 ± 0.100 | 0.600") for line in lines)
    call = "python tests/benchmarks/collections.py --collections FOLDER --keep RESULTS --draws 0,1,2 --features none"
    assert f"    {call} --minutes 3" in lines


def test_ganlab_comes_first_in_a_table_and_who_counts_comes_last() -> None:
    results = [result("even", 0, "Leiden", acc=1.0, told=False), result("even", 0, "Leiden", acc=1.0)]
    results += [result("even", 0, GANLAB, acc=0.0, told=False), result("even", 0, GANLAB, acc=0.0)]
    assert [(line.method, line.told) for line in lines_of(results)] == [
        (GANLAB, True),
        ("Leiden", True),
        (GANLAB, False),
        ("Leiden", False),
    ]


def test_options_name_draws_as_ranges_and_all_collections_if_none_is_named(collections: Path) -> None:
    words = ["--collections", str(collections), "--keep", "out"]
    options = parsed("", [*words, "--draws", "0-2,7", "--features", "none", "lite", "--judge-drawn"])
    assert (options.names, options.draws) == (("even", "tailed"), (0, 1, 2, 7))
    assert (options.told, options.features, options.draw) == ((True, False), (None, "lite"), True)
    assert parsed("", [*words, "--counted", "--names", "even"]).told == (False,)
    assert numbers("3") == (3,)


def test_assignments_are_read_in_the_order_of_the_files_names(tmp_path: Path) -> None:
    table = tmp_path / "assignments.csv"
    table.write_text("path,code,confidence,runner_up\nb/1.png,4,0.5,0\na/0.png,2,0.75,1\n")
    codes_N, confidences_N = read_assignments(table, ["0.png", "1.png"])
    assert (codes_N.tolist(), confidences_N.tolist()) == ([2, 4], [0.75, 0.5])


def test_discover_is_run_as_a_user_would_run_it(tmp_path: Path) -> None:
    images = Images(tmp_path, ("0.png", "1.png"), ("a", "b"), np.array([0, 1]))
    request = Request(Key("even", 3, GANLAB, "pixels", True, 0.5), images, tmp_path, draws=False, device="cpu")
    command = "ganlab discover IMAGES --seed DRAW --classes K --minutes 0.5"
    assert request.command == f"{command} --features none --no-draw --set device=cpu"


METHODS = ("k-means", "UMAP + Gaussian mixture", "UMAP + HDBSCAN", "average linkage", "Leiden")


def test_what_is_kept_is_not_run_again(collections: Path, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "out")
    for method in set(METHODS) - {"average linkage"}:
        kept.add(result("even", 0, method, acc=0.5))
    words = ["--collections", str(collections), "--keep", str(kept.folder), "--names", "even", "--draws", "0"]
    options = parsed("", [*words, "--told", "--rivals", "only"])
    for one in missing(options, kept, tmp_path / "runs"):
        assert (one.key.method, one.scores["images"]) == ("average linkage", 29)
        kept.add(one)
    assert len(kept.results()) == len(METHODS)
    assert list(missing(options, kept, tmp_path / "runs")) == []


@pytest.mark.slow
@pytest.mark.parametrize("words", [["tests/benchmarks/collections.py"], ["-m", "tests.benchmarks.collections"]])
def test_it_runs_as_a_script_and_as_a_module_and_writes_the_tables_of_what_is_kept(
    words: list[str], collections: Path, tmp_path: Path
) -> None:
    Kept(tmp_path).add(result("even", 0, "Leiden", acc=0.5))
    asked = ["--collections", str(collections), "--keep", str(tmp_path), "--table"]
    ran = subprocess.run([sys.executable, *words, *asked], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == f"{tmp_path / 'table.md'}: 1 results"
    assert "| Leiden | pixels | yes | 0.500 | 0.500 | 0.500 | 25% |" in (tmp_path / "table.md").read_text()


def test_it_and_scripts_beside_it_have_the_standard_librarys_collections(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "benchmarks"
    (folder / "on_collections").mkdir(parents=True)
    shutil.copy(SCRIPTS / "collections.py", folder)
    (folder / "sibling.py").write_text("NAME = 'sibling'")
    (folder / "beside.py").write_text("import argparse, collections, sibling\nprint(collections.Counter, sibling.NAME)")
    command = "import argparse, collections\ndef main(text): print(collections.Counter, text.split()[0])"
    (folder / "on_collections" / "command.py").write_text(command)
    for script, printed in (("beside.py", "sibling"), ("collections.py", "`ganlab")):
        for place, name in ((tmp_path, f"tests/benchmarks/{script}"), (folder, script)):
            # Without `site`, which may have imported the standard library's before the script's folder is searched.
            ran = subprocess.run([sys.executable, "-E", "-S", name], cwd=place, capture_output=True, text=True)
            assert (ran.stderr, ran.stdout.split()) == ("", ["<class", "'collections.Counter'>", printed])
