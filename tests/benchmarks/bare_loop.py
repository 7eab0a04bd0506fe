"""Elastic-InfoGAN's training step written by hand, with no toolkit around it: what `training_step.py` compares with."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CODES, NOISE, BATCH = 10, 62, 64
TEMPERATURE, WEIGHT, DECAY = 0.1, 10.0, 0.999


def batch_norm(norm: nn.BatchNorm1d | nn.BatchNorm2d, both: Tensor, groups: int) -> Tensor:
    """Each part of the batch by its own statistics."""
    return torch.cat([norm(part) for part in both.chunk(groups)]) if groups > 1 else norm(both)


class Trunk(nn.Module):
    """The `infogan` trunk."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 64, 4, 2, 1), nn.Conv2d(64, 128, 4, 2, 1, bias=False)
        self.linear = nn.Linear(6272, 1024, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(128), nn.BatchNorm1d(1024)

    def forward(self, images: Tensor, groups: int) -> Tensor:
        hidden = F.leaky_relu(self.conv1(images), 0.2, inplace=True)
        hidden = F.leaky_relu(batch_norm(self.norm1, self.conv2(hidden), groups), 0.2, inplace=True)
        return F.leaky_relu(batch_norm(self.norm2, self.linear(hidden.flatten(1)), groups), 0.2, inplace=True)


def build_generator() -> nn.Module:
    """The `infogan` generator."""
    return nn.Sequential(
        nn.Linear(NOISE + CODES, 1024, bias=False),
        nn.BatchNorm1d(1024),
        nn.ReLU(inplace=True),
        nn.Linear(1024, 6272, bias=False),
        nn.BatchNorm1d(6272),
        nn.ReLU(inplace=True),
        nn.Unflatten(1, (128, 7, 7)),
        nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.ConvTranspose2d(64, 1, 4, 2, 1),
        nn.Tanh(),
    )


def view(images: Tensor) -> Tensor:
    """Rotation within 20 degrees and zoom within 10 %, each image its own."""
    angle = (torch.rand(len(images)) * 40 - 20).deg2rad()
    zoom = torch.rand(len(images)) * 0.2 + 0.9
    cosine, sine, zero = angle.cos() / zoom, angle.sin() / zoom, torch.zeros_like(zoom)
    matrices = torch.stack([cosine, -sine, zero, sine, cosine, zero], dim=1).view(-1, 2, 3)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


class BareLoop:
    """Networks, prior, two fused Adams, a moving average; `step` takes one training step."""

    def __init__(self, images: Tensor) -> None:
        self.images = images
        self.generator, self.trunk = build_generator(), Trunk()
        self.discriminator = nn.Linear(1024, 1)
        self.hidden = nn.Sequential(nn.Linear(1024, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.2))
        self.logits = nn.Linear(128, CODES)
        self.theta = nn.Parameter(torch.zeros(CODES))
        self.average = copy.deepcopy(self.generator)
        self.judged = [*self.trunk.parameters(), *self.discriminator.parameters()]
        made = [*self.generator.parameters(), *self.hidden.parameters(), *self.logits.parameters(), self.theta]
        self.adam_d = torch.optim.Adam(self.judged, 2e-4, betas=(0.5, 0.999), fused=True)
        self.adam_g = torch.optim.Adam(made, 2e-4, betas=(0.5, 0.999), fused=True)

    def step(self) -> None:
        """Draw, discriminator, generator, average."""
        real = self.images[torch.randint(len(self.images), (BATCH,))].float() / 127.5 - 1
        gumbel = -torch.empty(BATCH, CODES).exponential_().log()
        code = ((self.theta.log_softmax(0) + gumbel) / TEMPERATURE).softmax(1)
        fake = self.generator(torch.cat([torch.randn(BATCH, NOISE), code], dim=1))

        real_logits, fake_logits = self.discriminator(self.trunk(torch.cat([real, fake.detach()]), 2)).chunk(2)
        loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
        self.adam_d.zero_grad()
        loss.backward()
        self.adam_d.step()

        for parameter in self.judged:
            parameter.requires_grad_(False)
        features = self.trunk(fake, 1)
        adversarial = F.softplus(-self.discriminator(features)).mean()
        information = F.cross_entropy(self.logits(self.hidden(features)), code.argmax(1))
        pair = self.trunk(torch.cat([real, view(real)]), 2).chunk(2)
        embedding = F.normalize(torch.cat([self.hidden(features) for features in pair]), dim=1)
        similarity = (embedding @ embedding.T).fill_diagonal_(float("-inf"))
        partner = torch.arange(2 * BATCH).roll(BATCH)
        loss = adversarial + information + WEIGHT * F.cross_entropy(similarity, partner)
        self.adam_g.zero_grad()
        loss.backward()
        self.adam_g.step()
        for parameter in self.judged:
            parameter.requires_grad_(True)

        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.generator.parameters()), 1 - DECAY)
            for kept, buffer in zip(self.average.buffers(), self.generator.buffers(), strict=True):
                kept.copy_(buffer)
