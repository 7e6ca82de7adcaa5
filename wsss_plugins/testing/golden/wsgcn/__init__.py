"""Golden checks of WSGCN."""
