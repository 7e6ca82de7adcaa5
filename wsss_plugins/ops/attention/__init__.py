"""Attention of vision transformers: positions, and affinities of patches."""
