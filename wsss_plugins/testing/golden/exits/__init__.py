"""Golden checks of EXITS and MAL."""
