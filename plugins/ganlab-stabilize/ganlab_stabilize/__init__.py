"""Losses that keep a GAN stable on little data or with hard networks, for ganlab."""
