"""Random transformations of real and fake images, through which gradients flow."""
