"""Golden checks of SEC."""
