"""Golden checks of SC-CAM."""
