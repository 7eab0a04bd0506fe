"""What a process of `ganlab train` imports, so that one forked from a process that imported this starts at once.

torch._dynamo is imported by torch's optimisers."""

import torch
import torch._dynamo
import torch.utils.tensorboard

import tests.faults.harness  # noqa: F401

torch.set_num_threads(1)
