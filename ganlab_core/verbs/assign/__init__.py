"""Giving images the codes of a trained run: one image or a million files, in constant memory."""
