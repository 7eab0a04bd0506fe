"""`ganlab discover`: from a folder of images without labels to its classes, in the time that there is."""
