"""What the verbs import where they are called, so that a process forked from one that imported this starts at once."""
# ruff: noqa: F401

import matplotlib.figure
import torch.export
import torch.fx.experimental.proxy_tensor

import ganlab_core.verbs.assign.stream
import ganlab_core.verbs.balance.balanced
import ganlab_core.verbs.benchmark.benchmark
import ganlab_core.verbs.export.write
import ganlab_core.verbs.new.scaffold
import ganlab_core.verbs.report.write
import ganlab_elastic.discover.discover
import tests.faults.preloaded
