"""Golden checks of mask proposals."""
