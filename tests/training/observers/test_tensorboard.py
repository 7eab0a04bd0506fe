"""What TensorBoard itself reads from a run: layout of scalars, hyperparameters with metrics, the projector's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from google.protobuf import text_format
from PIL import Image
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from torch.utils.tensorboard import SummaryWriter

from ganlab_core.interface.events import Embedding, StepFinished
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.training.observers.projector import write_embedding
from ganlab_core.training.observers.scalar_layout import scalar_layout
from ganlab_core.training.observers.tensorboard import TensorBoard
from ganlab_core.training.run import resume, train
from tests.runs.events import started


@pytest.fixture(scope="module")
def core_plugins() -> Plugins:
    """The core's parts alone."""
    return load_plugins({"GANLAB_PLUGINS": ""})


@pytest.fixture
def run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished run of four steps with a class code and a recognition head."""
    tiny["prior"]["code"] = {"use": "categorical", "classes": 3}
    tiny["networks"]["recognition"] = {"use": "recognition", "hidden": 6}
    tiny |= {"audit": {"allow": ["recognition"]}, "metrics": {"diversity": {"use": "diversity"}}}
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


def events_of(run: Path) -> EventAccumulator:
    """Everything that TensorBoard finds in a run."""
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"tensors": 0, "scalars": 0})
    return events.Reload()


def hyperparameters(events: EventAccumulator) -> dict[str, bytes]:
    """The contents of the plugin's tags."""
    contents: dict[str, bytes] = events.PluginTagToContent(metadata.PLUGIN_NAME)
    return contents


def test_a_run_writes_one_run_of_tensorboard(run: Path) -> None:
    assert len(list((run / "tensorboard").glob("**/events.out.tfevents.*"))) == 1


def charts(content: bytes) -> dict[tuple[str, str], list[str]]:
    """The tags of each chart, by category and title."""
    return {
        (category.title, chart.title): list(chart.multiline.tag)
        for category in Layout.FromString(content).category
        for chart in category.chart
    }


def test_losses_norms_and_prior_are_laid_out_together(run: Path) -> None:
    (event,) = events_of(run).Tensors("custom_scalars__config__")
    assert charts(event.tensor_proto.string_val[0]) == {
        ("losses", "players"): ["^loss/[^/]+$"],
        ("losses", "terms of the discriminator"): ["^loss/discriminator/[^/]+$"],
        ("losses", "terms of the generator"): ["^loss/generator/[^/]+$"],
        ("gradient norms", "players"): ["^gradient_norm/"],
        ("prior", "code"): ["^prior/code/[0-9]+$"],
    }


def test_what_starts_later_has_its_charts_in_the_layout_that_tensorboard_shows(tmp_path: Path) -> None:
    observer = TensorBoard(tmp_path / "tensorboard")
    observer.ganlab_run_started(started(tmp_path))
    logged = [{"loss/generator": 1.0}, {"loss/generator": 1.0, "loss/discriminator": 1.0}, {"loss/generator": 1.0}]
    for number, scalars in enumerate(logged, 1):
        observer.ganlab_step_finished(StepFinished(folder=tmp_path, number=number, steps=4, scalars=scalars))
        seen = events_of(tmp_path)  # what a process that is killed now leaves
        assert [event.step for event in seen.Scalars("loss/generator")] == list(range(1, number + 1))
    observer.close()

    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(tmp_path)).Reload()
    shown = MultiplexerDataProvider(multiplexer, str(tmp_path)).read_tensors(
        RequestContext(), experiment_id="", plugin_name="custom_scalars", downsample=1
    )
    titles = {title for _, title in charts(shown["tensorboard"]["custom_scalars__config__"][0].numpy.item())}
    assert titles == {"players", "terms of the generator", "terms of the discriminator"}


def test_what_was_not_logged_has_no_chart() -> None:
    assert scalar_layout(scalars=["evaluation/nmi"], vectors=[]) == {}


def test_the_recipe_stands_beside_the_metrics_of_its_run(run: Path) -> None:
    events = events_of(run)
    contents = hyperparameters(events)
    values = metadata.parse_session_start_info_plugin_data(contents[metadata.SESSION_START_INFO_TAG]).hparams
    assert values["prior.code.classes"].number_value == 3
    assert values["losses.adversarial.use"].string_value == "nonsaturating"
    assert values["players.generator.betas"].string_value == "[0.5, 0.999]"
    assert "steps" not in values
    experiment = metadata.parse_experiment_plugin_data(contents[metadata.EXPERIMENT_TAG])
    metrics = [info.name.tag for info in experiment.metric_infos]
    assert metrics == ["evaluation/diversity"]
    assert {event.step for event in events.Scalars("evaluation/diversity")} == {4}


def test_the_projector_finds_vectors_codes_classes_and_a_picture_of_each_image(run: Path) -> None:
    folder = run / "tensorboard"
    config = text_format.Parse((folder / "projector_config.pbtxt").read_text(), ProjectorConfig())
    (embedding,) = config.embeddings
    vectors = [line.split("\t") for line in (folder / embedding.tensor_path).read_text().splitlines()]
    header, *rows = [line.split("\t") for line in (folder / embedding.metadata_path).read_text().splitlines()]
    assert len(vectors) == len(rows) > 500
    assert {len(vector) for vector in vectors} == {6}
    assert header == ["code", "class"]
    assert {code for code, _ in rows} <= {"0", "1", "2"}
    assert {label for _, label in rows} == {str(digit) for digit in range(10)}
    side = -int(-(len(rows) ** 0.5) // 1)
    with Image.open(folder / embedding.sprite.image_path) as sprite:
        assert sprite.size == (16 * side, 16 * side)
    assert list(embedding.sprite.single_image_dim) == [16, 16]


def test_a_resume_keeps_what_was_logged_and_has_the_new_embedding_alone(run: Path, core_plugins: Plugins) -> None:
    resume(run, steps=6, plugins=core_plugins)
    events = events_of(run)
    assert [event.step for event in events.Scalars("loss/generator")] == [1, 2, 3, 4, 5, 6]
    assert set(hyperparameters(events)) >= {metadata.SESSION_START_INFO_TAG, metadata.EXPERIMENT_TAG}
    folder = run / "tensorboard"
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["00006"]
    config = text_format.Parse((folder / "projector_config.pbtxt").read_text(), ProjectorConfig())
    assert [one.tensor_path for one in config.embeddings] == ["00006/embedding/tensors.tsv"]


def test_names_stay_in_their_cell_and_large_images_fit_the_sprite(tmp_path: Path) -> None:
    embedding = Embedding(
        vectors_ND=torch.zeros(3, 2),
        images_NCHW=torch.zeros(3, 3, 80, 80, dtype=torch.uint8),
        codes_N=None,
        labels=("a\tb", "c\nd", "e"),
    )
    writer = SummaryWriter(str(tmp_path))
    write_embedding(writer, embedding, number=7)
    writer.close()
    assert (tmp_path / "00007" / "embedding" / "metadata.tsv").read_text() == "a b\nc d\ne\n"
    with Image.open(tmp_path / "00007" / "embedding" / "sprite.png") as sprite:
        assert sprite.size == (128, 128)
