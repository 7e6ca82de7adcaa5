"""Golden checks of PSA."""
