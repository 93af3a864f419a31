"""Gradients averaged over several workers, in fewer bytes: compressors, memories, communicators and what they cost."""
