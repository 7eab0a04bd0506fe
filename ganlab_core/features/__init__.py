"""What a frozen network says of images: asked in batches, of files or of tensors, and kept on disk."""
