"""What a process of `ganlab train` imports, so that one forked from a process that imported this starts at once."""

import matplotlib.figure
import rich.console
import rich.progress
import sklearn.cluster
import sklearn.datasets
import sklearn.decomposition
import torch
import torch.utils.tensorboard

import ganlab_core.builtin
import ganlab_core.cli.summary
import ganlab_core.cli.verb_train
import ganlab_core.training.run
import ganlab_elastic.plugin
import tests.faults.harness  # noqa: F401

torch.set_num_threads(1)
