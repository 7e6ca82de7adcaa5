"""K-means, subspaces and sub-category labels."""
