"""Affinities of neighboring pixels, and random walks on them."""
