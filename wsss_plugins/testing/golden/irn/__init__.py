"""Golden checks of IRNet."""
