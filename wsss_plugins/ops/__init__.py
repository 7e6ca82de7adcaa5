"""Numbers in, numbers out: torch and numpy only, no OpenMMLab."""
