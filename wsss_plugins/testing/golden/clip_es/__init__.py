"""Golden checks of CLIP-ES."""
