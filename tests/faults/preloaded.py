"""What a process of `ganlab train` imports, so that one forked from a process that imported this starts at once.

It is imported where it is used: sklearn for the digits, torchvision for grids, torch._dynamo for optimisers.
"""
# ruff: noqa: F401

import sklearn.datasets
import torch
import torch._dynamo
import torch.utils.tensorboard
import torchvision.utils

import ganlab_core.recipe
import ganlab_core.training.run
import ganlab_core.verbs.main
import ganlab_core.verbs.train
import tests.faults.harness

torch.set_num_threads(1)
