"""What Elastic-InfoGAN adds to an adversarial loss, one idea a file."""
