"""Dense CRFs: mean field on lattices, exactly, and by shifted slices."""
