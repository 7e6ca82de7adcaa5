"""Golden checks of EPS."""
