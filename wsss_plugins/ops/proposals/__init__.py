"""Mask proposals: class-agnostic masks that overlap, and how to label them."""
